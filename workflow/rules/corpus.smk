# Raw XML and CSV -> document shards.


rule index_pubmed:
    input:
        lambda wildcards: pubmed_lists(),
    output:
        "<results>/corpus/pubmed/index.parquet",
    log:
        "logs/corpus/pubmed-index.log",
    resources:
        mem_mb=lambda wildcards, attempt: 6000 * attempt,
    params:
        lists=lambda wildcards, input: [f"@{path}" for path in input],
        code=code_digest("bioalbert.corpus"),
    shell:
        "python -m bioalbert corpus index --input {params.lists} --output {output} > {log} 2>&1"


rule build_shard:
    input:
        unpack(shard_input),
    output:
        shard="<results>/corpus/{corpus}/part-{part}.parquet",
        stats="<results>/corpus/{corpus}/part-{part}.stats.json",
        dropped="<results>/corpus/{corpus}/part-{part}.dropped.jsonl",
    log:
        "logs/corpus/{corpus}-{part}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        arguments=shard_arguments,
        code=code_digest("bioalbert.corpus"),
    shell:
        "python -m bioalbert corpus {params.arguments} --output {output.shard} > {log} 2>&1"


rule summarise_corpus:
    input:
        lambda wildcards: shard_stats(wildcards.corpus),
    output:
        "<results>/corpus/{corpus}/summary.json",
    log:
        "logs/corpus/{corpus}-summary.log",
    localrule: True
    params:
        stats=stats_pattern,
        code=code_digest("bioalbert.corpus"),
    shell:
        "python -m bioalbert corpus stats --input {params.stats} --output {output} > {log} 2>&1"


rule collect_shards:
    input:
        shards(*used_corpora()),
        summaries(),
    localrule: True
