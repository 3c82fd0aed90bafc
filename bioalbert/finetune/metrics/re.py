"""Relations and other single-label texts: F1 over the classes that count, accuracy, and files of labels by index."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bioalbert.errors import InputError, nearest
from bioalbert.files import open_text, write_text
from bioalbert.finetune.metrics import mean, precision_recall_f1

METRICS = ("micro-f1", "macro-f1", "accuracy")


def score_re(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str], positive: Sequence[str], metric: str) -> dict:
    """Scores labels, one an example (ValueError when their numbers differ).

    labels: every label of the catalogue, whether it occurs or not: the label list is never taken from a file, where an absent class
    would shift the others. positive: the labels that count in micro-f1 (counts pooled) and macro-f1 (mean over those classes);
    positive=("1",) is the class-1 F1 of GAD and EU-ADR. Raises InputError for an unknown metric.
    """
    if metric not in METRICS:
        raise InputError(f"no scorer for the metric {metric!r} yet", fix="there are: " + ", ".join(METRICS))
    right = Counter(one for one, other in zip(gold, predicted, strict=True) if one == other)
    in_gold, in_predicted = Counter(gold), Counter(predicted)
    classes = {
        label: precision_recall_f1(right[label], in_predicted[label], in_gold[label])
        | {"gold": in_gold[label], "predicted": in_predicted[label], "correct": right[label]}
        for label in labels
    }
    if metric == "accuracy":
        head = {"accuracy": right.total() / len(gold) if gold else 0.0}
    elif metric == "macro-f1":
        head = {name: mean([classes[label][name] for label in positive]) for name in ("precision", "recall", "f1")}
    else:
        head = precision_recall_f1(*(sum(counter[label] for label in positive) for counter in (right, in_predicted, in_gold)))
    return head | {"classes": classes}


def read_labels(file: Path, labels: Sequence[str]) -> dict[str, str]:
    """Reads `index<TAB>label` lines (a first line `index<TAB>label` is a header) as {index: label}.

    Raises InputError for another shape, a label that is not in `labels`, and an index met twice.
    """
    found: dict[str, str] = {}
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if fields == [""] or (number == 1 and fields == ["index", "label"]):
                continue
            place = f"line {number}"
            if len(fields) != 2:
                raise InputError(f"{len(fields)} columns where 2 are expected", file=file, place=place, fix="a line is index<TAB>label")
            index, label = fields
            if label not in labels:
                raise InputError(f"the label {label!r} is not in the catalogue", file=file, place=place, fix=nearest(label, labels))
            if index in found:
                raise InputError(f"the index {index!r} stands there twice", file=file, place=place)
            found[index] = label
    return found


def write_labels(file: Path, rows: Iterable[tuple[str, str]]) -> None:
    """Writes (index, label) pairs as `index<TAB>label` lines."""
    write_text(file, "".join(f"{index}\t{label}\n" for index, label in rows))


def join(gold: dict[str, str], predicted: dict[str, str], file: Path) -> list[str]:
    """The predicted labels in the order of `gold`. Raises InputError naming `file` when the two do not hold the same indices."""
    for index in gold:
        if index not in predicted:
            raise InputError(f"no prediction for the index {index!r}", file=file, fix="predict every row of the gold file")
    for index in predicted:
        if index not in gold:
            raise InputError(f"the index {index!r} is not in the gold file", file=file)
    return [predicted[index] for index in gold]
