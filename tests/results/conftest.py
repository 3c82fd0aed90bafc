"""Run folders as `bioalbert finetune` leaves them, without the training."""

from pathlib import Path

import pytest

from bioalbert.files import write_json
from bioalbert.finetune.metrics.items import ITEMS, Item, Items, write_items


def entity_scores(f1: float) -> dict:
    score = {"precision": f1, "recall": f1, "f1": f1}
    return {"entity": score | {"gold": 10, "predicted": 10, "correct": 5}, "token": {"accuracy": 0.99} | score}


def relation_scores(f1: float) -> dict:
    score = {"precision": f1, "recall": f1, "f1": f1}
    return score | {"classes": {"1": score | {"gold": 10, "predicted": 10, "correct": 5}}}


def answer_scores(strict: float) -> dict:
    return {"strict_accuracy": strict, "lenient_accuracy": strict, "mrr": strict, "questions": 5, "yes_no": {"accuracy": 1.0}}


def leave_items(run: Path, rows: list[tuple], figure: str = "f1", formula: str = "ratio", restricted: bool = False) -> None:
    """Writes a run's items.parquet. rows: (gold, predicted, correct, text, expected, answered)."""
    write_items(run / ITEMS, Items(figure, formula, [Item(str(number), *row) for number, row in enumerate(rows)]), restricted)


@pytest.fixture
def make_run(tmp_path):
    """Writes one finished run below runs/; returns its folder."""

    def make(
        model: str,
        protocol: str,
        scores: dict,
        seed: int = 1,
        fold: int = 0,
        comparable: str | None = None,
        flags: tuple[tuple[str, str], ...] = (),
        below: str = "runs",
        task: str = "ner",
        settings: dict | None = None,
    ) -> Path:
        dataset, _, name = protocol.partition("@")
        folder = tmp_path / below / model / protocol / f"seed{seed}-fold{fold}"
        identity = {"model": model, "dataset": dataset, "protocol": name, "seed": seed, "fold": fold, "comparable": comparable}
        found = [{"flag": flag, "reason": reason} for flag, reason in flags]
        lost = {"train": {"words": 3}, "test": {"words": 0}}
        training = {"steps": 9, "pieces": 600, "losses": [2.0, 0.5, 0.25], "best_epoch": 2}
        record = {"task": task, "settings": settings or {"epochs": 3}, "sizes": {"train": 9}, "training": training}
        write_json(folder / "run.json", identity | record)
        write_json(folder / "provenance.json", {"restricted": False, "host": {"seconds": 7.0, "training_seconds": 6.0}})
        write_json(folder / "metrics.json", {"lost": lost} | scores | {"protocol": protocol, "flags": found})
        return folder

    return make
