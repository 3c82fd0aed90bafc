# The checked configuration, and what rules ask of it. No other file of the workflow holds functions.
import dataclasses
import json
import os
import re
from functools import cache
from pathlib import Path

import yaml
from bioalbert.catalogue import check, entries
from bioalbert.config.load import parse as parse_config
from bioalbert.config.selection import Selection, full_name
from bioalbert.errors import InputError
from bioalbert.finetune.readers.common import found
from bioalbert.provenance import code_digest, digest_of
from bioalbert.settings import load_yaml
from snakemake.exceptions import WorkflowError

# No job may reach for a model hub.
shell.prefix("export HF_HUB_OFFLINE=1; ")

CONFIG_FILES = workflow.overwrite_configfiles or ["config.yaml"]

try:
    for file in CONFIG_FILES:
        load_yaml(file)  # says what Snakemake does not: which key stands there twice
    CONFIG = parse_config(config, CONFIG_FILES[-1])
except InputError as error:
    raise WorkflowError(str(error))

if CONFIG.mimic and not CONFIG.demo and not os.path.isfile(CONFIG.mimic):
    raise WorkflowError(
        f"mimic: {CONFIG.mimic}: no such file; give the path of NOTEEVENTS.csv.gz, or null to run without the notes"
    )


# The versions and data sets that can be run here.
CHOSEN = Selection(CONFIG)
VERSIONS, DATASETS = CHOSEN.versions, CHOSEN.datasets
RUNNABLE, ENTRIES = CHOSEN.runnable, CHOSEN.entries
MODELS = list(CHOSEN.models)
given, entry_of, folds = CHOSEN.given, CHOSEN.entry_of, CHOSEN.folds
# The modules behind vocabularies and token stores: a change of the report on them makes neither again.
VOCABULARY_CODE = code_digest(
    *(
        f"bioalbert.vocabulary.{name}"
        for name in ("folder", "model_file", "sample", "store", "tokenizer", "train")
    )
)
TRAINED = [name for name, vocabulary in CONFIG.vocabularies.items() if vocabulary.train]
REUSED = [name for name in CONFIG.vocabularies if name not in TRAINED]


def any_of(names):
    """A wildcard pattern that matches just these names."""
    return "|".join(map(re.escape, names)) or "(?!)"


def mirror(wildcards):
    return f"--mirror {CONFIG.mirror}" if CONFIG.mirror else ""


def demo(wildcards):
    """The generated input, where the run uses it."""
    return [f"{CONFIG.demo.folder}/manifest.json"] if CONFIG.demo else []


def corpus_limits(wildcards):
    corpus = CONFIG.corpora[wildcards.corpus]
    limit = f"--max-files {corpus.max_files}" if corpus.max_files else ""
    return (
        f"{limit} --licences {corpus.licences}" if wildcards.corpus == "pmc" else limit
    )


def shards(*corpora):
    """The document shards of some corpora."""
    pattern = "<results>/corpus/{corpus}/part-{part}.parquet"
    return [
        path
        for name in corpora
        for path in expand(
            pattern, corpus=name, part=range(1, CONFIG.corpora[name].shards + 1)
        )
    ]


def shard_input(wildcards):
    """What one document shard is made of: a list of downloads, or the file that the user named."""
    name, corpus = wildcards.corpus, CONFIG.corpora[wildcards.corpus]
    if name not in ("pubmed", "pmc"):
        return {"files": corpus.path or CONFIG.mimic}
    found = {"files": f"<raw>/{name}/part-{wildcards.part}-of-{corpus.shards}.txt"}
    return found | (
        {"index": "<results>/corpus/pubmed/index.parquet"} if name == "pubmed" else {}
    )


def pubmed_lists():
    """The lists of all PubMed files: the newest version of a citation may lie in any of them."""
    parts = CONFIG.corpora["pubmed"].shards
    return expand(
        "<raw>/pubmed/part-{part}-of-{parts}.txt", part=range(1, parts + 1), parts=parts
    )


