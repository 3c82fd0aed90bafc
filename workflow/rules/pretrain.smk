# Token store -> model bundle. Step checkpoints are no outputs: Snakemake would wipe them before a retry.


rule write_run:
    output:
        "<results>/pretrain/{version}.yaml",
    log:
        "<results>/logs/pretrain/{version}-run.log",
    localrule: True
    params:
        run=pretrain_run,
    shell:
        "printf '%s\n' {params.run:q} > {output} 2> {log}"


rule pretrain_version:
    input:
        unpack(pretrain_input),
        run="<results>/pretrain/{version}.yaml",
    output:
        directory("<results>/models/{version}"),
    log:
        "<results>/logs/pretrain/{version}.log",
    benchmark:
        "<benchmarks>/pretrain/{version}.jsonl"
    wildcard_constraints:
        version=any_of(VERSIONS),
    priority: 1  # most of the other work waits for it
    threads: pretrain_threads
    resources:
        mem_mb=pretrain_memory,
        runtime="7d",
        nodes=lambda wildcards: CONFIG.versions[wildcards.version].nodes,
        gpu=pretrain_gpus,
        gres=on_several_nodes(
            lambda version: f"gpu:{version.gpus}" if version.gpus else None
        ),
        mpi=on_several_nodes(lambda version: "srun"),
        tasks=on_several_nodes(lambda version: version.nodes),
        tasks_per_gpu=0,
        launcher=launcher,  # not a parameter: the number of processes makes no model stale
    params:
        checkpoints=lambda wildcards: f"{CONFIG.results}/checkpoints/{wildcards.version}",
        code=code_digest("bioalbert.pretrain", "bioalbert.draws"),
    shell:
        "exec {resources.launcher} pretrain --config {input.run} --output {output} --checkpoints {params.checkpoints} --per-run > {log} 2>&1"


rule take_snapshot:
    input:
        "<results>/models/{version}",
    output:
        directory("<results>/models/{version}-step{step}"),
    log:
        "<results>/logs/pretrain/{version}-step{step}.log",
    wildcard_constraints:
        version=any_of(VERSIONS),
        step=r"\d+",
    localrule: True
    shell:
        "cp -r {input}/snapshots/{wildcards.version}-step{wildcards.step} {output} 2> {log}"


rule collect_models:
    input:
        collect("<results>/models/{version}", version=MODELS),
    localrule: True
