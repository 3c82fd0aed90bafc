# Raw files, verified. The only rules that reach for the network.


rule make_demo_data:
    output:
        manifest=f"{CONFIG.demo.folder}/manifest.json" if CONFIG.demo else [],
        notes=f"{CONFIG.demo.folder}/NOTEEVENTS.csv.gz" if CONFIG.demo else [],
    log:
        "<results>/logs/download/demo-data.log",
    params:
        folder=subpath(output.manifest, parent=True) if CONFIG.demo else "",
        seed=CONFIG.demo.seed if CONFIG.demo else 0,
        code=code_digest("bioalbert.demo"),
    shell:
        "python -m bioalbert demo-data --output {params.folder} --seed {params.seed} > {log} 2>&1"


rule download_corpus:
    input:
        demo,
    output:
        "<raw>/{corpus}/part-{part}-of-{parts}.txt",
    log:
        "<results>/logs/download/{corpus}-{part}-of-{parts}.log",
    localrule: True
    resources:
        runtime="12h",
    params:
        mirror=mirror,
        limits=corpus_limits,
        raw=subpath(output[0], ancestor=2),
    shell:
        "python -m bioalbert download {wildcards.corpus} --output {params.raw} --part {wildcards.part}/{wildcards.parts}"
        " {params.limits} {params.mirror} > {log} 2>&1"


rule download_entry:
    input:
        demo,
    output:
        "<raw>/{entry}/files.txt",
    log:
        "<results>/logs/download/{entry}.log",
    localrule: True
    params:
        mirror=mirror,
        raw=subpath(output[0], ancestor=2),
        entry=lambda wildcards: given(wildcards.entry),
        files=lambda wildcards: [
            str(file) for file in entries.load(given(wildcards.entry)).files
        ],
    shell:
        "python -m bioalbert download {params.entry:q} --output {params.raw} {params.mirror} > {log} 2>&1"