def shard_arguments(wildcards, input):
    name = wildcards.corpus
    if name not in ("pubmed", "pmc"):
        return f"{'mimic' if name == 'mimic' else 'text'} --input {input.files}"
    corpus = CONFIG.corpora[name]
    if name == "pubmed":
        options = f" --index {input.index} --languages {' '.join(corpus.languages)}"
    else:
        options = f" --include {' '.join(corpus.include)}" if corpus.include else ""
    return f"{name} --input @{input.files}{options}"


def audited(corpora):
    """The folder of what was found in some corpora taken together."""
    return f"<results>/audits/{'+'.join(corpora)}"


def left_out_documents(corpora):
    """The lists of documents that a model or a vocabulary of these corpora leaves out."""
    folder = audited(corpora)
    duplicates = (
        [f"{folder}/duplicates.parquet"] if CONFIG.audit.drop_duplicates else []
    )
    leaks = [f"{folder}/leaks/leaks.parquet"] if CONFIG.audit.exclude_benchmarks else []
    return duplicates + leaks


def without(wildcards, input):
    return f"--without {' '.join(input.without)}" if input.without else ""


def leaks_input(wildcards):
    """What a leak audit reads: documents, less the duplicates, and the data sets that are here."""
    corpora = wildcards.corpora.split("+")
    folder = audited(corpora)
    return {
        "shards": shards(*corpora),
        "without": (
            [f"{folder}/duplicates.parquet"] if CONFIG.audit.drop_duplicates else []
        ),
        "data": downloads(*ENTRIES),
    }


def audited_entries(wildcards):
    """What the catalogue says of the data sets that matters to an audit: which files are the test set, where a PMID stands."""
    named = [entries.split_name(given(name)) for name in sorted(DATASETS)]
    known = [f"{entry.protocols[protocol]} {entry.pmid}" for entry, protocol in named]
    return known + own_files(*ENTRIES)


def used_audits(pattern):
    """A file of each audit behind the versions that are run."""
    return [f"{audited(corpora)}/{pattern}" for corpora in CHOSEN.audits]


def all_audits():
    """What is asked for of audits: the lists of what is left out, and the leak audits of the versions that are run."""
    used = dict.fromkeys([*CHOSEN.audits, *CHOSEN.learnt.values()])
    lists = [path for corpora in used for path in left_out_documents(corpora)]
    return used_audits("leaks/leaks.json") + lists


def table_leaks(wildcards):
    """The audit of each version's corpora (of the wildcards alone, like pretrain_run)."""
    leaks = [
        f"{name}={audited(corpora)}/leaks/leaks.json".replace(
            "<results>", CONFIG.results
        )
        for name, version in CHOSEN.models.items()
        if (corpora := CHOSEN.pretrained.get(version))
    ]
    excluded = "--benchmarks-excluded" if CONFIG.audit.exclude_benchmarks else ""
    return f"--leaks {' '.join(leaks)} {excluded}" if leaks else ""


def card_input(wildcards):
    """What a model's card tells: its bundle, the table, what its corpora hold, and which test items."""
    corpora = CHOSEN.pretrained.get(CHOSEN.models[wildcards.version], ())
    return {
        "model": "<results>/models/{version}",
        "table": "<results>/tables/results.parquet",
        "corpus": expand("<results>/corpus/{corpus}/summary.json", corpus=corpora),
        "leaks": [f"{audited(corpora)}/leaks/leaks.json"] if corpora else [],
    }


def summaries():
    return expand("<results>/corpus/{corpus}/summary.json", corpus=CHOSEN.corpora)


def shard_stats(corpus):
    """The statistics of all shards of a corpus."""
    return [path.replace(".parquet", ".stats.json") for path in shards(corpus)]


def stats_pattern(wildcards):
    """The same files as a pattern that bash expands."""
    last = CONFIG.corpora[wildcards.corpus].shards
    return f"{CONFIG.results}/corpus/{wildcards.corpus}/part-{{1..{last}}}.stats.json"


