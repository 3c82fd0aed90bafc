"""Finished runs -> tidy result rows: one row a run and figure. The one source of every table and figure."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from bioalbert.errors import InputError
from bioalbert.files import read_json


@dataclass(frozen=True)
class Row:
    """One figure of one run.

    protocol: DATASET@PROTOCOL. level: "entity" or "token" for entity recognition, else "". fold: 0 for a set without folds.
    value: the figure as `score` prints it (fractions for scores). comparable: what it may be compared with, "" for nothing.
    flags: what is odd about the run, "" for nothing.
    """

    model: str
    dataset: str
    protocol: str
    metric: str
    level: str
    seed: int
    fold: int
    value: float
    comparable: str
    flags: str


def collect(folders: list[Path]) -> pd.DataFrame:
    """The rows of all runs in `folders` (a run folder, or a folder that holds some at any depth), in a fixed order.

    Raises InputError when a folder holds no finished run, or two runs are of the same model, protocol, seed and fold.
    """
    runs = sorted({run for folder in folders for run in _runs_below(folder)})
    rows = [row for run in runs for row in _rows(run)]
    table = pd.DataFrame([asdict(row) for row in rows], columns=[item.name for item in fields(Row)])
    keys = ["protocol", "model", "level", "metric", "seed", "fold"]
    for row in table[table.duplicated(keys)].itertuples():
        problem = f"two runs of {row.model} on {row.protocol} with seed {row.seed} and fold {row.fold}"
        raise InputError(problem, file=folders[0] if len(folders) == 1 else None, fix="leave one of them out: they are not repeats")
    return table.sort_values(keys, kind="stable", ignore_index=True)


def _runs_below(folder: Path) -> list[Path]:
    # A killed run leaves its unfinished folder behind, under a hidden name.
    files = (file for file in folder.rglob("run.json") if not any(part.startswith(".") for part in file.relative_to(folder).parts))
    found = [file.parent.resolve() for file in files]
    if not found:
        raise InputError("no finished run here (no run.json)", file=folder, fix="run: bioalbert finetune ... --output " + str(folder))
    return found


def _rows(run: Path) -> list[Row]:
    identity, metrics = read_json(run / "run.json"), read_json(run / "metrics.json")
    common = {
        "model": identity["model"],
        "dataset": identity["dataset"],
        "protocol": metrics["protocol"],
        "seed": identity["seed"],
        "fold": identity["fold"],
        "comparable": identity["comparable"] or "",
        "flags": "; ".join(f"{flag['flag']}: {flag['reason']}" for flag in metrics["flags"]),
    }
    return [Row(metric=metric, level=level, value=value, **common) for level, metric, value in _figures(metrics)]


def _figures(metrics: dict) -> list[tuple[str, str, float]]:
    """(level, metric, value) of every figure of a run: those of the top level, and entity and token level beside each other."""
    levels = {"": metrics} | {level: metrics[level] for level in ("entity", "token") if level in metrics}
    return [
        (level, metric, float(value))
        for level, values in levels.items()
        for metric, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
