"""`bioalbert finetune`, `evaluate` and `predict`."""

import argparse
from collections.abc import Iterable
from pathlib import Path
from textwrap import fill

from bioalbert.finetune.settings import TASK_DEFAULTS, FinetuneSettings
from bioalbert.settings import assignments, described

EXAMPLES = {
    "finetune": """\
example:
  bioalbert finetune ncbi-disease@biobert --model bundles/mine --output runs/ncbi --seed 1
  bioalbert finetune squad --model bundles/mine --output runs/squad && bioalbert finetune bioasq-6b --model runs/squad --output runs/6b
  bioalbert finetune gad --fold 3 --model bundles/mine --output runs/gad-3 --set learning_rate=3.0e-5 epochs=5
the run folder: metrics.json, run.json, predictions in the task's official format, items.parquet (test item by test item), model/, log.txt,
provenance.json
""",
    "evaluate": """\
example:
  bioalbert evaluate --run runs/ncbi
""",
    "predict": """\
example:
  bioalbert predict --run runs/ncbi --input abstracts.txt --output entities.jsonl
  bioalbert predict --run runs/ncbi --input abstracts.jsonl --output entities.pubtator
input: NER lines of text, .jsonl with "text" (and "title"), or .pubtator; RE lines with marked entities (@GENE$); inference and
similarity lines of text<TAB>text; classification lines of text; QA and yes/no .jsonl with "question" and "context", or "contexts" (a
list): the answers are then merged over them (a probability is the mean over them), the margins averaged; with "type": "list" as many
answers as the rule for list questions takes, else five
output: NER, QA and yes/no .jsonl, the records with "entities", "answers" [{"text", "probability"}], or "answer" ("yes" or "no") and
"margin" (above 0: yes); NER also .pubtator, where a record's id is its "pmid" or "id", else the number of its line, from 1; the others
.tsv, lines of number<TAB>label, where number counts the records from 0. Blank lines are no records.
""",
}


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `finetune`, `evaluate` and `predict`."""
    p = commands.add_parser(
        "finetune",
        help="fine-tune a model on a data set and score it",
        description="Fine-tunes a bundle on a data set, scores the test split.",
        epilog=EXAMPLES["finetune"] + _settings(),
    )
    p.add_argument("dataset", metavar="DATASET[@PROTOCOL]", help="an id of `bioalbert datasets`, or a folder or catalogue YAML of your own")
    p.add_argument(
        "--model",
        type=Path,
        required=True,
        metavar="BUNDLE",
        help="a Hugging Face encoder folder with a fast tokenizer, or the run folder of a warm-up",
    )
    p.add_argument("--output", type=Path, required=True, metavar="DIR", help="the run folder; appears whole or not at all")
    p.add_argument("--data", type=Path, default=Path("data/raw"), metavar="DIR", help="where `bioalbert download` put the files (data/raw)")
    p.add_argument("--seed", type=int, default=1, metavar="N", help="of the head, the dropout and the order (1)")
    p.add_argument("--fold", type=int, default=0, metavar="K", help="from 1, for sets with folds")
    p.add_argument(
        "--set", dest="overrides", nargs="+", action="extend", default=[], metavar="key=value", help="changes settings, see below"
    )
    p.set_defaults(run=run_finetune)
    p = commands.add_parser(
        "evaluate",
        help="score a finished run again",
        description="Predicts and scores again from a run's model; prints what its metrics.json holds, and writes items.parquet where it "
        "is absent.",
        epilog=EXAMPLES["evaluate"],
    )
    p.add_argument("--run", dest="folder", type=Path, required=True, metavar="DIR", help="a run folder")
    p.set_defaults(run=run_evaluate)
    p = commands.add_parser(
        "predict",
        help="raw text in; entities, relations or answers out",
        description="Applies a run's model to text of your own.",
        epilog=EXAMPLES["predict"],
    )
    p.add_argument("--run", dest="folder", type=Path, required=True, metavar="DIR", help="a run folder")
    p.add_argument("--input", dest="source", type=Path, required=True, metavar="FILE", help="the texts; .gz is unpacked")
    p.add_argument("--output", type=Path, required=True, metavar="FILE", help="the predictions")
    p.set_defaults(run=run_predict)


def _settings() -> str:
    """What --set may change."""
    own = ((task, assignments(changed)) for task, changed in TASK_DEFAULTS.items() if changed)
    return f"""
settings [their defaults]:
{_listed(described(FinetuneSettings))}
a task's own defaults (a protocol's own settings, which go before these: bioalbert datasets NAME):
{_listed(own)}"""


def _listed(texts: Iterable[tuple[str, str]]) -> str:
    indent = " " * 18
    return "\n".join(fill(text, 110, initial_indent=f"  {name:<16}", subsequent_indent=indent) for name, text in texts) + "\n"


def run_finetune(dataset: str, model: Path, output: Path, data: Path, seed: int, fold: int, overrides: list[str]) -> None:
    """Fine-tunes, and prints the scores."""
    from bioalbert.finetune.run import finetune

    _print(finetune(dataset, model, output, data, seed, fold, overrides))


def run_evaluate(folder: Path) -> None:
    """Prints the scores of a run, made anew."""
    from bioalbert.finetune.run import evaluate

    _print(evaluate(folder))


def run_predict(folder: Path, source: Path, output: Path) -> None:
    """Predicts for a file of raw text."""
    from bioalbert.finetune.raw import predict

    print(f"{predict(folder, source, output)} records -> {output}")


def _print(metrics: dict) -> None:
    import json

    print(json.dumps(metrics, indent=2, sort_keys=True, ensure_ascii=False))
