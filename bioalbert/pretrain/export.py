"""The finished model as a bundle, with its training curve."""

import json
from collections.abc import Iterable
from dataclasses import fields, replace
from pathlib import Path

from transformers import AlbertForPreTraining

from bioalbert.catalogue import entries
from bioalbert.convert.bundle import write_bundle
from bioalbert.convert.card import Card
from bioalbert.files import read_json, whole_folder, write_text
from bioalbert.pretrain.settings import RESUMABLE, PretrainRun, Recipe
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.store import MANIFEST

SNAPSHOTS = "snapshots"  # the folder in a bundle with those of earlier steps


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
    recipe, base_model = run.recipe, _on_hub(run.initial)
    if recipe.steps == 0:
        seen = None if run.initial else 0  # what initial weights saw is not known here
        return Card(run.name, f"Not trained: {start}.", base_model=base_model, tokens=seen, steps=seen, restricted=restricted)
    return Card(
        run.name,
        f"Pre-trained by masked words and sentence order, from {start}.",
        base_model=base_model,
        corpora=run.corpora,
        tokens=max((row.get("pieces", 0) for row in rows), default=None),  # None where the log was deleted
        steps=recipe.steps,
        restricted=restricted,
        training=_corpus(Path(run.tokens)) | _recipe(recipe) | _outcome(rows),
    )


def _on_hub(initial: str | None) -> str | None:
    """The hub's id of the catalogue's checkpoint whose bundle training starts from."""
    name = Path(initial).name if initial else ""
    return entries.load(name).hub if name in entries.names() else None


def _corpus(store: Path) -> dict[str, object]:
    held = read_json(store / MANIFEST)
    return {"Corpus": f"{held['documents']:,} documents, {held['sentences']:,} sentences, {held['pieces']:,} tokens"}


def _recipe(recipe: Recipe) -> dict[str, object]:
    """What the weights depend on, by the names of the configuration."""
    names = [item.name for item in fields(Recipe) if item.name not in ("steps", *RESUMABLE)]
    return {_label(name): getattr(recipe, name) for name in names}


def _outcome(rows: list[dict]) -> dict[str, object]:
    """Losses and accuracies at the end, of the last batch and, where there are any, of the held-out documents."""
    ends = {"Last batch": [row for row in rows if "loss" in row], "Held-out": [row["held_out"] for row in rows if "held_out" in row]}
    return {
        f"{where}: {_label(name).lower()}": round(value, 4)
        for where, found in ends.items()
        if found
        for name, value in found[-1].items()
        if name.endswith(("loss", "accuracy"))
    }


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()
