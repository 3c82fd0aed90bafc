"""Finished runs -> tidy result rows: one row a run and figure. The one source of every table and figure."""

import glob
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from bioalbert.errors import InputError, made_by
from bioalbert.files import read_json, read_parquet
from bioalbert.results.notes import BETWEEN_FLAGS, NO_AUDIT


@dataclass(frozen=True)
class Row:
    """One figure of one run.

    protocol: DATASET@PROTOCOL. level: "entity", "entity:TYPE" or "token" for entity recognition, "baseline" for what needs no learning,
    "lost:train" and "lost:test" for what was lost on the way to the model (texts cut, words without a piece), else "".
    fold: 0 for a set without folds.
    value: the figure as `score` prints it (fractions for scores). comparable: what it may be compared with, "" for nothing.
    flags: what is odd about the run, FLAG: REASON with ` | ` between several, "" for nothing.
    leaked: share of the protocol's test items that stand in the model's pre-training corpus, None where that is not known.
    not_audited: why it is not, "" where it is, and where no audit was given for any model.
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
    leaked: float | None
    not_audited: str


COLUMNS = [item.name for item in fields(Row)]
LEVELS = ("entity", "token", "baseline")  # groups of figures in metrics.json
IDENTITY, MEASURED = ("model", "dataset", "seed", "fold", "comparable"), ("protocol", "flags", "lost")  # what a run's two files must say
UNTOLD = ("threads",)  # settings that may differ between the runs of a mean: they move last digits only
WHOLE = "copy the run's whole folder, run bioalbert finetune again, or leave this run out"

Leaked = dict[str, dict[str, float | str]]  # model -> protocol -> share of its test items, or why it is not known


def read_leaks(named: list[str], excluded: bool) -> Leaked:
    """The shares in MODEL=leaks.json, each `bioalbert corpus leaks`'s summary; all 0 where what was found has been excluded.

    Raises InputError for another form and for a file that is no such summary.
    """
    leaked: Leaked = {}
    for name in named:
        model, equals, file = name.partition("=")
        if not equals:
            raise InputError(f"{name!r} is not MODEL=FILE", place="--leaks", fix="give the model's name and its leaks.json")
        with made_by("corpus leaks", file):
            rows = [row for row in read_json(file)["datasets"] if row["split"] == "test"]
            leaked[model] = {row["dataset"]: row["not_audited"] if row["share"] is None else row["share"] for row in rows}
    if excluded:
        leaked = {model: {name: known if isinstance(known, str) else 0.0 for name, known in held.items()} for model, held in leaked.items()}
    return leaked


def collect(folders: list[Path], leaked: Leaked | None = None) -> pd.DataFrame:
    """The rows of all runs in `folders` (a run folder, or a folder that holds some at any depth), in a fixed order.

    leaked: what is known of the models' pre-training corpora.

    Raises InputError when a folder holds no finished run, or two runs are of the same model, protocol, seed and fold.
    """
    runs = {run: records(run) for run in find(folders)}
    _refuse_repeated(runs)
    mixed = _mixed(list(runs.values()))
    rows = [row for identity, metrics in runs.values() for row in _rows(identity, metrics, leaked or {}, mixed)]
    table = pd.DataFrame([asdict(row) for row in rows], columns=COLUMNS).astype({"leaked": float})
    return table.sort_values(["protocol", "model", "level", "metric", "seed", "fold"], kind="stable", ignore_index=True)


def _refuse_repeated(runs: dict[Path, tuple[dict, dict]]) -> None:
    seen: dict[tuple, Path] = {}
    for run, (identity, metrics) in runs.items():
        model, seed, fold = identity["model"], identity["seed"], identity["fold"]
        other = seen.setdefault((model, metrics["protocol"], seed, fold), run)
        if other != run:
            problem = f"two runs of {model} on {metrics['protocol']} with seed {seed} and fold {fold}: {other} and {run}"
            raise InputError(problem, fix="leave one of them out: they are not repeats")


def _mixed(runs: Sequence[tuple[dict, dict]]) -> dict[tuple[str, str], str]:
    """(model, protocol) -> the settings that differ between its runs, each with its values, where there are any."""
    held = defaultdict(list)
    for identity, metrics in runs:
        held[identity["model"], metrics["protocol"]].append(identity.get("settings", {}))
    return {key: told for key, settings in held.items() if (told := _differences(settings))}


def _differences(settings: Sequence[dict]) -> str:
    names = dict.fromkeys(name for one in settings for name in one if name not in UNTOLD)
    values = {name: dict.fromkeys(_shown(one[name]) for one in settings if name in one) for name in names}
    return ", ".join(f"{name} {'/'.join(different)}" for name, different in values.items() if len(different) > 1)


def _shown(value: object) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def read(file: Path) -> pd.DataFrame:
    """The rows of a results.parquet. Raises InputError when it is none."""
    return read_parquet(file, COLUMNS, fix="give the results.parquet that you make with: bioalbert table")


def find(folders: list[Path]) -> list[Path]:
    """The run folders in `folders`, each once (also where links lead to it twice), in a fixed order and named from the folder given. Raises
    InputError when one of these holds no finished run, or a part of one."""
    runs = sorted({run.resolve(): run for folder in folders for run in sorted(_runs_below(folder))}.values())
    for run in runs:
        if not (run / "metrics.json").is_file():
            raise InputError("a run without its metrics.json", file=run, fix=WHOLE)
    return runs


def _runs_below(folder: Path) -> list[Path]:
    # It follows links, as runs may lie on another disk, and passes over the hidden folders that killed runs leave behind.
    found = [(folder / file).parent for file in glob.glob("**/run.json", root_dir=folder, recursive=True)]
    if not found:
        raise InputError("no finished run here (no run.json)", file=folder, fix="run: bioalbert finetune ... --output " + str(folder))
    return found


def records(run: Path) -> tuple[dict, dict]:
    """What a run's run.json and metrics.json hold. Raises InputError where one of them lacks what rows are made of."""
    identity, metrics = read_json(run / "run.json"), read_json(run / "metrics.json")
    for name, held, keys in (("run.json", identity, IDENTITY), ("metrics.json", metrics, MEASURED)):
        if lacking := [key for key in keys if not isinstance(held, dict) or key not in held]:
            raise InputError(f"not that of a run: it lacks {', '.join(lacking)}", file=run / name, fix=WHOLE)
    return identity, metrics


