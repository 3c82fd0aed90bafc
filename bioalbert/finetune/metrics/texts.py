"""Predictions for whole texts and pairs: their files, and the measure that the catalogue asks for."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeVar

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError, nearest
from bioalbert.files import open_text, write_text
from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.metrics import classification, re, similarity
from bioalbert.finetune.metrics.items import Items

METRICS = {
    "re": re.METRICS,
    "inference": re.METRICS,
    "similarity": similarity.METRICS,
    "classification": classification.METRICS,
}
SEPARATOR = ";"  # between the labels of one text
PAIR = " | "  # between the texts of a pair, where people read them

Prediction = str | tuple[str, ...] | float  # the label, the labels, or the score of a text
Value = TypeVar("Value")


def score_texts(
    entry: Entry, protocol: str, examples: Sequence[Relation] | Sequence[Labelled] | Sequence[Scored], predicted: Sequence[Prediction]
) -> dict:
    """Scores the predictions for a data set's examples as the protocol says. Raises InputError for a metric that its task has not."""
    metric = entry.protocols[protocol].metric
    if metric not in METRICS[entry.task]:
        problem = f"{entry.id}@{protocol}: no scorer for the metric {metric!r} in the task {entry.task}"
        raise InputError(problem, fix="there are: " + ", ".join(METRICS[entry.task]))
    if entry.task == "similarity":
        return similarity.score_similarity([example.score for example in examples], predicted)
    if entry.task == "classification":
        documents = [classification.document_of(example.index) for example in examples]
        return classification.score_labels(documents, [example.labels for example in examples], predicted, entry.labels, metric)
    return re.score_re([example.label for example in examples], predicted, entry.labels, entry.positive, metric)


def text_items(
    entry: Entry, protocol: str, examples: Sequence[Relation] | Sequence[Labelled] | Sequence[Scored], predicted: Sequence[Prediction]
) -> Items:
    """The items behind the main figure of `score_texts`."""
    metric = entry.protocols[protocol].metric
    names, texts = [example.index for example in examples], [PAIR.join(example.texts) for example in examples]
    if entry.task == "similarity":
        return similarity.similarity_items(names, texts, [example.score for example in examples], predicted)
    if entry.task == "classification":
        documents = [classification.document_of(name) for name in names]
        return classification.label_items(documents, texts, [example.labels for example in examples], predicted, metric)
    return re.re_items(names, texts, [example.label for example in examples], predicted, entry.positive, metric)


def as_text(prediction: Prediction) -> str:
    """A prediction as files hold it: the label, the labels joined by `;`, the number."""
    return SEPARATOR.join(prediction) if isinstance(prediction, tuple) else str(prediction)


def write_predictions(file: Path, rows: Iterable[tuple[str, Prediction]]) -> None:
    """Writes (index, prediction) pairs as `index<TAB>prediction` lines."""
    write_text(file, "".join(f"{index}\t{as_text(prediction)}\n" for index, prediction in rows))


def read_predictions(file: Path, entry: Entry) -> dict[str, Prediction]:
    """Reads `index<TAB>prediction` lines as {index: prediction}: a label, labels joined by `;` (none: nothing after the tab), or a
    number, by the entry's task. A first line that begins with `index<TAB>` is a header.

    Raises InputError for another shape, a label that is not in the catalogue, what is no number, and an index met twice.
    """
    found: dict[str, Prediction] = {}
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if fields == [""] or (number == 1 and fields[0] == "index"):
                continue
            place = f"line {number}"
            if len(fields) != 2:
                problem = f"{len(fields)} columns where 2 are expected"
                raise InputError(problem, file=file, place=place, fix="a line is index<TAB>prediction")
            index, prediction = fields
            if index in found:
                raise InputError(f"the index {index!r} stands there twice", file=file, place=place)
            found[index] = _prediction(prediction, entry, file, place)
    return found


def _prediction(text: str, entry: Entry, file: Path, place: str) -> Prediction:
    if entry.task == "similarity":
        return _number(text, file, place)
    labels = tuple(text.split(SEPARATOR)) if text else ()
    for label in labels if entry.task == "classification" else (text,):
        if label not in entry.labels:
            problem = f"the label {label!r} is not in the catalogue's {entry.id}"
            raise InputError(problem, file=file, place=place, fix=nearest(label, entry.labels))
    return labels if entry.task == "classification" else text


def _number(text: str, file: Path, place: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise InputError(f"{text!r} is not a number", file=file, place=place, fix="a line is index<TAB>score")
    return number


def join(gold: Iterable[str], predicted: dict[str, Value], file: Path) -> list[Value]:
    """The predictions in the order of the indices `gold`. Raises InputError naming `file` when the two do not hold the same indices."""
    wanted = list(gold)
    for index in wanted:
        if index not in predicted:
            raise InputError(f"no prediction for the index {index!r}", file=file, fix="predict every row of the gold file")
    if unknown := set(predicted).difference(wanted):
        raise InputError(f"the index {min(unknown)!r} is not in the gold file", file=file)
    return [predicted[index] for index in wanted]
