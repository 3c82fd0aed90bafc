"""Named entities: one tag a word. Pieces and words are matched by index, never by joining strings."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bioalbert.catalogue.entries import Entry
from bioalbert.finetune.engine import padded
from bioalbert.finetune.examples import Sentence
from bioalbert.finetune.metrics.items import Items
from bioalbert.finetune.metrics.ner import ner_items, score_ner, write_tags
from bioalbert.finetune.pieces import Frame, Row, best_window, windows
from bioalbert.finetune.settings import FinetuneSettings

OUTSIDE = "O"
IGNORED = -100  # torch's label for "no loss here"
WORD_MARKS = ("▁", "Ġ")  # the pieces that say only that a word starts (SentencePiece, byte-level BPE)


@dataclass
class TaggedRow(Row):
    """A window over a sentence. words: the words whose tag is read here; places: the place in `ids` of each; pieces_of: the word that
    each of `ids` belongs to, None for special pieces."""

    words: list[int]
    places: list[int]
    pieces_of: list[int | None]


class Tagging:
    """Words -> tags, read from one piece of each word; see `telling_pieces` for which. With settings.label_pieces "all" a word's other
    pieces in the row are trained on its tag too.

    A sentence longer than a row is read through overlapping windows; each word is trained and predicted once, in the window that shows
    most context around it. Tags that break the BIO order are left as they are predicted.
    """

    head = "TokenClassification"
    file = "predictions.conll"

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        self._tokenizer, self.pad = tokenizer, tokenizer.pad_token_id
        self.settings, self.labels = settings, tuple(labels)
        self._frame = Frame(tokenizer, 1)
        self._marks = {tokenizer.convert_tokens_to_ids(mark) for mark in WORD_MARKS} - {tokenizer.unk_token_id, None}

    def training_rows(self, examples: Sequence[Sentence]) -> tuple[list[Row], dict[str, int]]:
        rows, lost = self.rows(examples)
        number = {label: place for place, label in enumerate(self.labels)}
        for row in rows:
            labels = {word: number[examples[row.example].tags[word]] for word in row.words}
            row.target = [IGNORED] * len(row.ids)
            for place in range(len(row.ids)) if self.settings.label_pieces == "all" else row.places:
                row.target[place] = labels.get(row.pieces_of[place], IGNORED)
            row.weight = sum(label != IGNORED for label in row.target)
        return rows, lost

    def rows(self, examples: Sequence[Sentence]) -> tuple[list[TaggedRow], dict[str, int]]:
        """All windows that have a word to predict; lost: words that the tokenizer gives no piece (they count as O)."""
        words = [list(sentence.words) for sentence in examples]
        options = {"is_split_into_words": True, "add_special_tokens": False, "split_special_tokens": True, "verbose": False}
        encoded = self._tokenizer(words, **options)
        rows = [
            row for number in range(len(words)) for row in self._windows(number, encoded["input_ids"][number], encoded.word_ids(number))
        ]
        return rows, {"words_without_piece": sum(map(len, words)) - sum(len(row.words) for row in rows)}

    def _windows(self, number: int, pieces: list[int], word_of: list[int | None]) -> list[TaggedRow]:
        """The windows over one sentence; each word belongs to one of them."""
        spans = windows(len(pieces), self.settings.max_length - self._frame.specials, self.settings.stride)
        rows = []
        for start, end in spans:
            ids, types, (first,) = self._frame(pieces[start:end])
            pieces_of = [None] * first + word_of[start:end] + [None] * (len(ids) - first - (end - start))
            rows.append((TaggedRow(ids, types, number, [], [], pieces_of), first - start))
        for word, piece in telling_pieces(pieces, word_of, self._marks).items():
            row, shift = rows[best_window(piece, spans)]
            row.words.append(word)
            row.places.append(piece + shift)
        return [row for row, _ in rows if row.words]

    @staticmethod
    def targets(rows: list[Row], length: int) -> dict[str, torch.Tensor]:
        return {"labels": padded([row.target for row in rows], length, IGNORED)}

    def decode(self, examples: Sequence[Sentence], outputs: Iterable[tuple[TaggedRow, list[np.ndarray]]]) -> list[list[str]]:
        """The predicted tags of each sentence, one a word; O for words without a piece."""
        found = [[OUTSIDE] * len(sentence.words) for sentence in examples]
        for row, (logits,) in outputs:
            for word, label in zip(row.words, logits[row.places].argmax(axis=1)):
                found[row.example][word] = self.labels[label]
        return found

    def score(self, examples: Sequence[Sentence], predicted: list[list[str]], entry: Entry, protocol: str, golden: list) -> dict:
        return score_ner([sentence.tags for sentence in examples], predicted)

    def items(self, examples: Sequence[Sentence], predicted: list[list[str]], entry: Entry, protocol: str, golden: list) -> Items:
        """What the main score is made of."""
        return ner_items([sentence.words for sentence in examples], [sentence.tags for sentence in examples], predicted)

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return score["entity"]["f1"]

    @staticmethod
    def problem(predicted: list[list[str]]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        found = [tag for tags in predicted for tag in tags]
        return f"every word is predicted as {found[0]}" if len(set(found)) == 1 < len(found) else None

    @staticmethod
    def write(file: Path, examples: Sequence[Sentence], predicted: list[list[str]], golden: list) -> None:
        write_tags(file, ((sentence.words, sentence.tags, tags) for sentence, tags in zip(examples, predicted, strict=True)))


def telling_pieces(pieces: Sequence[int], words: Sequence[int | None], marks: set[int]) -> dict[int, int]:
    """{word: the piece that its tag is read from}: the word's first piece that is not a lone word mark, else (it has no other) the mark.

    SentencePiece starts one word in ten with a lone `▁` ("IL" -> `▁` `il`), which says nothing about the word.
    """
    found: dict[int, int] = {}
    for place, (piece, word) in enumerate(zip(pieces, words, strict=True)):
        if word is not None and (word not in found or (pieces[found[word]] in marks and piece not in marks)):
            found[word] = place
    return found
