# Runs -> the tables, the figures, the report, and the models with their scores.


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
        averages=multiext("<results>/tables/averages", ".csv", ".html", ".md", ".tex"),
        intervals=multiext("<results>/tables/intervals", ".csv", ".parquet"),
        metrics="<results>/metrics.json",
    log:
        "<results>/logs/results/table.log",
    localrule: True
    params:
        runs=lambda wildcards: run_patterns(*RUNNABLE),
        left_out=left_out,
        leaks=table_leaks,
        baseline=baseline,
        folder=subpath(output[0], parent=True),
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert table --runs {params.runs} --output {params.folder} --metrics {output.metrics}"
        " --tables results averages {params.baseline} {params.leaks} {params.left_out} > {log} 2>&1"


rule make_task_table:
    input:
        lambda wildcards: runs(*CHOSEN.tables[wildcards.table]),
        used_audits("leaks/leaks.json"),
    output:
        report(
            multiext("<results>/tables/{table}", ".csv", ".html", ".md", ".tex"),
            caption="../report/table.rst",
            category="Results",
        ),
    log:
        "<results>/logs/results/table-{table}.log",
    wildcard_constraints:
        table=any_of(CHOSEN.tables),
    localrule: True
    params:
        runs=lambda wildcards: run_patterns(*CHOSEN.tables[wildcards.table]),
        left_out=left_out,
        leaks=table_leaks,
        baseline=baseline,
        folder=subpath(output[0], parent=True),
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert table --runs {params.runs} --output {params.folder} --tables {wildcards.table}"
        " {params.baseline} {params.leaks} {params.left_out} > {log} 2>&1"


rule make_figures:
    input:
        runs(*RUNNABLE),
        table="<results>/tables/results.parquet",
        models=collect("<results>/models/{version}", version=MODELS),
    output:
        report(
            multiext(
                "<results>/figures/",
                "scores.svg",
                "learning-curves.svg",
                "steps.svg",
                "costs.svg",
            ),
            caption="../report/figures.rst",
            category="Figures",
        ),
        multiext(
            "<results>/figures/",
            "scores.csv",
            "learning-curves.csv",
            "steps.csv",
            "costs.csv",
        ),
    log:
        "<results>/logs/results/figures.log",
    localrule: True
    params:
        runs=lambda wildcards: run_patterns(*RUNNABLE),
        folder=subpath(output[0], parent=True),
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert figures --table {input.table} --models {input.models} --runs {params.runs}"
        " --output {params.folder} > {log} 2>&1"


rule make_report:
    input:
        runs(*RUNNABLE),
        table="<results>/tables/results.parquet",
        scores="<results>/figures/scores.svg",
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
        page=report(
            "<results>/report.html", caption="../report/report.rst", category="Results"
        ),
        provenance="<results>/report.provenance.json",
    log:
        "<results>/logs/results/report.log",
    localrule: True
    params:
        runs=lambda wildcards: run_patterns(*RUNNABLE),
        figures=subpath(input.scores, parent=True),
        left_out=left_out,
        code=code_digest("bioalbert.results"),
    shell:
        "python -m bioalbert report --table {input.table} --runs {params.runs} --figures {params.figures} --corpus {input.corpora}"
        " --duplicates {input.duplicates} --leaks {input.leaks} --vocabularies {input.vocabularies}"
        " --conversions {input.checks} --output {output.page} {params.left_out} > {log} 2>&1"


rule make_card:
    input:
        unpack(card_input),
    output:
        directory("<results>/hub/{version}"),
    log:
        "<results>/logs/results/card-{version}.log",
    wildcard_constraints:
        version=any_of(MODELS),
    localrule: True
    params:
        excluded="--benchmarks-excluded" if CONFIG.audit.exclude_benchmarks else "",
        code=code_digest("bioalbert.results", "bioalbert.corpus.leaks"),
    shell:
        "python -m bioalbert card --model {input.model} --table {input.table} --corpus {input.corpus} --leaks {input.leaks}"
        " {params.excluded} --output {output} > {log} 2>&1"
