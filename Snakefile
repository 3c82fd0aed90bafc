# From raw PubMed / PMC / MIMIC-III files to the table of BioALBERT:  snakemake --cores all
# Each stage has its rules in workflow/rules/ and all its logic in the package, under the same name.
from snakemake.utils import min_version

min_version("9.27")


# Snakemake merges a --configfile into a file named here; a run's file is whole by itself, so this one is read only without it.
if not workflow.overwrite_configfiles:

    configfile: "config.yaml"


include: "workflow/rules/common.smk"


# No effect without --sdm apptainer; an image for that must hold the environment of envs/requirements.lock.
container: "docker://python:3.11"


pathvars:
    raw=CONFIG.data,
    results=CONFIG.results,
    benchmarks=f"{CONFIG.results}/benchmarks",


wildcard_constraints:
    corpus=r"[A-Za-z0-9.-]+",
    corpora=r"[A-Za-z0-9.+-]+",
    vocabulary=r"[A-Za-z0-9.-]+",
    version=r"[A-Za-z0-9.-]+",
    entry=r"[A-Za-z0-9.-]+",
    dataset=r"[A-Za-z0-9.-]+",
    protocol=r"[A-Za-z0-9.-]+",
    part=r"\d+",
    parts=r"\d+",
    seed=r"\d+",
    fold=r"\d+",


include: "workflow/rules/download.smk"
include: "workflow/rules/corpus.smk"
include: "workflow/rules/vocabulary.smk"
include: "workflow/rules/pretrain.smk"
include: "workflow/rules/convert.smk"
include: "workflow/rules/finetune.smk"
include: "workflow/rules/results.smk"


report: "workflow/report/workflow.rst"


rule all:
    default_target: True
    input:
        "<results>/tables/results.md",
        collect("<results>/tables/{table}.md", table=CHOSEN.tables),
        "<results>/report.html",
        "<results>/metrics.json",
        collect("<results>/conversions/{version}.json", version=VERSIONS),
        collect("<results>/hub/{version}", version=MODELS),
    localrule: True


# `make run`: it has no output, so it tells where the results are when nothing is left to do, too.
rule show_results:
    input:
        rules.all.input,
        table="<results>/tables/results.md",
        report="<results>/report.html",
    log:
        "<results>/logs/results/show.log",
    localrule: True
    shell:
        "(cat {input.table} && echo && echo The report lies in {input.report}) 2> {log}"
