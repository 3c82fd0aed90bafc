"""How sure a score is: 95 % bootstrap intervals over the test items, and paired tests against one of the models.

Efron and Tibshirani 1993, chapters 13 and 16 (percentile intervals); Koehn 2004 (paired resampling of a test set).
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from bioalbert.draws import generator
from bioalbert.errors import InputError, nearest
from bioalbert.finetune.metrics.items import ITEMS, read_items
from bioalbert.results.formulas import find, score
from bioalbert.results.rows import records

RESAMPLES = 10_000
BLOCK = 500  # resamples at a time: what bounds the memory
EDGES = (2.5, 97.5)  # percentiles
SEED = 1
DIFFERENCE = ["difference", "difference_low", "difference_high", "p"]
COLUMNS = ["protocol", "model", "figure", "score", "low", "high", "baseline", *DIFFERENCE, "lacks"]
REMEDY = "bioalbert evaluate --run DIR writes it"
SAME = ["item", "stratum", "figure", "formula"]  # in the runs of a fold
READ = [*SAME, "gold", "predicted", "correct"]

Runs = Mapping[tuple[int, int], pd.DataFrame]  # (seed, fold) -> the items of a model's run


def estimate(runs: Sequence[Path], baseline: str | None) -> pd.DataFrame:
    """One row a protocol and model: score, ends of its interval, and with a baseline the difference from it; or what it lacks for one.

    runs: run folders. baseline: the model that the others are tested against, or None.
    The column lacks says what there is not, why, and what to do; "" for nothing.
    A resample draws as many test items as there are, with replacement, within each fold and stratum; it is the same one for all seeds of
    a model, and for the two models of a difference. Its score is the mean over the seeds of the mean over the folds, as in the table. p is
    two-sided: twice the share of resamples on the rarer side of no difference, themselves among them ((n + 1) / (RESAMPLES + 1), at
    most 1).

    Raises InputError for a baseline that is none of the models, and for a file of items that cannot be read.
    """
    by_protocol: dict[str, dict[str, dict[tuple[int, int], Path]]] = defaultdict(lambda: defaultdict(dict))
    for run in runs:
        record, metrics = records(run)
        by_protocol[metrics["protocol"]][record["model"]][record["seed"], record["fold"]] = run
    models = {model for held in by_protocol.values() for model in held}
    if baseline is not None and baseline not in models:
        raise InputError(f"no run of the model {baseline!r}", place="--baseline", fix=nearest(baseline, models))
    rows = [row for protocol, held in sorted(by_protocol.items()) for row in _rows(protocol, held, baseline)]
    return pd.DataFrame(rows, columns=COLUMNS)


def _rows(protocol: str, held: Mapping[str, Mapping[tuple[int, int], Path]], baseline: str | None) -> Iterator[dict]:
    items = {}
    for model, runs in sorted(held.items()):
        if without := [key for key, run in sorted(runs.items()) if not (run / ITEMS).is_file()]:
            yield {"protocol": protocol, "model": model, "lacks": f"no interval (no {ITEMS} in {_named(without)}; {REMEDY})"}
        else:
            items[model] = {key: read_items(run, READ) for key, run in runs.items()}
    yield from summarised(protocol, items, baseline)


def _named(runs: Sequence[tuple[int, int]]) -> str:
    seed, fold = runs[0]
    more = f" and {len(runs) - 1} more" if len(runs) > 1 else ""
    return f"the run of seed {seed}" + (f", fold {fold}" if fold else "") + more


def summarised(protocol: str, models: Mapping[str, Runs], baseline: str | None) -> Iterator[dict]:
    """The rows of `estimate` for one protocol, from the items of each model; without the columns of what there is not."""
    other = models.get(baseline)
    for model, runs in models.items():
        row = {"protocol": protocol, "model": model, "lacks": ""}
        if not _alike([runs]):
            yield row | {"lacks": "no interval (its runs are on different test items; run them on the same files)"}
            continue
        (mine,) = resample(protocol, [runs])
        low, high = np.percentile(mine[1:], EDGES)
        row |= {"figure": next(iter(runs.values()))["figure"].iloc[0], "score": mine[0], "low": low, "high": high}
        if other is None or model == baseline:
            yield row
        elif _alike([runs, other]):
            yield row | {"baseline": baseline} | _difference(*resample(protocol, [runs, other]))
        else:
            yield row | {"lacks": f"not compared with {baseline} (other folds or test items)"}


def _alike(models: Sequence[Runs]) -> bool:
    """Whether they have the same folds, and all runs of a fold the same test items."""
    first: dict[int, pd.DataFrame] = {}
    same_items = all(items[SAME].equals(first.setdefault(fold, items)[SAME]) for runs in models for (_, fold), items in runs.items())
    return same_items and all({fold for _, fold in runs} == set(first) for runs in models)


def _difference(mine: np.ndarray, other: np.ndarray) -> dict[str, float]:
    score, differences = mine[0] - other[0], mine[1:] - other[1:]
    low, high = np.percentile(differences, EDGES)
    rarer = min((differences <= 0).sum(), (differences >= 0).sum())
    p = min(1.0, 2 * (rarer + 1) / (len(differences) + 1))
    return dict(zip(DIFFERENCE, (score, low, high, p)))


def resample(protocol: str, models: Sequence[Runs]) -> np.ndarray:
    """float64 [models, 1 + RESAMPLES]: each model's score, then those of resamples that all of them share. All have the same folds."""
    scores: list[dict[int, list[np.ndarray]]] = [defaultdict(list) for _ in models]  # of each model: seed -> folds
    for fold in sorted({fold for _, fold in models[0]}):
        drawn = [(place, seed) for place, runs in enumerate(models) for seed, one in sorted(runs) if one == fold]
        found = _fold(protocol, fold, [models[place][seed, fold] for place, seed in drawn])
        for (place, seed), one in zip(drawn, found):
            scores[place][seed].append(one)
    return np.array([np.mean([np.mean(folds, axis=0) for folds in seeds.values()], axis=0) for seeds in scores])


def _fold(protocol: str, fold: int, runs: Sequence[pd.DataFrame]) -> np.ndarray:
    """float64 [runs, 1 + RESAMPLES]: the score of each run of a fold, then those of the resamples."""
    first = runs[0]
    formula = find(first["formula"].iloc[0])
    terms = np.stack([formula.terms(items) for items in runs], axis=1)  # [items, runs, k]
    strata = [terms[(first["stratum"] == stratum).to_numpy()] for stratum in sorted(first["stratum"].unique())]
    draws = generator(SEED, f"bootstrap {protocol}", fold)
    resampled = np.mean([formula.score(_sums(draws, stratum), len(stratum)) for stratum in strata], axis=0)
    return np.vstack([[score(items) for items in runs], resampled]).T


def _sums(draws: np.random.Generator, terms: np.ndarray) -> np.ndarray:
    """Items' terms [items, runs, k] -> their sums over the items of each resample, float64 [RESAMPLES, runs, k].

    Items of equal terms are one and the same to a sum: how often a resample has each of the distinct ones is a draw from the multinomial
    distribution by their shares, much cheaper than a draw for each item.
    """
    distinct, counts = np.unique(terms.reshape(len(terms), -1), axis=0, return_counts=True)
    shares = counts / len(terms)
    blocks = [draws.multinomial(len(terms), shares, size=BLOCK) @ distinct for _ in range(RESAMPLES // BLOCK)]
    return np.concatenate(blocks).reshape(RESAMPLES, *terms.shape[1:])
