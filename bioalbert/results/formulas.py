"""Scores from test items, in how many copies each is drawn: the formulas of items.parquet (`bioalbert.finetune.metrics.items`).

Each formula is a function of sums over items, so that the scores of many resamples are one matrix product away.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

MACRO = "macro-"  # its number of classes follows


@dataclass(frozen=True)
class Formula:
    """terms: items -> float64 [items, k]. score: the sums of the terms [..., k] and how many items were summed -> scores [...]."""

    terms: Callable[[pd.DataFrame], np.ndarray]
    score: Callable[[np.ndarray, int], np.ndarray]


def find(name: str) -> Formula:
    """The formula of that name, as an items.parquet has it."""
    if name.startswith(MACRO):
        classes = range(1, int(name.removeprefix(MACRO)) + 1)
        return Formula(lambda items: np.hstack([_class_terms(items, number) for number in classes]), _mean_ratio)
    return {"ratio": Formula(_count_terms, _ratio), "example": Formula(_share_terms, _example), "pearson": Formula(_moments, _pearson)}[
        name
    ]


def _count_terms(items: pd.DataFrame) -> np.ndarray:
    return np.column_stack([2 * items["correct"], items["gold"] + items["predicted"]])


def _ratio(sums: np.ndarray, count: int) -> np.ndarray:
    return divide(sums[..., 0], sums[..., 1])


def _class_terms(items: pd.DataFrame, number: int) -> np.ndarray:
    gold, predicted = items["gold"] == number, items["predicted"] == number
    return np.column_stack([2.0 * (gold & predicted), gold.astype(float) + predicted])


def _mean_ratio(sums: np.ndarray, count: int) -> np.ndarray:
    return divide(sums[..., 0::2], sums[..., 1::2]).mean(axis=-1)


def _share_terms(items: pd.DataFrame) -> np.ndarray:
    gold, predicted, correct = (items[name].to_numpy() for name in ("gold", "predicted", "correct"))
    nothing = (gold == 0) & (predicted == 0)
    return np.column_stack([np.where(nothing, 1.0, divide(correct, total)) for total in (predicted, gold)])


def _example(sums: np.ndarray, count: int) -> np.ndarray:
    precision, recall = sums[..., 0] / count, sums[..., 1] / count
    return divide(2 * precision * recall, precision + recall)


def _moments(items: pd.DataFrame) -> np.ndarray:
    one, other = (items[name].to_numpy() - items[name].mean() for name in ("gold", "predicted"))
    return np.column_stack([one, other, one * one, other * other, one * other])


def _pearson(sums: np.ndarray, count: int) -> np.ndarray:
    """0 where it is not defined: the same number throughout, but for rounding."""
    mean = sums / count
    variances = [mean[..., 2 + side] - mean[..., side] ** 2 for side in (0, 1)]
    covariance = mean[..., 4] - mean[..., 0] * mean[..., 1]
    defined = (variances[0] > 1e-12 * mean[..., 2]) & (variances[1] > 1e-12 * mean[..., 3])
    return np.clip(divide(covariance, np.sqrt(np.where(defined, variances[0] * variances[1], 0.0))), -1, 1)


def divide(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """one / other, 0 where the other is 0."""
    return np.divide(one, other, out=np.zeros_like(one, dtype=float), where=other != 0)


def score(items: pd.DataFrame) -> float:
    """The score of a run's items: the mean over their strata."""
    formula = find(items["formula"].iloc[0])
    scores = [formula.score(formula.terms(some).sum(axis=0), len(some)) for _, some in items.groupby("stratum")]
    return float(np.mean(scores))