def reused_model(wildcards):
    """The spiece.model of a vocabulary taken over: the file that the catalogue downloads, or the user's own."""
    name = CONFIG.vocabularies[wildcards.vocabulary].reuse
    return (
        f"{CONFIG.data}/{name}/{entries.load(name).files[0].name}"
        if name in entries.names("vocabulary")
        else name
    )


def reused_input(wildcards):
    name = CONFIG.vocabularies[wildcards.vocabulary].reuse
    return f"<raw>/{name}/files.txt" if name in entries.names("vocabulary") else name


def casing(wildcards):
    return "--cased" if CONFIG.vocabularies[wildcards.vocabulary].cased else ""


def store(vocabulary, corpora):
    """A token store: versions of the same corpora and vocabulary share one."""
    return f"<results>/tokens/{vocabulary}/{'+'.join(corpora)}"


def used_vocabularies():
    return expand("<results>/vocabularies/{name}", name=CHOSEN.vocabularies)


def used_stores():
    """The token stores and vocabularies behind the versions that are run."""
    return [store(*one) for one in CHOSEN.stores] + used_vocabularies()


def pretrain_input(wildcards):
    version = CONFIG.versions[wildcards.version]
    found = {"vocabulary": f"<results>/vocabularies/{version.vocabulary}"}
    if CONFIG.recipes[version.recipe].steps:
        found["tokens"] = store(version.vocabulary, version.corpora)
    if version.initial:
        known = version.initial in entries.names("checkpoint")
        found["initial"] = (
            f"<results>/initial/{version.initial}" if known else version.initial
        )
    return found


def pretrain_run(wildcards):
    """The text of RUN.yaml. (Of the wildcards alone: Snakemake does not look for changes in a parameter that is made from the input.)"""
    version = CONFIG.versions[wildcards.version]
    files = {
        name: path.replace("<results>", CONFIG.results)
        for name, path in pretrain_input(wildcards).items()
    }
    run = {
        "name": wildcards.version,
        "tokens": files.get("tokens"),
        "vocabulary": files["vocabulary"],
        "initial": files.get("initial"),
        "corpora": list(version.corpora),
        "architecture": dataclasses.asdict(CONFIG.architectures[version.architecture]),
        "recipe": dataclasses.asdict(CONFIG.recipes[version.recipe]),
    }
    if version.snapshots:
        run["snapshots"] = list(version.snapshots)
    return yaml.safe_dump(run, sort_keys=False)


def memory(input, each, most):
    """MB for the first attempt: 1,000, and `each` for a MB of input up to `most`, which is what the largest corpora take."""
    return 1000 + round(min(each * input.size_mb, most))


def processes_a_node(wildcards):
    return max(1, CONFIG.versions[wildcards.version].gpus)


def pretrain_threads(wildcards):
    version = CONFIG.versions[wildcards.version]
    return (CONFIG.recipes[version.recipe].threads or 1) * processes_a_node(wildcards)


def pretrain_memory(wildcards, input, attempt):
    """MB on each node: 6,000 a GPU, 4,000 without any, and 3 % of the token store for each process, which lists the store's chunks.

    Snakemake writes <TBD> while there is no store. A time limit ends an attempt too, so it stops growing.
    """
    # input.size_mb would count a folder as the 4 kB of its own entry.
    tokens = os.scandir(input.tokens) if input.get("tokens") else ()
    chunks = 0.03 * sum(file.stat().st_size for file in tokens) / 1e6
    model = 6000 * CONFIG.versions[wildcards.version].gpus or 4000
    return round(model + chunks * processes_a_node(wildcards)) * min(attempt, 3)


def pretrain_gpus(wildcards):
    version = CONFIG.versions[wildcards.version]
    return version.nodes * version.gpus


def on_several_nodes(value):
    """A resource that only a version on several nodes has: with it, the executor takes the job for an MPI one."""

    def resource(wildcards):
        version = CONFIG.versions[wildcards.version]
        return value(version) if version.nodes > 1 else None

    return resource


