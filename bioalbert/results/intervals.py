"""How sure a score is: 95 % bootstrap intervals over the test items, and paired tests against one of the models.

Efron and Tibshirani 1993, chapters 13 and 16 (percentile intervals); Koehn 2004 (paired resampling of a test set).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from bioalbert.draws import generator
from bioalbert.errors import InputError, nearest
from bioalbert.files import read_json
from bioalbert.finetune.metrics.items import ITEMS, TEXTS
from bioalbert.results.formulas import find, score

RESAMPLES = 1000
BLOCK = 100  # resamples at a time: what bounds the memory
EDGES = (2.5, 97.5)  # percentiles
SEED = 1
COLUMNS = ["protocol", "model", "figure", "score", "low", "high", "baseline", "difference", "difference_low", "difference_high", "p"]

Key = TypeVar("Key")
Runs = dict[Key, pd.DataFrame]  # the items of runs


@dataclass(frozen=True)
class Scores:
    """Of one model under one protocol: the score, and the same of every resample, float64 [RESAMPLES]."""

    figure: str
    folds: frozenset[int]
    score: float
    resampled: np.ndarray


def estimate(runs: Sequence[Path], baseline: str | None) -> pd.DataFrame:
    """One row a protocol and model whose runs all have items: score, ends of its interval, and with a baseline the difference from it.

    runs: run folders. baseline: the model that the others are tested against, or None.
    A resample draws as many test items as there are, with replacement, within each fold and stratum; it is the same one for all models
    and seeds. Its score is the mean over the seeds of the mean over the folds, as in the table. p is two-sided: twice the share of
    resamples on the rarer side of no difference, themselves among them ((n + 1) / (RESAMPLES + 1), at most 1).

    Raises InputError for a baseline that is none of the models.
    """
    by_protocol: dict[str, dict[str, dict[tuple[int, int], Path]]] = defaultdict(lambda: defaultdict(dict))
    for run in runs:
        record, protocol = read_json(run / "run.json"), read_json(run / "metrics.json")["protocol"]
        by_protocol[protocol][record["model"]][record["seed"], record["fold"]] = run
    models = {model for held in by_protocol.values() for model in held}
    if baseline is not None and baseline not in models:
        raise InputError(f"no run of the model {baseline!r}", place="--baseline", fix=nearest(baseline, models))
    rows = [row for protocol, held in sorted(by_protocol.items()) for row in _rows(protocol, held, baseline)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(protocol: str, held: Mapping[str, Mapping[tuple[int, int], Path]], baseline: str | None) -> Iterator[dict]:
    whole = {model: runs for model, runs in sorted(held.items()) if all((run / ITEMS).is_file() for run in runs.values())}
    items = {model: {key: _read(run) for key, run in runs.items()} for model, runs in whole.items()}
    return summarised(protocol, resample(protocol, items), baseline)


def summarised(protocol: str, scores: Mapping[str, Scores], baseline: str | None) -> Iterator[dict]:
    """The rows of `estimate` for one protocol; without the columns of the difference where there is none."""
    against = scores.get(baseline)
    for model, mine in scores.items():
        low, high = np.percentile(mine.resampled, EDGES)
        row = {"protocol": protocol, "model": model, "figure": mine.figure, "score": mine.score, "low": low, "high": high}
        paired = against is not None and model != baseline and (mine.folds, mine.figure) == (against.folds, against.figure)
        yield row | (_difference(mine, against) | {"baseline": baseline} if paired else {})


def _read(run: Path) -> pd.DataFrame:
    from pyarrow import parquet

    names = [name for name in parquet.read_schema(run / ITEMS).names if name not in TEXTS]
    return parquet.read_table(run / ITEMS, columns=names).to_pandas()


def _difference(mine: Scores, other: Scores) -> dict[str, float]:
    differences = mine.resampled - other.resampled
    low, high = np.percentile(differences, EDGES)
    rarer = min((differences <= 0).sum(), (differences >= 0).sum())
    p = min(1.0, 2 * (rarer + 1) / (len(differences) + 1))
    return {"difference": mine.score - other.score, "difference_low": low, "difference_high": high, "p": p}


def resample(protocol: str, models: Mapping[str, Runs]) -> dict[str, Scores]:
    """The scores of the models' resamples. A model with other test items than those before it is left out."""
    by_fold: dict[int, Runs] = defaultdict(dict)
    kept = {}
    for model, runs in models.items():
        if all(_alike(items, by_fold[fold]) for (_, fold), items in runs.items()):
            kept[model] = runs
            for (seed, fold), items in runs.items():
                by_fold[fold][model, seed] = items
    scores = {fold: _fold(protocol, fold, runs) for fold, runs in by_fold.items() if runs}
    return {model: _mean(model, runs, scores) for model, runs in kept.items()}


def _alike(items: pd.DataFrame, others: Runs) -> bool:
    """Whether they are the same items as those of the first of the others, if there are any."""
    first = next(iter(others.values()), items)
    return all(items[name].equals(first[name]) for name in ("item", "stratum", "figure", "formula"))


def _fold(protocol: str, fold: int, runs: Runs) -> dict[tuple[str, int], np.ndarray]:
    """float64 [1 + RESAMPLES] for each run of a fold: its score, then those of the resamples."""
    first = next(iter(runs.values()))
    formula = find(first["formula"].iloc[0])
    terms = np.stack([formula.terms(items) for items in runs.values()], axis=1)  # [items, runs, k]
    strata = [terms[(first["stratum"] == stratum).to_numpy()] for stratum in sorted(first["stratum"].unique())]
    blocks = [np.array([[score(items) for items in runs.values()]])]
    draws = generator(SEED, f"bootstrap {protocol}", fold)
    for _ in range(RESAMPLES // BLOCK):
        sums = [np.tensordot(_copies(draws, len(stratum)), stratum, axes=1) for stratum in strata]
        blocks.append(np.mean([formula.score(some, len(stratum)) for some, stratum in zip(sums, strata)], axis=0))
    return dict(zip(runs, np.concatenate(blocks).T))


def _copies(draws: np.random.Generator, size: int) -> np.ndarray:
    """How often each of `size` items is drawn in a resample, float64 [BLOCK, size]."""
    places = draws.integers(size, size=(BLOCK, size)) + size * np.arange(BLOCK)[:, None]
    return np.bincount(places.ravel(), minlength=BLOCK * size).reshape(BLOCK, size).astype(float)


def _mean(model: str, runs: Runs, scores: Mapping[int, Mapping[tuple[str, int], np.ndarray]]) -> Scores:
    """Over the folds of each seed, then over the seeds."""
    seeds = [[scores[fold][model, seed] for one, fold in runs if one == seed] for seed in sorted({seed for seed, _ in runs})]
    mean = np.mean([np.mean(folds, axis=0) for folds in seeds], axis=0)
    figure = next(iter(runs.values()))["figure"].iloc[0]
    return Scores(figure, frozenset(fold for _, fold in runs), float(mean[0]), mean[1:])
