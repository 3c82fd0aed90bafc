"""Relations, and other texts or pairs of texts with one label."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch

from bioalbert.catalogue.entries import Entry
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.metrics.re import score_re, write_labels
from bioalbert.finetune.pieces import Frame, Row
from bioalbert.finetune.settings import FinetuneSettings

MARKER = re.compile(r"@[^\s@$]+\$")  # @GENE$, @CHEM-GENE$, @drug_n$: ordinary text that stands for an entity


class Classification:
    """Text or pair -> label. A text that is too long for a row keeps the pieces around its entity markers; see `nearest_pieces`."""

    head = "SequenceClassification"
    file = "predictions.tsv"

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        self._tokenizer, self.pad = tokenizer, tokenizer.pad_token_id
        self.settings, self.labels = settings, tuple(labels)
        self._frames = {texts: Frame(tokenizer, texts) for texts in (1, 2)}

    def training_rows(self, examples: Sequence[Relation]) -> tuple[list[Row], dict[str, int]]:
        rows, lost = self.rows(examples)
        for row in rows:
            row.target = self.labels.index(examples[row.example].label)
        return rows, lost

    def rows(self, examples: Sequence[Relation]) -> tuple[list[Row], dict[str, int]]:
        """One row an example; lost: texts cut, and texts with so many markers that one of them was cut."""
        lost = {"texts_cut": 0, "markers_cut": 0}
        return [self._row(number, example, lost) for number, example in enumerate(examples)], lost

    def _row(self, number: int, example: Relation, lost: dict[str, int]) -> Row:
        texts = [text for text in (example.text, example.text_b) if text is not None]
        frame = self._frames[len(texts)]
        encoded = [self._encode(text) for text in texts]
        rooms = shares([len(pieces) for pieces, _ in encoded], self.settings.max_length - frame.specials)
        kept = []
        for (pieces, marked), room in zip(encoded, rooms):
            places = nearest_pieces(len(pieces), marked, room)
            lost["texts_cut"] += len(places) < len(pieces)
            lost["markers_cut"] += not set(marked) <= set(places)
            kept.append([pieces[place] for place in places])
        ids, types, _ = frame(*kept)
        return Row(ids, types, number)

    def _encode(self, text: str) -> tuple[list[int], list[int]]:
        """The text's pieces and the places of those that belong to an entity marker."""
        encoded = self._tokenizer(text, add_special_tokens=False, split_special_tokens=True, return_offsets_mapping=True, verbose=False)
        spans = [match.span() for match in MARKER.finditer(text)]
        offsets = encoded["offset_mapping"]
        marked = [place for place, (start, end) in enumerate(offsets) if any(start < last and end > first for first, last in spans)]
        return encoded["input_ids"], marked

    @staticmethod
    def targets(rows: list[Row], length: int) -> dict[str, torch.Tensor]:
        return {"labels": torch.tensor([row.target for row in rows])}

    def decode(self, examples: Sequence[Relation], outputs: Iterable[tuple[Row, list[np.ndarray]]]) -> list[str]:
        """The predicted label of each example."""
        found = [""] * len(examples)
        for row, (logits,) in outputs:
            found[row.example] = self.labels[int(logits.argmax())]
        return found

    def score(self, examples: Sequence[Relation], predicted: list[str], entry: Entry, protocol: str, golden: list) -> dict:
        gold = [example.label for example in examples]
        return score_re(gold, predicted, entry.labels, entry.positive, entry.protocols[protocol].metric)

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return score["f1"] if "f1" in score else score["accuracy"]

    @staticmethod
    def problem(predicted: list[str]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        return f"every prediction is {predicted[0]!r}" if len(set(predicted)) == 1 < len(predicted) else None

    @staticmethod
    def write(file: Path, examples: Sequence[Relation], predicted: list[str], golden: list) -> None:
        write_labels(file, ((example.index, label) for example, label in zip(examples, predicted)))


def shares(lengths: Sequence[int], room: int) -> list[int]:
    """How many pieces of each text a row of `room` pieces takes: pieces go from the longer text first."""
    if len(lengths) == 1 or sum(lengths) <= room:
        return [min(length, room) for length in lengths]
    first = min(lengths[0], max(room - lengths[1], (room + 1) // 2))
    return [first, room - first]


def nearest_pieces(length: int, marked: Sequence[int], room: int) -> list[int]:
    """The places of the `room` pieces to keep of `length`, in order.

    They are a window centred on the markers when all markers fit into one, else the pieces nearest to any marker; a text without
    markers keeps its beginning.
    """
    places = np.arange(length)
    if length <= room:
        return places.tolist()
    if not marked:
        return places[:room].tolist()
    first, last = min(marked), max(marked)
    anchors = np.arange(first, last + 1) if last - first < room else np.asarray(marked)
    distance = np.abs(places[:, None] - anchors[None, :]).min(axis=1)
    return np.sort(np.argsort(distance, kind="stable")[:room]).tolist()