def launcher(wildcards, threads):
    """What starts a version's processes: on several nodes srun, which starts a torchrun on each.

    They meet on the host of the job's own shell, which is the first node: SLURM's variables would say so too, but the executor deletes them.
    """
    version = CONFIG.versions[wildcards.version]
    if version.nodes == 1 and version.gpus < 2:
        return "python -m bioalbert"
    # At a SIGTERM the processes have so many seconds for a last checkpoint, as far as SLURM itself is patient.
    torchrun = f"torchrun --nproc-per-node={processes_a_node(wildcards)} --shutdown-timeout=600"
    if version.nodes == 1:
        return f"{torchrun} --standalone -m bioalbert"
    gpus = f"--gres=gpu:{version.gpus}" if version.gpus else ""
    srun = f"srun --nodes={version.nodes} --ntasks={version.nodes} --cpus-per-task={threads} {gpus}"
    endpoint = "$(hostname):$((20000 + SLURM_JOB_ID % 10000))"
    rendezvous = f"--nnodes={version.nodes} --rdzv-backend=c10d --rdzv-id=$SLURM_JOB_ID --rdzv-endpoint={endpoint}"
    return f"{srun} {torchrun} {rendezvous} -m bioalbert"


def runs(*names, seeds=None):
    """The run folders of some data sets, over all models."""
    pattern = "<results>/runs/{version}/{name}/seed{seed}-fold{fold}"
    seeds = seeds or CONFIG.finetune.seeds
    return [
        path
        for name in names
        for path in expand(
            pattern, version=MODELS, name=name, seed=seeds, fold=folds(name)
        )
    ]


def run_patterns(*names):
    """The same folders as patterns that bash expands: a command line has no room for a thousand paths."""
    seeds = braces(CONFIG.finetune.seeds)
    base = f"{CONFIG.results}/runs/{braces(MODELS)}"
    return [f"{base}/{name}/seed{seeds}-fold{braces(folds(name))}" for name in names]


def baseline(wildcards):
    """What the scores are tested against, if it is run."""
    return f"--baseline {CONFIG.baseline}" if CONFIG.baseline in MODELS else ""


def braces(values):
    values = [str(value) for value in values]
    return values[0] if len(values) == 1 else "{" + ",".join(values) + "}"


def left_out(wildcards):
    return f"--left-out {' '.join(CHOSEN.left_out)}" if CHOSEN.left_out else ""


def downloads(*datasets):
    """What says that the files of some data sets are here; one's own are not downloaded."""
    return [
        f"<raw>/{dataset}/files.txt" for dataset in datasets if entry_of(dataset).files
    ]


@cache
def own_files(*datasets):
    """The digests of those files of some data sets that nobody downloads: another file is another result."""
    held = {
        dataset: (entry_of(dataset), entry_of(dataset).folder(Path(CONFIG.data)))
        for dataset in datasets
        if not entry_of(dataset).files
    }
    return [
        f"{dataset}/{name} {digest_of(found(folder / name))}"
        for dataset, (entry, folder) in held.items()
        for name in check.present(entry, folder)
    ]


def protocol(wildcards):
    """What the catalogue says of a data set that matters to a run."""
    entry = entry_of(f"{wildcards.dataset}@{wildcards.protocol}")
    chosen = entry.protocols[wildcards.protocol]
    return f"{chosen} {entry.labels} {entry.positive} {entry.format_options}"


def start(wildcards):
    """What a fine-tune starts from: the version's model, or the run of its warm-up."""
    warmup = CHOSEN.warmup_of(given(f"{wildcards.dataset}@{wildcards.protocol}"))
    return (
        f"<results>/warmups/{wildcards.version}/{full_name(warmup)}"
        if warmup
        else f"<results>/models/{wildcards.version}"
    )


def settings(wildcards):
    return assignments(DATASETS[f"{wildcards.dataset}@{wildcards.protocol}"].settings)


def warmup_settings(wildcards):
    return assignments(CONFIG.finetune.warmup.settings)


def assignments(changed):
    """--set key=value ...: what the configuration changes of the catalogue's training settings, in whatever order it names them."""
    values = {"threads": CONFIG.finetune.threads} | changed
    return "--set " + " ".join(
        f"{key}={json.dumps(value)}" for key, value in sorted(values.items())
    )
