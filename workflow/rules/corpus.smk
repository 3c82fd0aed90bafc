# Raw XML and CSV -> document shards; what of some corpora taken together is said twice, or belongs to the benchmark.


rule index_pubmed:
    input:
        lambda wildcards: pubmed_lists(),
    output:
        "<results>/corpus/pubmed/index.parquet",
    log:
        "<results>/logs/corpus/pubmed-index.log",
    resources:
        # A file of 30,000 citations, 21 bytes of a list, takes 3.2 MB (docs/scale.md).
        mem_mb=lambda wildcards, input, attempt: attempt * memory(input, 200_000, 5000),
        runtime=lambda wildcards, attempt: 120 * attempt,
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
        "<results>/logs/corpus/{corpus}-{part}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
        runtime=lambda wildcards, attempt: 15 * attempt,
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
        "<results>/logs/corpus/{corpus}-summary.log",
    localrule: True
    params:
        stats=stats_pattern,
        code=code_digest("bioalbert.corpus"),
    shell:
        "python -m bioalbert corpus stats --input {params.stats} --output {output} > {log} 2>&1"


rule find_duplicates:
    input:
        lambda wildcards: shards(*wildcards.corpora.split("+")),
    output:
        duplicates="<results>/audits/{corpora}/duplicates.parquet",
        stats="<results>/audits/{corpora}/duplicates.stats.json",
    log:
        "<results>/logs/corpus/duplicates-{corpora}.log",
    benchmark:
        "<benchmarks>/corpus/duplicates-{corpora}.jsonl"
    resources:
        # 125 bytes a document (docs/benchmarks.md); a shard packs an abstract into 600, a line of text into not much over 125.
        mem_mb=lambda wildcards, input, attempt: attempt * memory(input, 1, 7000),
        runtime=lambda wildcards, attempt: 480 * attempt,
    params:
        code=code_digest("bioalbert.corpus"),
    shell:
        "python -m bioalbert corpus duplicates --documents {input} --output {output.duplicates} > {log} 2>&1"


rule audit_leaks:
    input:
        unpack(leaks_input),
    output:
        multiext(
            "<results>/audits/{corpora}/leaks/leaks",
            ".csv",
            ".json",
            ".md",
            ".parquet",
        ),
    log:
        "<results>/logs/corpus/leaks-{corpora}.log",
    benchmark:
        "<benchmarks>/corpus/leaks-{corpora}.jsonl"
    resources:
        mem_mb=lambda wildcards, attempt: 3000 * attempt,
        runtime=lambda wildcards, attempt: 480 * attempt,
    params:
        raw=CONFIG.data,
        datasets=[given(name) for name in sorted(DATASETS)],
        known=audited_entries,
        without=without,
        folder=subpath(output[0], parent=True),
        code=code_digest("bioalbert.corpus", "bioalbert.finetune.readers"),
    shell:
        "python -m bioalbert corpus leaks --documents {input.shards} {params.without} --data {params.raw}"
        " --datasets {params.datasets:q} --output {params.folder} > {log} 2>&1"


rule collect_audits:
    input:
        all_audits(),
    localrule: True


rule collect_shards:
    input:
        shards(*CHOSEN.corpora),
        summaries(),
    localrule: True
