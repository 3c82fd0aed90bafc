# Model x data set x seed x fold -> predictions and scores. One rule: the tasks share one engine.


rule finetune_model:
    input:
        model="<results>/models/{version}",
        data="<raw>/{dataset}/files.txt",
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
        raw=subpath(input.data, ancestor=2),
        settings=settings,
        protocol=lambda wildcards: str(
            entries.load(wildcards.dataset).protocols[wildcards.protocol]
        ),
        code=code_digest("bioalbert.finetune"),
    shell:
        "python -m bioalbert finetune {wildcards.dataset}@{wildcards.protocol} --model {input.model} --output {output}"
        " --data {params.raw} --seed {wildcards.seed} --fold {wildcards.fold} {params.settings} > {log} 2>&1"


rule collect_runs:
    input:
        runs(*RUNNABLE),
    localrule: True
