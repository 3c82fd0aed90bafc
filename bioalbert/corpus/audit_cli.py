"""`bioalbert corpus duplicates | leaks`: what is wrong with document shards taken together."""

import argparse
from pathlib import Path

DUPLICATES = (
    "Lists documents to leave out because another one holds the same: equal texts (by their words), and PubMed citations whose "
    "full text is among the PMC articles (by PMID). Give all shards that one model is trained on; `bioalbert tokens --without` "
    "takes the list."
)
LEAKS = (
    "Lists which items of benchmark data sets stand in the documents: by PMID where the set names it, else by at least half of an item's "
    "n-grams of 13 words; short or masked sentences count as whole sentences. Writes leaks.parquet (document, item; no text) and a summary."
)


def register(kinds: argparse._SubParsersAction) -> None:
    """Adds both commands to `bioalbert corpus`."""
    example = "example: bioalbert corpus duplicates --documents pubmed-*.parquet pmc-*.parquet --output duplicates.parquet"
    duplicates = kinds.add_parser("duplicates", help="documents that another one repeats", description=DUPLICATES, epilog=example)
    _add_documents(duplicates)
    duplicates.add_argument("--output", type=Path, required=True, metavar="FILE.parquet", help="the list; its counts go to FILE.stats.json")
    duplicates.set_defaults(run=run_duplicates)
    example = "example: bioalbert corpus leaks --documents pubmed-*.parquet --datasets gad ncbi-disease@blurb --output leaks"
    leaks = kinds.add_parser("leaks", help="items of benchmark data sets that the documents hold", description=LEAKS, epilog=example)
    _add_documents(leaks)
    leaks.add_argument("--datasets", nargs="+", required=True, metavar="NAME", help="data sets: DATASET or DATASET@PROTOCOL")
    leaks.add_argument("--splits", nargs="+", choices=("train", "dev", "test"), default=["test"], help="what is looked for (test)")
    leaks.add_argument("--data", type=Path, default=Path("data/raw"), metavar="DIR", help="where downloads lie (data/raw)")
    leaks.add_argument("--without", nargs="+", default=[], metavar="FILE", help="Parquet files with the ids of documents that are left out")
    leaks.add_argument("--output", type=Path, required=True, metavar="DIR", help="the folder to make")
    leaks.set_defaults(run=run_leaks)


def _add_documents(command: argparse.ArgumentParser) -> None:
    command.add_argument("--documents", nargs="+", required=True, metavar="SHARD", help="document shards, or @LIST with one path a line")


def run_duplicates(documents: list[str], output: Path) -> None:
    from bioalbert.corpus.duplicates import find_duplicates
    from bioalbert.files import expand_inputs

    stats = find_duplicates(expand_inputs(documents), output)
    left_out = ", ".join(f"{count} {reason} another" for reason, count in sorted(stats["left_out"].items())) or "none"
    print(f"{output}: of {stats['documents']} documents to leave out: {left_out}")


def run_leaks(documents: list[str], datasets: list[str], splits: list[str], data: Path, without: list[str], output: Path) -> None:
    from bioalbert.corpus.leaks import as_markdown, audit
    from bioalbert.files import expand_inputs

    print(as_markdown(audit(expand_inputs(documents), datasets, splits, data, output, expand_inputs(without))), end="")
