"""`bioalbert vocabulary` and `bioalbert tokens`."""

import argparse
from pathlib import Path

SHARDS = "document shards of `bioalbert corpus`, or @LIST, a file with one path a line"
WITHOUT = "leave out the documents whose ids stand in these Parquet files (of `bioalbert corpus duplicates` and `leaks`)"


def register(commands: argparse._SubParsersAction) -> None:
    vocabulary = commands.add_parser(
        "vocabulary",
        help="train a SentencePiece vocabulary or take over an existing one",
        description="Makes a vocabulary folder: spiece.model and a tokenizer that AutoTokenizer loads.",
    ).add_subparsers(title="commands", metavar="COMMAND", required=True)
    _register_train(vocabulary)
    _register_reuse(vocabulary)
    _register_report(vocabulary)
    tokens = commands.add_parser(
        "tokens",
        help="encode documents into a token store",
        description="Encodes document shards into one memory-mapped token store. "
        "Example: bioalbert tokens --documents data/pubmed-*.parquet --vocabulary results/vocabulary --output results/tokens",
    )
    tokens.add_argument("--documents", nargs="+", required=True, metavar="SHARD", help=SHARDS)
    tokens.add_argument("--without", nargs="+", default=[], metavar="FILE", help=WITHOUT)
    tokens.add_argument("--vocabulary", type=Path, required=True, metavar="DIR", help="a vocabulary folder")
    tokens.add_argument("--output", type=Path, required=True, metavar="STORE", help="the token store's folder")
    tokens.set_defaults(run=run_tokens)


def _register_train(commands: argparse._SubParsersAction) -> None:
    train = commands.add_parser(
        "train",
        help="train a vocabulary as ALBERT's was",
        description="Trains a SentencePiece unigram vocabulary with ALBERT's flags. "
        "Example: bioalbert vocabulary train --documents data/pubmed-*.parquet --output results/vocabulary --size 30000",
    )
    train.add_argument("--documents", nargs="+", required=True, metavar="SHARD", help=SHARDS)
    train.add_argument("--without", nargs="+", default=[], metavar="FILE", help=WITHOUT)
    train.add_argument("--output", type=Path, required=True, metavar="DIR", help="the vocabulary folder")
    train.add_argument("--size", type=_count, default=30_000, metavar="N", help="number of pieces (default: %(default)s, ALBERT's)")
    train.add_argument("--cased", action="store_true", help="keep the case of the text (ALBERT is lower-cased)")
    train.add_argument(
        "--sentences",
        type=_count,
        default=1_000_000,
        metavar="N",
        help="random sample to train on (default: %(default)s; each costs about 4 kB of memory and 0.2 ms; ALBERT took 10000000)",
    )
    train.set_defaults(run=run_train)


def _register_reuse(commands: argparse._SubParsersAction) -> None:
    reuse = commands.add_parser(
        "reuse",
        help="take over an ALBERT vocabulary, as BioALBERT did Google's",
        description="Makes a vocabulary folder from an existing SentencePiece model. "
        "Example: bioalbert vocabulary reuse --model 30k-clean.model --output results/vocabulary",
    )
    reuse.add_argument("--model", type=Path, required=True, metavar="FILE", help="spiece.model or 30k-clean.model")
    reuse.add_argument("--output", type=Path, required=True, metavar="DIR", help="the vocabulary folder")
    reuse.add_argument("--cased", action="store_true", help="the model's text kept its case (ALBERT's is lower-cased)")
    reuse.set_defaults(run=run_reuse)


def _register_report(commands: argparse._SubParsersAction) -> None:
    report = commands.add_parser(
        "report",
        help="compare vocabularies on corpora and data sets",
        description="Measures pieces a word, words kept whole and unknown pieces of vocabularies, and lists the biomedical terms that each "
        "splits most: tables, figures and report.md. "
        "Example: bioalbert vocabulary report --vocabulary results/vocabularies/* --documents data/pubmed-*.parquet --output report",
    )
    report.add_argument("--vocabulary", nargs="+", type=Path, required=True, metavar="DIR", help="vocabulary folders")
    report.add_argument("--documents", nargs="*", default=[], metavar="SHARD", help=SHARDS)
    report.add_argument("--data", type=Path, default=Path("data/raw"), metavar="DIR", help="where downloads lie (data/raw)")
    report.add_argument("--datasets", nargs="*", metavar="NAME", help="data sets (default: every one that has files in the data folder)")
    report.add_argument(
        "--sentences", type=_count, default=100_000, metavar="N", help="random sample of each corpus (default: %(default)s)"
    )
    report.add_argument("--output", type=Path, required=True, metavar="DIR", help="the report's folder")
    report.set_defaults(run=run_report)


def _count(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a number above 0")
    return number


def run_train(documents: list[str], without: list[str], output: Path, size: int, cased: bool, sentences: int) -> None:
    from bioalbert.files import expand_inputs
    from bioalbert.vocabulary.train import train_vocabulary

    vocabulary = train_vocabulary(expand_inputs(documents), output, size, cased, sentences, expand_inputs(without))
    print(f"{output}: {vocabulary.size} pieces")


def run_reuse(model: Path, output: Path, cased: bool) -> None:
    from bioalbert.vocabulary.folder import reuse_vocabulary

    vocabulary = reuse_vocabulary(model, output, cased)
    print(f"{output}: {vocabulary.size} pieces")


def run_report(vocabulary: list[Path], documents: list[str], data: Path, datasets: list[str] | None, sentences: int, output: Path) -> None:
    from bioalbert.files import expand_inputs
    from bioalbert.vocabulary.report import write_report

    table = write_report(vocabulary, expand_inputs(documents), data, datasets, output, sentences)
    print(f"{output}: {table['vocabulary'].nunique()} vocabularies on {table['source'].nunique()} corpora and data sets")


def run_tokens(documents: list[str], without: list[str], vocabulary: Path, output: Path) -> None:
    from bioalbert.files import expand_inputs
    from bioalbert.vocabulary.store import write_store

    manifest = write_store(expand_inputs(documents), vocabulary, output, expand_inputs(without))
    print(f"{output}: {manifest['documents']} documents, {manifest['sentences']} sentences, {manifest['pieces']} pieces")
