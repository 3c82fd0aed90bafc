"""The finished model as a bundle, with its training curve."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from transformers import AlbertForPreTraining

from bioalbert.convert.bundle import Card, write_bundle
from bioalbert.files import whole_folder, write_text
from bioalbert.pretrain.settings import PretrainRun, Recipe
from bioalbert.provenance import Provenance

SNAPSHOTS = "snapshots"  # the folder in a bundle with those of earlier steps
IN_CARD = ("batch_size", "sequence_length", "max_predictions", "optimizer", "learning_rate", "warmup_steps", "precision", "seed")


def export_bundle(
    output: Path,
    model: AlbertForPreTraining,
    run: PretrainRun,
    rows: list[dict],
    restricted: bool,
    provenance: Provenance,
    snapshots: Iterable[tuple[int, dict]] = (),
) -> None:
    """Writes the bundle `output`, and the log's `rows` as its training.jsonl. Equal runs give equal files, provenance.json apart.

    restricted: whether the store, the vocabulary or the initial weights derive from text under a data use agreement.
    snapshots: (step, the weights after it by name), written as bundles into its folder `snapshots`; `model` takes their weights.
    """
    with whole_folder(output) as unfinished:
        _write(unfinished, model, run, rows, _card(run, rows, restricted), provenance)
        for step, weights in snapshots:
            folder = unfinished / SNAPSHOTS / f"{run.name}-step{step}"
            folder.mkdir(parents=True)
            model.load_state_dict(weights)
            so_far = [row for row in rows if row["step"] <= step]
            card = replace(_card(run, so_far, restricted), name=folder.name, steps=step)
            origin = f"{card.origin} These are the weights after {step:,} of {run.recipe.steps:,} steps, in the middle of that schedule."
            _write(folder, model, run, so_far, replace(card, origin=origin), provenance)


def _write(folder: Path, model: AlbertForPreTraining, run: PretrainRun, rows: list[dict], card: Card, provenance: Provenance) -> None:
    parameters = {name: parameter.detach().cpu().numpy() for name, parameter in model.named_parameters()}  # a tied one once
    write_bundle(folder, model.config, parameters, card, provenance, Path(run.vocabulary))
    if rows:
        write_text(folder / "training.jsonl", "".join(json.dumps(row) + "\n" for row in rows))


def _card(run: PretrainRun, rows: list[dict], restricted: bool) -> Card:
    start = f"the weights of {Path(run.initial).name}" if run.initial else "random weights"
    recipe = run.recipe
    if recipe.steps == 0:
        return Card(run.name, f"Not trained: {start}.", restricted=restricted)
    labels = {item.name: item.name.replace("_", " ").capitalize() for item in fields(Recipe)}
    table = {labels[name]: getattr(recipe, name) for name in IN_CARD}
    held_out = [row["held_out"] for row in rows if "held_out" in row]
    if held_out:
        table |= {f"Held-out {name.replace('_', ' ')}": round(value, 4) for name, value in held_out[-1].items() if name != "examples"}
    origin = f"Pre-trained by masked words and sentence order, from {start}."
    tokens = max(row.get("pieces", 0) for row in rows)
    return Card(run.name, origin, corpora=run.corpora, tokens=tokens, steps=recipe.steps, restricted=restricted, recipe=table)