def _rows(identity: dict, metrics: dict, leaked: Leaked, mixed: dict[tuple[str, str], str]) -> list[Row]:
    common = {
        "model": identity["model"],
        "dataset": identity["dataset"],
        "protocol": metrics["protocol"],
        "seed": identity["seed"],
        "fold": identity["fold"],
        "comparable": identity["comparable"] or "",
        "flags": _flags(metrics, mixed.get((identity["model"], metrics["protocol"]), "")),
    } | _leaks(leaked, identity["model"], metrics["protocol"])
    return [Row(metric=metric, level=level, value=value, **common) for level, metric, value in _figures(metrics)]


def _leaks(leaked: Leaked, model: str, protocol: str) -> dict[str, object]:
    """The columns of what is known of a model's pre-training corpus."""
    if not leaked:
        return {"leaked": None, "not_audited": ""}
    known = leaked[model].get(protocol, "not in its audit") if model in leaked else NO_AUDIT
    return {"leaked": None, "not_audited": known} if isinstance(known, str) else {"leaked": known, "not_audited": ""}


def _flags(metrics: dict, mixed: str) -> str:
    """The run's own flags, and what shows beside other runs only."""
    flags = [f"{flag['flag']}: {flag['reason']}" for flag in metrics["flags"]]
    if mixed:
        flags.append(f"mixed-settings: settings differ between runs: {mixed}; make a table of each")
    return BETWEEN_FLAGS.join(flags)


def _figures(metrics: dict) -> list[tuple[str, str, float]]:
    """(level, metric, value) of every figure of a run: those of the top level, and those of each level (of each type too)."""
    levels = {"": metrics} | {level: metrics[level] for level in LEVELS if level in metrics}
    levels |= {f"entity:{kind}": figures for kind, figures in metrics.get("types", {}).items()}
    levels |= {f"lost:{split}": counts for split, counts in metrics["lost"].items()}
    return [
        (level, metric, float(value))
        for level, values in levels.items()
        for metric, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
