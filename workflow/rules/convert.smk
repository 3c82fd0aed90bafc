# Between Hugging Face bundles and TensorFlow checkpoints, both ways, and the proof that nothing changed.


rule import_initial:
    input:
        "<raw>/{entry}/files.txt",
    output:
        directory("<results>/initial/{entry}"),
    log:
        "<results>/logs/convert/initial-{entry}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        source=lambda wildcards, input: os.path.dirname(input[0]),
        code=code_digest("bioalbert.convert"),
    shell:
        "python -m bioalbert convert tf-to-hf {params.source} {output} > {log} 2>&1"


rule export_tensorflow:
    input:
        "<results>/models/{version}",
    output:
        directory("<results>/tensorflow/{version}"),
    log:
        "<results>/logs/convert/export-{version}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        code=code_digest("bioalbert.convert"),
    shell:
        "python -m bioalbert convert hf-to-tf {input} {output} > {log} 2>&1"


rule import_tensorflow:
    input:
        "<results>/tensorflow/{version}",
    output:
        temp(directory("<results>/tensorflow-back/{version}")),
    log:
        "<results>/logs/convert/import-{version}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 2000 * attempt,
    params:
        code=code_digest("bioalbert.convert"),
    shell:
        "python -m bioalbert convert tf-to-hf {input} {output} > {log} 2>&1"


rule check_conversion:
    input:
        bundle="<results>/models/{version}",
        back="<results>/tensorflow-back/{version}",
    output:
        "<results>/conversions/{version}.json",
    log:
        "<results>/logs/convert/check-{version}.log",
    resources:
        mem_mb=lambda wildcards, attempt: 4000 * attempt,
    params:
        code=code_digest("bioalbert.convert"),
    shell:
        "python -m bioalbert convert check {input.bundle} {input.back} --output {output} > {log} 2>&1"
