"""What the page tells of each run when its cell is opened, as plain values for JSON.

Texts of the test items are there for open runs alone: none of a run whose provenance.json is marked restricted, or that has none, and
none of a data set whose licence does not let them be passed on. The reason stands in their place.
"""

import os
from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.catalogue import entries
from bioalbert.files import read_json
from bioalbert.finetune.metrics.items import ITEMS, TEXTS, read_items
from bioalbert.provenance import RECORD
from bioalbert.results.rows import records
from bioalbert.results.table import SHOWN

LOG_LINES, LOG_WIDTH = 15, 200  # the end of a log, and the characters of its lines
ERRORS = 20  # the worst of a run, at most
ALL_ERRORS = 8000  # of all runs together: a page of some MB
TEXT_WIDTH, ANSWER_WIDTH = 300, 150  # characters of a sentence or question, and of answers
LABELLED = ("re", "inference", "yesno")  # tasks with one label an item: their confusions are told


@dataclass
class Shared:
    """Values that many runs tell alike, each held once; runs name their place in `values`."""

    values: list[object] = field(default_factory=list)
    _places: dict[str, int] = field(default_factory=dict)

    def place(self, value: object) -> int:
        key = repr(value)
        if key not in self._places:
            self._places[key] = len(self.values)
            self.values.append(value)
        return self._places[key]


def tell(runs: list[Path], base: Path) -> dict[str, object]:
    """{"runs": a dictionary a run, "shared": the values that they name by their place}. base: the folder that places are told from."""
    shared, most = Shared(), max(1, min(ERRORS, ALL_ERRORS // max(1, len(runs))))
    told = sorted(
        (_run(run, base, shared, most) for run in runs), key=lambda run: [run[key] for key in ("model", "protocol", "seed", "fold")]
    )
    return {"runs": told, "shared": shared.values}


def _run(run: Path, base: Path, shared: Shared, most: int) -> dict[str, object]:
    record, metrics = records(run)
    training = record.get("training", {})
    return {
        "model": record["model"],
        "protocol": metrics["protocol"],
        "seed": record["seed"],
        "fold": record["fold"],
        "folder": run.name if (below := os.path.relpath(run, base)).startswith("..") else below,
        "figures": shared.place([f"{level} {metric}".strip().replace("_", " ") for level, metric, _ in _figures(record["task"], metrics)]),
        "scores": [value for _, _, value in _figures(record["task"], metrics)],
        "settings": shared.place(record["settings"]),
        "sizes": shared.place({"in the training part" if name == "of" else name: count for name, count in record["sizes"].items()}),
        "flags": [f"{flag['flag']}: {flag['reason']}" for flag in metrics["flags"]],
        "losses": [round(loss, 4) for loss in training.get("losses", [])],
        "best_epoch": training.get("best_epoch"),
        "log": _log_end(run / "log.txt"),
        "counts": _counts(metrics),
    } | _items(run, record["model"], record["dataset"], record["task"], shared, most)


def _figures(task: str, metrics: dict) -> list[tuple[str, str, float]]:
    """(level, metric, value) of those that the table shows of the task."""
    found = [(level, metric, metrics.get(level, metrics).get(metric)) for level, metric in SHOWN[task]]
    return [figure for figure in found if figure[2] is not None]


def _log_end(file: Path) -> list[str]:
    lines = file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else []
    return [_cut(line, LOG_WIDTH) for line in lines[-LOG_LINES:]]


def _counts(metrics: dict) -> list[list]:
    """[name, gold, predicted, correct] of each class or type of entities, of all entities where these have no types."""
    kinds = metrics.get("classes") or metrics.get("types") or ({"all": metrics["entity"]} if "entity" in metrics else {})
    return [[name, counts["gold"], counts["predicted"], counts["correct"]] for name, counts in kinds.items()]


def _items(run: Path, model: str, dataset: str, task: str, shared: Shared, most: int) -> dict[str, object]:
    """What items.parquet tells: how many items there are and are not all right, confusions, the worst errors with their texts."""
    if not (run / ITEMS).is_file():
        return {"items": None}
    items = read_items(run, ("gold", "predicted", "correct", *TEXTS))
    error = (items["gold"] + items["predicted"] - 2 * items["correct"]).fillna((items["gold"] - items["predicted"]).abs())
    told = {"items": len(items), "wrong": int((error > 0).sum()), "withheld": _why_withheld(run, dataset, model)}
    if told["withheld"]:
        return told
    wrong = error[(error > 0) & items["text"].notna()].sort_values(ascending=False, kind="stable")
    told["errors"] = [
        [shared.place(_cut(row.text, TEXT_WIDTH)), _cut(row.expected, ANSWER_WIDTH), _cut(row.answered, ANSWER_WIDTH)]
        for row in items.loc[wrong.index[:most]].itertuples()
    ]
    if task in LABELLED:
        pairs = items.groupby(["expected", "answered"]).size()
        told["confusion"] = [[expected, answered, int(count)] for (expected, answered), count in pairs.items()]
    return told


def _why_withheld(run: Path, dataset: str, model: str) -> str:
    """Why the page holds no text of a run, "" where it may."""
    entry = entries.load(dataset) if dataset in entries.names("dataset") else None
    if entry and not entry.quotable:
        return f"the licence of {entry.title} does not let them be passed on"
    if entry and entry.access == "credentialed":
        return f"those of {entry.title} may only be read under its data use agreement"
    mark = read_json(run / RECORD).get("restricted") if (run / RECORD).is_file() else None
    if mark is None:
        return f"the run has no {RECORD} that says whether it is restricted"
    source = model if entry else f"{model} or {dataset}"
    by = "by its corpora, its vocabulary or the weights that it started from"
    return (
        f"the run is marked restricted, as {source} derives from text under a data use agreement (MIMIC-III or alike): {by}" if mark else ""
    )


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else text[: width - 1] + "…"
