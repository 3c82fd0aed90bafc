# Runs -> the table, the report, and the models with their scores.


rule make_table:
    input:
        runs(*RUNNABLE),
        used_audits("leaks/leaks.json"),
    output:
        report(
            multiext(
                "<results>/tables/results", ".csv", ".html", ".md", ".parquet", ".tex"
            ),
            caption="../report/table.rst",
            category="Results",
        ),
        metrics="<results>/metrics.json",
    log:
        "logs/results/table.log",
    localrule: True
    params:
        runs=run_patterns,
        left_out=left_out,
        leaks=table_leaks,
        folder=subpath(output[0], parent=True),
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert table --runs {params.runs} --output {params.folder} --metrics {output.metrics}"
        " {params.leaks} {params.left_out} > {log} 2>&1"


rule make_report:
    input:
        table="<results>/tables/results.parquet",
        models=collect("<results>/models/{version}", version=VERSIONS),
        corpora=summaries(),
        vocabularies="<results>/vocabulary-report",
        duplicates=(
            used_audits("duplicates.stats.json")
            if CONFIG.audit.drop_duplicates
            else []
        ),
        leaks=used_audits("leaks/leaks.json"),
        checks=collect("<results>/conversions/{version}.json", version=VERSIONS),
    output:
        report(
            "<results>/report.html", caption="../report/report.rst", category="Results"
        ),
    log:
        "logs/results/report.log",
    localrule: True
    params:
        left_out=left_out,
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert report --table {input.table} --models {input.models} --corpus {input.corpora}"
        " --duplicates {input.duplicates} --leaks {input.leaks} --vocabularies {input.vocabularies}"
        " --conversions {input.checks} --output {output} {params.left_out} > {log} 2>&1"


rule make_card:
    input:
        unpack(card_input),
    output:
        directory("<results>/hub/{version}"),
    log:
        "logs/results/card-{version}.log",
    localrule: True
    params:
        excluded="--benchmarks-excluded" if CONFIG.audit.exclude_benchmarks else "",
        code=code_digest("bioalbert.results", "bioalbert.corpus.leaks"),
    shell:
        "python -m bioalbert card --model {input.model} --table {input.table} --corpus {input.corpus} --leaks {input.leaks}"
        " {params.excluded} --output {output} > {log} 2>&1"
