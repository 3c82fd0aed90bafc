"""How many jobs of each rule a run starts with nothing made yet: what `snakemake -n` counts, without Snakemake."""

from collections import Counter

from bioalbert.catalogue import entries
from bioalbert.config.selection import Corpora, Selection, full_name

STAGES = {
    "download": ("make_demo_data", "download_corpus", "download_entry"),
    "corpus": ("index_pubmed", "build_shard", "summarise_corpus", "find_duplicates", "audit_leaks"),
    "vocabulary": ("train_vocabulary", "reuse_vocabulary", "encode_tokens", "report_vocabularies"),
    "pretrain": ("write_run", "pretrain_version", "take_snapshot"),
    "convert": ("import_initial", "export_tensorflow", "import_tensorflow", "check_conversion"),
    "finetune": ("warm_up_model", "finetune_model"),
    "results": ("make_table", "make_task_table", "make_figures", "make_report", "make_card"),
}


def count_jobs(chosen: Selection) -> dict[str, int]:
    """Rule -> number of its jobs, for the rules that have any."""
    config, versions, models = chosen.config, len(chosen.versions), len(chosen.models)
    sources = corpora_read(chosen)
    shards = {name: config.corpora[name].shards for name in sources}
    searched, joined = audits(chosen), joined_corpora(chosen)
    learnt = len(chosen.learnt)
    counts = {
        "make_demo_data": int(config.demo is not None),
        "download_corpus": sum(number for name, number in shards.items() if name in ("pubmed", "pmc")),
        "download_entry": len(downloaded(chosen)),
        "index_pubmed": int("pubmed" in sources),
        "build_shard": sum(shards.values()),
        "summarise_corpus": len(chosen.corpora),
        "find_duplicates": len(joined) if config.audit.drop_duplicates else 0,
        "audit_leaks": len(searched),
        "train_vocabulary": learnt,
        "reuse_vocabulary": len(chosen.vocabularies) - learnt,
        "encode_tokens": len(chosen.stores),
        "report_vocabularies": 1,
        "import_initial": len(initials(chosen)),
        "take_snapshot": models - versions,
        "warm_up_model": models * len(warmups(chosen)),
        "finetune_model": models * sum(map(len, runs(chosen).values())),
        "make_table": 1,
        "make_task_table": len(chosen.tables),
        "make_figures": 1,
        "make_report": 1,
        "make_card": models,
    }
    each = ("write_run", "pretrain_version", "export_tensorflow", "import_tensorflow", "check_conversion")
    return +Counter(counts | dict.fromkeys(each, versions))


def corpora_read(chosen: Selection) -> set[str]:
    """The corpora that are made into shards: those behind versions and behind vocabularies."""
    return {*chosen.corpora, *(name for corpora in chosen.learnt.values() for name in corpora)}


def joined_corpora(chosen: Selection) -> set[Corpora]:
    """The corpora that something is trained on, taken together: duplicates are looked for in each of these."""
    return {*chosen.audits, *chosen.learnt.values()}


def audits(chosen: Selection) -> set[Corpora]:
    """Those that are searched for benchmark items: the versions', and the vocabularies' where what is found is left out."""
    return joined_corpora(chosen) if chosen.config.audit.exclude_benchmarks else set(chosen.audits)


def initials(chosen: Selection) -> set[str]:
    """The catalogue's checkpoints that versions start from."""
    return {initial for name in chosen.versions if (initial := chosen.config.versions[name].initial) in entries.names("checkpoint")}


def warmups(chosen: Selection) -> set[str]:
    """The data sets, ID@PROTOCOL, that models are fine-tuned on before another."""
    return {full_name(warmup) for name in chosen.runnable if (warmup := chosen.warmup_of(chosen.given(name)))}


def runs(chosen: Selection) -> dict[str, list[tuple[int, int]]]:
    """Data set -> (seed, fold) of its runs, for each model."""
    seeds = chosen.config.finetune.seeds
    return {name: [(seed, fold) for seed in seeds for fold in chosen.folds(name)] for name in chosen.runnable}


def downloaded(chosen: Selection) -> set[str]:
    """The catalogue's entries besides corpora whose files are fetched."""
    sets = [*chosen.entries, *(chosen.entry_of(name).id for name in warmups(chosen))]
    reused = {name for one in chosen.vocabularies if (name := chosen.config.vocabularies[one].reuse) in entries.names("vocabulary")}
    return {name for name in sets if chosen.entry_of(name).files} | reused | initials(chosen)
