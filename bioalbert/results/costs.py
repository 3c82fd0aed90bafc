"""What was spent: the time of every pre-training and fine-tune, and how many pieces a second it trained on.

Of its nature it differs between equal runs, and it is all that the figures and the page hold of that kind.
"""

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd

from bioalbert.errors import InputError
from bioalbert.files import read_json

PRETRAINING = "pre-training"


@dataclass(frozen=True)
class Cost:
    """work: PRETRAINING, or the DATASET@PROTOCOL of a fine-tune. seconds: wall time of the training alone, and of the whole job (of its
    last start). pieces: what was trained on, padding not counted. None for what a run of an older version does not tell."""

    version: str
    work: str
    seed: int | None
    fold: int | None
    training_seconds: float | None
    whole_seconds: float
    pieces: int | None


def costs(models: list[Path], runs: list[Path]) -> pd.DataFrame:
    """One row a pre-training of the bundles `models` and a fine-tune of the run folders `runs`, with their pieces_per_second."""
    found = [_pretraining(model) for model in models if curve(model)] + [_finetune(run) for run in runs]
    table = pd.DataFrame([asdict(cost) for cost in found], columns=[item.name for item in fields(Cost)])
    table = table.astype({"training_seconds": float, "pieces": float, "seed": "Int64", "fold": "Int64"})
    return table.assign(pieces_per_second=table["pieces"] / table["training_seconds"])


def curve(model: Path) -> list[dict]:
    """The rows of a bundle's training.jsonl, none for a version that was not trained. Raises InputError for what is no bundle."""
    if not (model / "config.json").is_file():
        raise InputError("not a model bundle (no config.json)", file=model)
    log = model / "training.jsonl"
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()] if log.is_file() else []


def _pretraining(model: Path) -> Cost:
    host = read_json(model / "provenance.json")["host"]
    pieces = max(row.get("pieces", 0) for row in curve(model))
    return Cost(model.name, PRETRAINING, None, None, host.get("training_seconds"), host["seconds"], pieces)


def _finetune(run: Path) -> Cost:
    record, host = read_json(run / "run.json"), read_json(run / "provenance.json")["host"]
    work, seconds = f"{record['dataset']}@{record['protocol']}", host.get("training_seconds")
    return Cost(record["model"], work, record["seed"], record["fold"], seconds, host["seconds"], record["training"].get("pieces"))
