# Document shards -> SentencePiece vocabularies and token stores.


rule train_vocabulary:
    input:
        shards=lambda wildcards: shards(
            *CONFIG.vocabularies[wildcards.vocabulary].train
        ),
        without=lambda wildcards: left_out_documents(
            CONFIG.vocabularies[wildcards.vocabulary].train
        ),
    output:
        directory("<results>/vocabularies/{vocabulary}"),
    log:
        "<results>/logs/vocabulary/{vocabulary}.log",
    benchmark:
        "<benchmarks>/vocabulary/{vocabulary}.jsonl"
    wildcard_constraints:
        vocabulary=any_of(TRAINED),
    resources:
        # 4 kB a sentence of the sample; a shard packs one into 61 bytes.
        mem_mb=lambda wildcards, input, attempt: attempt
        * memory(
            input, 70, CONFIG.vocabularies[wildcards.vocabulary].sentences * 0.004
        ),
        runtime=lambda wildcards, attempt: 480 * attempt,
    params:
        size=lambda wildcards: CONFIG.vocabularies[wildcards.vocabulary].size,
        sentences=lambda wildcards: CONFIG.vocabularies[wildcards.vocabulary].sentences,
        cased=casing,
        without=without,
        code=VOCABULARY_CODE,
    shell:
        "python -m bioalbert vocabulary train --documents {input.shards} {params.without} --output {output}"
        " --size {params.size} --sentences {params.sentences} {params.cased} > {log} 2>&1"


rule reuse_vocabulary:
    input:
        reused_input,
    output:
        directory("<results>/vocabularies/{vocabulary}"),
    log:
        "<results>/logs/vocabulary/{vocabulary}.log",
    wildcard_constraints:
        vocabulary=any_of(REUSED),
    params:
        model=reused_model,
        cased=casing,
        code=VOCABULARY_CODE,
    shell:
        "python -m bioalbert vocabulary reuse --model {params.model} --output {output} {params.cased} > {log} 2>&1"


rule encode_tokens:
    input:
        shards=lambda wildcards: shards(*wildcards.corpora.split("+")),
        without=lambda wildcards: left_out_documents(wildcards.corpora.split("+")),
        vocabulary="<results>/vocabularies/{vocabulary}",
    output:
        directory("<results>/tokens/{vocabulary}/{corpora}"),
    log:
        "<results>/logs/vocabulary/tokens-{vocabulary}-{corpora}.log",
    benchmark:
        "<benchmarks>/vocabulary/tokens-{vocabulary}-{corpora}.jsonl"
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 1440 * attempt,
    params:
        without=without,
        code=VOCABULARY_CODE,
    shell:
        "python -m bioalbert tokens --documents {input.shards} {params.without} --vocabulary {input.vocabulary}"
        " --output {output} > {log} 2>&1"


rule collect_stores:
    input:
        used_stores(),
    localrule: True


rule report_vocabularies:
    input:
        vocabularies=used_vocabularies(),
        shards=shards(*CHOSEN.corpora),
        data=downloads(*ENTRIES),
    output:
        report(
            directory("<results>/vocabulary-report"),
            patterns=["{figure}.svg"],
            caption="../report/vocabularies.rst",
            category="Figures",
        ),
    log:
        "<results>/logs/vocabulary/report.log",
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
        runtime=lambda wildcards, attempt: 240 * attempt,
    params:
        raw=lambda wildcards: CONFIG.data,
        datasets=[given(dataset) for dataset in ENTRIES],
        files=own_files(*ENTRIES),
        code=code_digest("bioalbert.vocabulary"),
    shell:
        "python -m bioalbert vocabulary report --vocabulary {input.vocabularies} --documents {input.shards}"
        " --data {params.raw} --datasets {params.datasets:q} --output {output} > {log} 2>&1"
