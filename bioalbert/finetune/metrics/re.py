"""Texts with one label: F1 over the classes that count, accuracy."""

from collections import Counter
from collections.abc import Sequence

from bioalbert.finetune.metrics import mean, precision_recall_f1, with_counts
from bioalbert.finetune.metrics.items import Item, Items

METRICS = ("micro-f1", "macro-f1", "accuracy")


def score_re(gold: Sequence[str], predicted: Sequence[str], labels: Sequence[str], positive: Sequence[str], metric: str) -> dict:
    """Scores labels, one an example (ValueError when their numbers differ), by one of METRICS.

    labels: every label of the catalogue, whether it occurs or not: the label list is never taken from a file, where an absent class
    would shift the others. positive: the labels that count in micro-f1 (counts pooled) and macro-f1 (mean over those classes);
    positive=("1",) is the class-1 F1 of GAD and EU-ADR. Accuracy has the mean F1 over all labels beside it, as PubMedQA's and
    BioASQ's evaluators do.
    """
    right = Counter(one for one, other in zip(gold, predicted, strict=True) if one == other)
    in_gold, in_predicted = Counter(gold), Counter(predicted)
    classes = {label: with_counts(right[label], in_predicted[label], in_gold[label]) for label in labels}
    if metric == "accuracy":
        head = {"accuracy": right.total() / len(gold) if gold else 0.0, "macro_f1": mean([one["f1"] for one in classes.values()])}
    elif metric == "macro-f1":
        head = {name: mean([classes[label][name] for label in positive]) for name in ("precision", "recall", "f1")}
    else:
        head = precision_recall_f1(*(sum(counter[label] for label in positive) for counter in (right, in_predicted, in_gold)))
    return head | {"classes": classes}


def re_items(
    names: Sequence[str], texts: Sequence[str], gold: Sequence[str], predicted: Sequence[str], positive: Sequence[str], metric: str
) -> Items:
    """The texts behind `score_re`'s F1 or accuracy, one of METRICS."""
    number = {label: place for place, label in enumerate(positive, start=1)}
    rows = []
    for name, text, one, other in zip(names, texts, gold, predicted, strict=True):
        counted = {
            "accuracy": (1, 1, float(one == other)),
            "macro-f1": (number.get(one, 0), number.get(other, 0), None),
            "micro-f1": (int(one in number), int(other in number), float(one == other and one in number)),
        }[metric]
        rows.append(Item(name, *counted, text, one, other))
    formula = f"macro-{len(positive)}" if metric == "macro-f1" else "ratio"
    return Items("accuracy" if metric == "accuracy" else "f1", formula, rows)
