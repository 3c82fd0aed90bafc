"""A model as it goes to the Hugging Face hub: its bundle, whose card also tells what was found out after it was trained.

The bundle cannot hold that itself: its scores are those of runs that start from it.
"""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.convert.bundle import WEIGHTS, load_bundle_config
from bioalbert.corpus.leaks import Leaks
from bioalbert.corpus.leaks import as_markdown as leaks_markdown
from bioalbert.errors import InputError, made_by
from bioalbert.files import read_json, whole_folder, write_json, write_text
from bioalbert.provenance import RECORD, Provenance, public
from bioalbert.results.formats import as_markdown
from bioalbert.results.rows import read
from bioalbert.results.table import Table, build

CARD = "README.md"
# The hub's names of what the data sets ask.
TASKS = {
    "ner": "token-classification",
    "re": "text-classification",
    "qa": "question-answering",
    "yesno": "text-classification",
    "similarity": "sentence-similarity",
    "inference": "text-classification",
    "classification": "text-classification",
}


@dataclass(frozen=True)
class Findings:
    """What is known of a model besides its bundle.

    table: results.parquet of `bioalbert table`. corpus: the summary.json of each of its corpora. leaks: leaks.json of their audit;
    excluded: whether the documents that hold test items were left out of pre-training.
    """

    table: Path
    corpus: list[Path]
    leaks: list[Path]
    excluded: bool


def write(bundle: Path, found: Findings, output: Path) -> None:
    """Writes the folder `output`, ready for `hf upload`: the bundle's files, and a card with the scores in its head too.

    provenance.json is this step's, and holds the bundle's own, without places of this machine (`provenance.public`). Equal arguments give
    equal bytes in all other files.
    Raises InputError when `bundle` is no bundle, is such a folder already, or would be replaced by `output`; and when the table has no run
    of it (a model is known by its folder's name).
    """
    load_bundle_config(bundle)
    if bundle.resolve().is_relative_to(output.resolve()):
        raise InputError("it would replace the bundle", file=output, place="--output", fix="name another folder")
    rows = _rows(bundle.name, found.table)
    record = read_json(bundle / RECORD)
    if record.get("stage") == "card":
        raise InputError("made by `bioalbert card` already", file=bundle, place="--model", fix="give the bundle that it was made of")
    provenance = Provenance("card", {"bundle": record}, [bundle, found.table, *found.corpus, *found.leaks])
    untrained = record["settings"].get("recipe", {}).get("steps") == 0
    text = _card((bundle / CARD).read_text(encoding="utf-8"), bundle.name, rows, found, "None." if untrained else "Not given.")
    with whole_folder(output) as folder:
        for file in sorted(bundle.iterdir()):
            # Snapshots are models of their own, and hidden files are the workflow's.
            if file.is_file() and file.name not in (CARD, RECORD) and not file.name.startswith("."):
                _put(file, folder / file.name)
        write_text(folder / CARD, text)
        provenance.write(folder)
        write_json(folder / RECORD, public(read_json(folder / RECORD)))


def _rows(model: str, file: Path) -> pd.DataFrame:
    rows = read(file)
    mine = rows[rows["model"] == model]
    if mine.empty:
        raise InputError(f"no run of {model!r}", file=file, fix=f"it has {', '.join(sorted(rows['model'].unique()))}")
    return mine


def _put(file: Path, target: Path) -> None:
    """A copy; of the weights a link, where the file system can: both folders are only ever replaced as wholes."""
    if file.name == WEIGHTS:
        try:
            os.link(file, target)
            return
        except OSError:
            pass
    shutil.copyfile(file, target)


def _card(text: str, model: str, rows: pd.DataFrame, found: Findings, nothing: str) -> str:
    """The bundle's card `text` and what was found. nothing: what to say where there are no corpora, or no audit of them."""
    from huggingface_hub import ModelCard  # not above: most commands need none of it

    card, table = ModelCard(text), build(rows, [])
    if results := _eval_results(table):
        card.data.model_name, card.data.eval_results = model, results
    sections = {
        "Corpora": _corpora(found.corpus) or nothing,
        "Scores": as_markdown(table),
        "Test items in the corpora": _leaks(found) or nothing,
    }
    card.text += "".join(f"\n## {title}\n\n{part.rstrip()}\n" for title, part in sections.items())
    return card.content.rstrip() + "\n"


def _eval_results(table: Table) -> list:
    """What the hub shows beside the card: means in points. Flagged scores, as those of some of a data set's folds are, stand in the card
    alone, where that is said."""
    from huggingface_hub import EvalResult

    scores = [(line, line.cells[0]) for line in table.lines if line.is_score and line.cells[0]]
    shown = [(line, cell) for line, cell in scores if not cell.flagged]
    return [
        EvalResult(
            task_type=TASKS[line.task],
            dataset_type=line.protocol.partition("@")[0],
            dataset_name=_title(line.protocol.partition("@")[0]),
            dataset_config=line.protocol,
            dataset_split="test",
            metric_type=line.figure.replace(" ", "_"),
            metric_name=f"{line.figure}, in points",
            metric_value=cell.mean,
        )
        for line, cell in shown
    ]


def _title(dataset: str) -> str:
    return entries.load(dataset).title if dataset in entries.names() else dataset


def _corpora(summaries: list[Path]) -> str:
    """A table of what the corpora hold."""
    if not summaries:
        return ""
    lines = ["| corpus | documents | sentences | characters |", "|---|---:|---:|---:|"]
    for file in summaries:
        with made_by("corpus stats", file):
            held = read_json(file)
            lines.append(f"| {file.parent.name} | {held['documents']:,} | {held['sentences']:,} | {held['characters']:,} |")
    return "\n".join([*lines, "", "As read; the corpus under Training is what is left of them without documents that another one repeats."])


def _leaks(found: Findings) -> str:
    audits = []
    for file in found.leaks:
        with made_by("corpus leaks", file):
            audits.append(leaks_markdown([Leaks(**row) for row in read_json(file)["datasets"]]))
    fate = "were left out of pre-training" if found.excluded else "were not left out of pre-training"
    return "\n".join([*audits, f"The documents that hold them {fate}."]) if audits else ""
