"""`bioalbert corpus pubmed | pmc | mimic | text | index | stats`, and the audits of audit_cli."""

import argparse
import re
from functools import partial
from pathlib import Path

from bioalbert.corpus import audit_cli
from bioalbert.errors import InputError
from bioalbert.files import expand_inputs, write_json

# What is taken of a folder that is given as input.
SUFFIXES = {
    "pubmed": (".xml", ".xml.gz"),
    "pmc": (".xml", ".xml.gz", ".nxml", ".tar", ".tar.gz"),
    "mimic": (".csv", ".csv.gz"),
    "text": (".txt", ".txt.gz", ".txt.zst", ".jsonl", ".jsonl.gz", ".jsonl.zst"),
}
ABOUT = {
    "pubmed": "PubMed citations: of English articles, not retracted, the newest version of each and no deleted one. "
    "Newest means over the files of the index; without an index, over the input files.",
    "pmc": "PMC full-text articles (JATS, also within .tar or .tar.gz): title, abstract and paragraphs, without tables, figures, displayed "
    "formulas and references (see --include).",
    "mimic": "MIMIC-III clinical notes, but those marked as errors. The shard is marked as restricted, and so is all that is made from it.",
    "text": "Your own text: .txt files (one document each) and .jsonl files (one a line: text, and a title if there is one), "
    "as they are or packed (.gz, .zst).",
}
EXAMPLES = {
    "pubmed": "--input @data/raw/pubmed/part-1-of-1.txt --index pubmed-index.parquet",
    "pmc": "--input @data/raw/pmc/part-1-of-1.txt",
    "mimic": "--input NOTEEVENTS.csv.gz",
    "text": "--input my-texts/",
}

SHARD = "the shard; its counts go to SHARD.stats.json, and what was left out of it, with the reason, to SHARD.dropped.jsonl"


def register(commands: argparse._SubParsersAction) -> None:
    about = "Raw files to shards of documents with sentences."
    corpus = commands.add_parser("corpus", help="raw files to documents with sentences", description=about)
    kinds = corpus.add_subparsers(title="kinds", metavar="KIND", required=True)
    for kind, description in ABOUT.items():
        example = f"example: bioalbert corpus {kind} {EXAMPLES[kind]} --output {kind}.parquet"
        command = kinds.add_parser(kind, help=description.split(":")[0], description=description, epilog=example)
        _add_input(command)
        command.add_argument("--output", required=True, metavar="SHARD.parquet", help=SHARD)
        if kind == "pubmed":
            command.add_argument("--index", help="what `bioalbert corpus index` made of all PubMed files")
            help = "the articles' languages, MEDLINE's three-letter codes, or all (default: eng); the text is PubMed's English one"
            command.add_argument("--languages", nargs="+", default=["eng"], type=language, metavar="CODE", help=help)
        if kind == "pmc":
            help = "take in what is left out by default: captions of figures and tables, rows of tables, displayed formulas"
            command.add_argument("--include", nargs="+", default=[], choices=("captions", "tables", "formulas"), help=help)
        command.set_defaults(run=run_corpus, kind=kind)
    description = "The newest version of each PMID and the deleted ones, over all baseline and update files, given in any order."
    example = "example: bioalbert corpus index --input data/raw/pubmed --output pubmed-index.parquet"
    index = kinds.add_parser("index", help="the newest version of every PubMed citation", description=description, epilog=example)
    _add_input(index)
    index.add_argument("--output", required=True, metavar="INDEX.parquet", help="the index, a Parquet file")
    index.set_defaults(run=run_index)
    description = "Adds up the statistics of a corpus' shards: documents, sentences, characters, and what was left out, by reason."
    example = "example: bioalbert corpus stats --input results/corpus/pubmed/part-*.stats.json --output pubmed.json"
    stats = kinds.add_parser("stats", help="what a corpus holds over all its shards", description=description, epilog=example)
    stats.add_argument("--input", required=True, nargs="+", metavar="STATS.json|@LIST", help="NAME.stats.json of shards")
    stats.add_argument("--output", required=True, metavar="SUMMARY.json")
    stats.set_defaults(run=run_stats)
    audit_cli.register(kinds)


def _add_input(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--input", required=True, nargs="+", metavar="FILE|@LIST", help="files, folders, or lists (@) of files, one a line"
    )


def language(code: str) -> str:
    if not re.fullmatch("[a-z]{3}", code):
        raise argparse.ArgumentTypeError(f"{code!r} is no three-letter code of MEDLINE's, such as eng or fre")
    return code


def run_corpus(kind: str, input: list[str], output: str, index: str | None = None, **options: list[str]) -> None:
    """Makes one shard of the files; kind: a key of SUFFIXES. options: languages (pubmed) or include (pmc), as their readers take them."""
    from bioalbert.corpus import mimic, pmc, pubmed, text
    from bioalbert.corpus.documents import ShardWriter
    from bioalbert.corpus.versions import Occurrences, find, in_order
    from bioalbert.progress import Progress
    from bioalbert.provenance import Provenance

    if not output.endswith(".parquet"):
        raise InputError("the output's name must end in .parquet", file=output)
    files = in_order(input_files(input, SUFFIXES[kind]))
    provenance = Provenance(f"corpus {kind}", options, [Path(name) for name in (*input, *([index] if index else []))])
    readers = {"pubmed": pubmed.read, "pmc": pmc.read, "mimic": mimic.read, "text": text.read}
    read = partial(readers[kind], **options)
    if kind == "pubmed":
        read = partial(read, occurrences=Occurrences.load(index, files) if index else find(files))
    with ShardWriter(output) as shard, Progress(f"corpus {kind}", unit="document") as progress:
        for file in files:
            for document in read(file, drop=shard.drop):
                shard.add(document)
                progress.advance(note=file.name)
    provenance.write(Path(output), shard.restricted)


def run_index(input: list[str], output: str) -> None:
    """Makes the index of all PubMed files."""
    from bioalbert.corpus.versions import find
    from bioalbert.provenance import Provenance

    files = input_files(input, SUFFIXES["pubmed"])
    provenance = Provenance("corpus index", {}, [Path(name) for name in input])
    find(files).save(output)
    provenance.write(Path(output))


def run_stats(input: list[str], output: str) -> None:
    """Makes the summary of a corpus."""
    from bioalbert.corpus.documents import total
    from bioalbert.provenance import Provenance

    provenance = Provenance("corpus stats", {}, [Path(name) for name in input])
    summary = total(expand_inputs(input))
    write_json(output, summary)
    provenance.write(Path(output), summary["restricted"])


def input_files(names: list[str], suffixes: tuple[str, ...]) -> list[Path]:
    """Files as given, folders replaced by their files with these suffixes, sorted. Raises InputError for a folder without any."""
    files: list[Path] = []
    for path in expand_inputs(names):
        found = sorted(file for file in path.rglob("*") if file.name.endswith(suffixes)) if path.is_dir() else [path]
        if not found:
            raise InputError(f"no {' or '.join(suffixes)} file in this folder", file=path)
        files += found
    return files
