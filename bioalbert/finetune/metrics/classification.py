"""Texts with any number of labels, scored by document: the example-based F1 of BLUE and the micro-F1 of BLURB."""

import re
from collections.abc import Iterable, Sequence

from bioalbert.finetune.metrics import f1, mean, precision_recall_f1, with_counts
from bioalbert.finetune.metrics.items import BETWEEN, Item, Items

METRICS = ("example-f1", "micro-f1")
SENTENCE = re.compile(r"_s\d+$")  # BLUE names the sentences of a document 17452448_s0, 17452448_s1, ...


def document_of(index: str) -> str:
    """The document that a row belongs to: its index without BLUE's number of the sentence."""
    return SENTENCE.sub("", index)


def score_labels(
    documents: Sequence[str], gold: Sequence[Iterable[str]], predicted: Sequence[Iterable[str]], labels: Sequence[str], metric: str
) -> dict:
    """Scores the labels of rows (ValueError when the numbers of rows differ), after those of a document's rows have been united.

    documents: the document of each row. metric: which of METRICS is "precision", "recall" and "f1"; both F1 are given.
    example-f1 is BLUE's (eval_hoc.py): precision and recall of each document, their means, and the harmonic mean of the two means.
    A document without predicted labels has precision 0 there. At one without gold labels that script stops with a division by zero;
    here both are 1 when nothing is predicted for it, so that what is all right scores 1, else 0. micro-f1 is BLURB's: over all pairs
    of a document and a label. classes: the same counts label by label.
    """
    pairs = list(_united(documents, gold, predicted).values())
    measures = {"example-f1": _example(pairs), "micro-f1": precision_recall_f1(*_counts(pairs, labels))}
    classes = {label: with_counts(*_counts(pairs, [label])) for label in labels}
    both = {"example_f1": measures["example-f1"]["f1"], "micro_f1": measures["micro-f1"]["f1"], "documents": len(pairs)}
    return measures[metric] | both | {"classes": classes}


def label_items(
    documents: Sequence[str], texts: Sequence[str], gold: Sequence[Iterable[str]], predicted: Sequence[Iterable[str]], metric: str
) -> Items:
    """The documents behind `score_labels`: how many labels each has in gold, in the predictions and in both."""
    whole: dict[str, list[str]] = {}
    for document, text in zip(documents, texts, strict=True):
        whole.setdefault(document, []).append(text)
    rows = []
    for document, (one, other) in _united(documents, gold, predicted).items():
        named = [BETWEEN.join(sorted(labels)) for labels in (one, other)]
        rows.append(Item(document, len(one), len(other), len(one & other), " ".join(whole[document]), *named))
    return Items(metric.replace("-", " "), "example" if metric == "example-f1" else "ratio", rows)


def _united(
    documents: Sequence[str], gold: Sequence[Iterable[str]], predicted: Sequence[Iterable[str]]
) -> dict[str, tuple[set[str], set[str]]]:
    """{document: the gold labels of its rows, the predicted ones}."""
    united: dict[str, tuple[set[str], set[str]]] = {}
    for document, one, other in zip(documents, gold, predicted, strict=True):
        mine = united.setdefault(document, (set(), set()))
        mine[0].update(one)
        mine[1].update(other)
    return united


def _example(pairs: Sequence[tuple[set[str], set[str]]]) -> dict[str, float]:
    nothing = {"precision": 1.0, "recall": 1.0}
    each = [precision_recall_f1(len(gold & found), len(found), len(gold)) if gold or found else nothing for gold, found in pairs]
    precision, recall = (mean([one[name] for one in each]) for name in ("precision", "recall"))
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def _counts(pairs: Sequence[tuple[set[str], set[str]]], labels: Sequence[str]) -> tuple[int, int, int]:
    """How many of the labels are right, predicted and in gold, over all documents."""
    counted = [(label in gold, label in found) for gold, found in pairs for label in labels]
    return (sum(one and other for one, other in counted), sum(other for _, other in counted), sum(one for one, _ in counted))
