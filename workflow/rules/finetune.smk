# Model x data set x seed x fold -> predictions and scores. One rule: the tasks share one engine.


rule finetune_model:
    input:
        model="<results>/models/{version}",
        data=lambda wildcards: downloads(wildcards.dataset),
    output:
        directory("<results>/runs/{version}/{dataset}@{protocol}/seed{seed}-fold{fold}"),
    log:
        "logs/finetune/{version}/{dataset}@{protocol}-seed{seed}-fold{fold}.log",
    benchmark:
        "<benchmarks>/finetune/{version}/{dataset}@{protocol}-seed{seed}-fold{fold}.jsonl"
    threads: CONFIG.finetune.threads
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime="4h",
    params:
        dataset=lambda wildcards: given(f"{wildcards.dataset}@{wildcards.protocol}"),
        raw=CONFIG.data,
        files=lambda wildcards: own_files(wildcards.dataset),
        settings=settings,
        protocol=protocol,
        code=code_digest("bioalbert.finetune"),
    shell:
        "python -m bioalbert finetune {params.dataset:q} --model {input.model} --output {output}"
        " --data {params.raw} --seed {wildcards.seed} --fold {wildcards.fold} {params.settings} > {log} 2>&1"


rule collect_runs:
    input:
        runs(*RUNNABLE),
    localrule: True
