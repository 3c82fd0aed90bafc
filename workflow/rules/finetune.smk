# Model x data set x seed x fold -> predictions and scores. The tasks share one engine; a warm-up is a run like any other, one a version.


rule warm_up_model:
    input:
        model="<results>/models/{version}",
        data=lambda wildcards: downloads(wildcards.dataset),
    output:
        directory("<results>/warmups/{version}/{dataset}@{protocol}"),
    log:
        "<results>/logs/finetune/{version}/warm-up-{dataset}@{protocol}.log",
    benchmark:
        "<benchmarks>/finetune/{version}/warm-up-{dataset}@{protocol}.jsonl"
    threads: CONFIG.finetune.threads
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 480 * attempt,
        gpu=CONFIG.finetune.gpus,
    params:
        dataset=lambda wildcards: given(f"{wildcards.dataset}@{wildcards.protocol}"),
        raw=CONFIG.data,
        files=lambda wildcards: own_files(wildcards.dataset),
        seed=CONFIG.finetune.seeds[0],
        settings=warmup_settings,
        protocol=protocol,
        code=code_digest("bioalbert.finetune"),
    shell:
        "python -m bioalbert finetune {params.dataset:q} --model {input.model} --output {output}"
        " --data {params.raw} --seed {params.seed} {params.settings} > {log} 2>&1"


rule finetune_model:
    input:
        model=start,
        data=lambda wildcards: downloads(wildcards.dataset),
    output:
        directory("<results>/runs/{version}/{dataset}@{protocol}/seed{seed}-fold{fold}"),
    log:
        "<results>/logs/finetune/{version}/{dataset}@{protocol}-seed{seed}-fold{fold}.log",
    benchmark:
        "<benchmarks>/finetune/{version}/{dataset}@{protocol}-seed{seed}-fold{fold}.jsonl"
    threads: CONFIG.finetune.threads
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
        gpu=CONFIG.finetune.gpus,
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
