"""Scored pairs: Pearson's and Spearman's correlation."""

from collections.abc import Sequence

import numpy as np

from bioalbert.finetune.metrics.items import Item, Items

METRICS = ("pearson",)


def score_similarity(gold: Sequence[float], predicted: Sequence[float]) -> dict[str, float]:
    """The correlation of two equally long lists of numbers (ValueError when they are not): Pearson's, and Spearman's.

    Both are 0 where they are not defined: one of the lists holds the same number throughout, or fewer than two.
    """
    if len(gold) != len(predicted):
        raise ValueError(f"{len(predicted)} predictions for {len(gold)} pairs")
    one, other = np.asarray(gold, dtype=np.float64), np.asarray(predicted, dtype=np.float64)
    return {"pearson": pearson(one, other), "spearman": pearson(average_ranks(one), average_ranks(other))}


def similarity_items(names: Sequence[str], texts: Sequence[str], gold: Sequence[float], predicted: Sequence[float]) -> Items:
    """The pairs behind `score_similarity`'s Pearson correlation."""
    rows = [
        Item(name, one, other, None, text, str(one), str(other))
        for name, text, one, other in zip(names, texts, gold, predicted, strict=True)
    ]
    return Items("pearson", "pearson", rows)


def pearson(one: np.ndarray, other: np.ndarray) -> float:
    """Pearson's correlation of two float64 [n]; 0 where it is not defined."""
    if len(one) < 2 or np.ptp(one) == 0 or np.ptp(other) == 0:
        return 0.0
    one, other = (one - one.mean()) / np.ptp(one), (other - other.mean()) / np.ptp(other)
    return float(np.clip(one @ other / np.sqrt((one @ one) * (other @ other)), -1, 1))


def average_ranks(values: np.ndarray) -> np.ndarray:
    """The rank, from 1, of each value; equal values share the mean of their ranks, as in Spearman's correlation."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]
