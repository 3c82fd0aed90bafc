"""What the tasks over whole texts and pairs share: an example becomes one row, and a prediction stands beside its example's index."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bioalbert.catalogue.entries import Entry
from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.metrics.items import Items
from bioalbert.finetune.metrics.texts import Prediction, as_text, score_texts, text_items, write_predictions
from bioalbert.finetune.pieces import Frame, Row
from bioalbert.finetune.settings import FinetuneSettings

MARKER = re.compile(r"@[^\s@$]+\$")  # @GENE$, @CHEM-GENE$, @drug_n$: ordinary text that stands for an entity
MAIN = ("pearson", "f1", "accuracy")  # the figure that counts in a score: the first of these that it has

Text = Relation | Labelled | Scored


def markers(texts: Iterable[str]) -> set[str]:
    """The entity markers that stand in the texts."""
    return {mark for text in texts for mark in MARKER.findall(text)}


class Texts(ABC):
    """Text or pair -> what a subclass makes of the logits [labels] of its row.

    A text that is too long for a row keeps the pieces around its entity markers; see `nearest_pieces`.
    """

    head = "SequenceClassification"
    file = "predictions.tsv"

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        self._tokenizer, self.pad = tokenizer, tokenizer.pad_token_id
        self.settings, self.labels = settings, tuple(labels)
        self._frames = {texts: Frame(tokenizer, texts) for texts in (1, 2)}

    @abstractmethod
    def target(self, example: Text) -> Any:
        """What the head is trained on for an example: a label's number, a number, or a 0.0 or 1.0 for each label."""

    @abstractmethod
    def prediction(self, logits: np.ndarray) -> Prediction:
        """What the logits of a row say."""

    def training_rows(self, examples: Sequence[Text]) -> tuple[list[Row], dict[str, int]]:
        rows, lost = self.rows(examples)
        for row in rows:
            row.target = self.target(examples[row.example])
        return rows, lost

    def rows(self, examples: Sequence[Text]) -> tuple[list[Row], dict[str, int]]:
        """One row an example; lost: texts cut, texts with so many markers that one of them was cut, and pieces of markers that are
        not in the vocabulary."""
        lost = {"texts_cut": 0, "markers_cut": 0, "marker_pieces_unknown": 0}
        return [self._row(number, example, lost) for number, example in enumerate(examples)], lost

    def _row(self, number: int, example: Text, lost: dict[str, int]) -> Row:
        frame = self._frames[len(example.texts)]
        encoded = [self._encode(text) for text in example.texts]
        rooms = shares([len(pieces) for pieces, _ in encoded], self.settings.max_length - frame.specials)
        kept = []
        for (pieces, marked), room in zip(encoded, rooms):
            places = nearest_pieces(len(pieces), marked, room)
            lost["texts_cut"] += len(places) < len(pieces)
            lost["markers_cut"] += not set(marked) <= set(places)
            lost["marker_pieces_unknown"] += sum(pieces[place] == self._tokenizer.unk_token_id for place in marked)
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
        """int64 [rows], or float32 [rows] or [rows, labels]: transformers takes from it which loss is meant."""
        return {"labels": torch.tensor([row.target for row in rows])}

    def decode(self, examples: Sequence[Text], outputs: Iterable[tuple[Row, list[np.ndarray]]]) -> list[Prediction]:
        """The prediction for each example."""
        found = {row.example: self.prediction(logits) for row, (logits,) in outputs}
        return [found[number] for number in range(len(examples))]

    def score(self, examples: Sequence[Text], predicted: list[Prediction], entry: Entry, protocol: str, golden: list) -> dict:
        return score_texts(entry, protocol, examples, predicted)

    def items(self, examples: Sequence[Text], predicted: list[Prediction], entry: Entry, protocol: str, golden: list) -> Items:
        """What the main score is made of."""
        return text_items(entry, protocol, examples, predicted)

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return next(score[name] for name in MAIN if name in score)

    @staticmethod
    def problem(predicted: list[Prediction]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        return f"every prediction is {as_text(predicted[0]) or 'no label'}" if len(set(predicted)) == 1 < len(predicted) else None

    @staticmethod
    def write(file: Path, examples: Sequence[Text], predicted: list[Prediction], golden: list) -> None:
        write_predictions(file, ((example.index, found) for example, found in zip(examples, predicted, strict=True)))


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
