"""`bioalbert score`: official scores of prediction files; `examples` and `bioasq-to-squad`: data sets as files for other programs.
`finetune`, `evaluate`, `predict`: see commands.py."""

import argparse
from pathlib import Path

from bioalbert.finetune.commands import register as register_runs

EXAMPLE = """\
example:
  bioalbert score ner --gold test.tsv --predicted predictions.txt
  bioalbert score re --protocol gad@biobert --gold data/raw/gad/1/test.tsv --predicted predictions.tsv
  bioalbert score qa --golden 6B1_golden.json 6B2_golden.json --predicted submission.json
"""

EXAMPLES_EXAMPLE = """\
example:
  bioalbert examples ddi@blue-xml --output data/ddi-blue
  bioalbert examples gad --output data/gad
"""

BIOASQ_EXAMPLE = """\
example:
  bioalbert bioasq-to-squad BioASQ-trainingDataset6b.json train.json --training --documents results/corpus/pubmed/part-*.parquet
"""


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `finetune`, `evaluate`, `predict`, `score`, `examples` and `bioasq-to-squad`."""
    register_runs(commands)
    register_score(commands)
    register_examples(commands)
    register_bioasq(commands)


def register_score(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser(
        "score",
        help="score prediction files the official way",
        description="Scores prediction files against gold files and prints one JSON object, fractions in [0, 1].",
        epilog=EXAMPLE,
    )
    tasks = p.add_subparsers(title="tasks", metavar="TASK", required=True)
    ner = tasks.add_parser(
        "ner",
        help="entities and tokens of two tagged files with the same words",
        description="Files with a word and its tag (the last column) a line, a blank line after each sentence.",
    )
    ner.add_argument("--gold", type=Path, required=True, metavar="FILE", help="the gold tags")
    ner.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="the same words with predicted tags")
    ner.set_defaults(run=run_score_ner)
    re = tasks.add_parser(
        "re",
        help="predictions for relations, and other texts and pairs",
        description="Scores predictions, joined by index: a label a row (relations, inference), labels joined by `;` (several a text), "
        "or a number (similarity).",
    )
    re.add_argument("--protocol", required=True, metavar="DATASET@PROTOCOL", help="whose labels, positive classes and metric count")
    re.add_argument(
        "--gold",
        type=Path,
        required=True,
        metavar="FILE",
        help="the set's own test file, or FILE#PART of one; without an index its rows count from 0",
    )
    re.add_argument("--predicted", type=Path, required=True, metavar="FILE", help="lines of index<TAB>prediction")
    re.set_defaults(run=run_score_re)
    qa = tasks.add_parser("qa", help="a BioASQ submission", description="Scores factoid, yes/no and list questions of BioASQ's phase B.")
    qa.add_argument("--golden", type=Path, nargs="+", required=True, metavar="FILE", help="golden files, one a batch")
    qa.add_argument(
        "--predicted", type=Path, nargs="+", required=True, metavar="FILE", help="submission JSON with the answers to all batches"
    )
    qa.add_argument("--average", choices=("batch", "pooled"), default="batch", help="mean over the batches (batch) or over all questions")
    qa.set_defaults(run=run_score_qa)


def register_examples(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser(
        "examples",
        help="a data set converted, for other programs",
        description="Writes a data set's train, dev and test as its models read them (entities marked, labels and splits by the protocol), "
        "a folder a fold: .conll for tagged sentences, SQuAD's .json for questions, .jsonl for the rest.",
        epilog=EXAMPLES_EXAMPLE,
    )
    p.add_argument("dataset", metavar="DATASET[@PROTOCOL]", help="a data set of the catalogue, a catalogue YAML, or a folder of your own")
    p.add_argument("--data", type=Path, default=Path("data/raw"), metavar="DIR", help="where downloads lie (data/raw)")
    p.add_argument("--output", type=Path, required=True, metavar="DIR")
    p.set_defaults(run=run_examples)


def register_bioasq(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser(
        "bioasq-to-squad",
        help="BioASQ's own JSON as SQuAD JSON",
        description="Writes the factoid (or list) questions of a training or golden file as SQuAD 1.1 JSON: a context a snippet, or, with "
        "--documents, an abstract. Answers are found in it whatever their letter case, never inside a word.",
        epilog=BIOASQ_EXAMPLE,
    )
    p.add_argument("source", type=Path, metavar="BIOASQ.json", help="a training, golden or test file of task B, of any year")
    p.add_argument("output", type=Path, metavar="SQUAD.json")
    p.add_argument("--type", dest="kind", choices=("factoid", "list"), default="factoid", help="which questions (factoid)")
    p.add_argument("--documents", type=Path, nargs="+", default=[], metavar="SHARD", help="take abstracts from these document shards")
    p.add_argument("--without", type=Path, nargs="+", default=[], metavar="GOLDEN", help="leave out the questions of these files")
    p.add_argument(
        "--training", action="store_true", help="an example for each place of an answer, none for contexts without one (BioBERT's form)"
    )
    p.set_defaults(run=run_bioasq_to_squad)


def run_examples(dataset: str, data: Path, output: Path) -> None:
    """Writes the splits and prints how many examples each file has, and what its reader let pass."""
    from bioalbert.finetune.splits import write_splits

    for name, counts in write_splits(dataset, data, output).items():
        print(f"{output / name}: {', '.join(f'{number:,} {what}' for what, number in counts.items())}")


def run_bioasq_to_squad(source: Path, output: Path, kind: str, documents: list[Path], without: list[Path], training: bool) -> None:
    """Writes the file, and prints what it holds and lacks."""
    from bioalbert.finetune.squad_file import convert

    print(", ".join(f"{number} {what}" for what, number in convert(source, output, kind, documents, without, training).items()))


def run_score_ner(gold: Path, predicted: Path) -> None:
    """Prints the score of one tagged file against another."""
    from bioalbert.finetune.metrics.ner import score_files

    _print(score_files(gold, predicted))


def run_score_re(protocol: str, gold: Path, predicted: Path) -> None:
    """Prints the score of a file of predictions against a test file of the protocol's form."""
    from bioalbert.catalogue.entries import file_of, split_name
    from bioalbert.errors import InputError
    from bioalbert.finetune.metrics.texts import METRICS, join, read_predictions, score_texts
    from bioalbert.finetune.readers import read_file

    entry, name = split_name(protocol)
    if entry.task not in METRICS:
        command = "ner" if entry.task == "ner" else "qa"
        raise InputError(f"{entry.id} is a data set of the task {entry.task}", place="--protocol", fix=f"use: bioalbert score {command}")
    truth = read_file(entry, entry.protocols[name].part(gold.name), gold.parent, gold.with_name(file_of(gold.name)))
    found = join([example.index for example in truth], read_predictions(predicted, entry), predicted)
    named = {"protocol": f"{entry.id}@{name}", "metric": entry.protocols[name].metric}
    _print(named | score_texts(entry, name, truth, found))


def run_score_qa(golden: list[Path], predicted: list[Path], average: str) -> None:
    """Prints the score of a submission against golden files, one a batch."""
    from bioalbert.errors import InputError
    from bioalbert.finetune.metrics.bioasq_json import read_golden, read_submission
    from bioalbert.finetune.metrics.qa import score_qa

    batches = [read_golden(file) for file in golden]
    submission = read_submission(*predicted, golden=batches)
    if not any(question["id"] in submission for batch in batches for question in batch):
        raise InputError(
            "it answers no question of the golden files", file=predicted[0], fix="use the 24-character question ids as they are"
        )
    _print(score_qa(batches, submission, average))


def _print(score: dict) -> None:
    import json

    print(json.dumps(score, indent=2))
