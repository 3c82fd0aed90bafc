"""Training examples, drawn when they are needed: each is a pure function of (seed, its index in the whole run).

Differences from google-research/albert's create_pretraining_data.py, which writes examples out beforehand:
- masks are drawn anew at each visit; every draw is keyed, so that a run can be repeated (theirs uses an unseeded generator);
- a chunk of one sentence gives one segment, [CLS] A [SEP], without a sentence-order label (the shape of single-sentence tasks). Theirs
  takes B from a random other document and labels it 1, so that a change of topic, not of order, would give the label away;
- the start of a segment always starts a word, and no masked n-gram spans the two segments;
- a cut to length takes pieces from front and back in a drawn proportion; theirs tosses a coin for each piece;
- one example in ten is short; theirs makes one document in ten short (and re-cuts it: here the chunk's end waits for the next epoch).
"""

import sys
import zlib
from dataclasses import dataclass

import numpy as np

from bioalbert.errors import InputError
from bioalbert.pretrain.chunks import Chunks, cut_chunks, hold_out, visit
from bioalbert.pretrain.masking import choose_masked, replace_masked
from bioalbert.pretrain.pieces import CLS, MASK, PAD, SEP, Pieces
from bioalbert.pretrain.settings import Recipe
from bioalbert.vocabulary.store import TokenStore

NO_PAIR = -1
SCALARS = 8  # draws of an example beside those of its positions


@dataclass(frozen=True)
class Batch:
    """B examples of at most L pieces.

    pieces uint16 [B, L]: the input, padded. original uint16 [B, L]: before masking. masked bool [B, L]: positions to predict.
    segments uint8 [B, L]: 0 and 1. lengths int64 [B]. swapped int64 [B]: 0 in order, 1 swapped, NO_PAIR for a single segment.
    """

    pieces: np.ndarray
    original: np.ndarray
    masked: np.ndarray
    segments: np.ndarray
    lengths: np.ndarray
    swapped: np.ndarray

    def take(self, rows: np.ndarray) -> "Batch":
        """Some of the examples, cut to the longest of them."""
        longest = int(self.lengths[rows].max())
        grids = (grid[rows, :longest] for grid in (self.pieces, self.original, self.masked, self.segments))
        return Batch(*grids, self.lengths[rows], self.swapped[rows])


def uniforms(seed: int, purpose: str, first: int, count: int, width: int) -> np.ndarray:
    """float64 [count, width] in [0, 1); row j is a function of (seed, purpose, first + j) and `width` (a multiple of 4) alone.

    Philox gives four numbers for each value of its counter: an example owns width / 4 consecutive values.
    """
    key = np.array([seed, zlib.crc32(purpose.encode())], dtype=np.uint64)
    return np.random.Generator(np.random.Philox(key=key, counter=first * (width // 4))).random((count, width))


class Examples:
    """Draws examples from some documents of a token store. `purpose` keeps the draws of training and held-out examples apart."""

    def __init__(self, store: TokenStore, chunks: Chunks, pieces: Pieces, recipe: Recipe, seed: int, purpose: str):
        self.store, self.chunks, self.pieces, self.recipe, self.seed, self.purpose = store, chunks, pieces, recipe, seed, purpose

    def draw(self, first: int, count: int) -> Batch:
        """Examples first .. first + count - 1 of the run."""
        recipe, pieces, length = self.recipe, self.pieces, self.recipe.sequence_length
        width = SCALARS + 3 * length
        draws = uniforms(self.seed, self.purpose, first, count, width + -width % 4)
        chunk = visit(np.arange(first, first + count), len(self.chunks), self.seed)
        start, size, swapped = self._segments(chunk, draws[:, :SCALARS])
        original, text, segments, lengths = self._lay_out(start, size)
        starts = text & pieces.starts_word[original]
        starts[:, 1] = True
        starts[np.arange(count), np.minimum(size[0] + 2, length - 1)] |= size[1] > 0
        budget = np.clip(np.rint(lengths * recipe.masked_lm_prob).astype(np.int64), 1, recipe.max_predictions)
        for_words = draws[:, SCALARS : SCALARS + 2 * length].reshape(count, 2, length).swapaxes(0, 1)
        masked = choose_masked(starts, text, segments == 1, budget, for_words, recipe.ngram)
        shown = replace_masked(original, masked, draws[:, SCALARS + 2 * length : width], MASK, pieces.size)
        return Batch(shown, original, masked, segments, lengths, swapped)

    def _segments(self, chunk: np.ndarray, draws: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Where the two segments start in the store and how many pieces they have, int64 [2, B] each, and the sentence-order label."""
        room = self.recipe.sequence_length - 3
        bounds, (begin, end) = self.store.sentence_start, self.chunks.sentences(chunk)
        target = bounds[begin] + 2 + (draws[:, 1] * (room - 1)).astype(np.int64)
        end = np.where(draws[:, 0] < self.recipe.short_sequence_prob, np.minimum(end, np.searchsorted(bounds, target)), end)
        split = begin + 1 + (draws[:, 2] * (end - begin - 1)).astype(np.int64)
        start = np.stack([bounds[begin], bounds[split]])
        size = np.stack([bounds[split], bounds[end]]) - start
        pair = (size > 0).all(axis=0)
        start[0] = np.where(size[0] > 0, start[0], start[1])
        size = np.where(pair, size, np.stack([size.sum(axis=0), np.zeros_like(split)]))
        # truncate_seq_pair: the longer of the two loses pieces until both fit
        first = np.minimum(size[0], np.where(pair, np.maximum(room - size[1], (room + 1) // 2), room + 1))
        kept = np.stack([first, np.minimum(size[1], room - np.minimum(first, room))])
        start += (draws[:, 3:5].T * (size - kept + 1)).astype(np.int64)
        swap = pair & (draws[:, 5] < 0.5)
        start, kept = np.where(swap, start[::-1], start), np.where(swap, kept[::-1], kept)
        return start, kept, np.where(pair, swap.astype(np.int64), NO_PAIR)

    def _lay_out(self, start: np.ndarray, size: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """[CLS] first [SEP] second [SEP] (without the last two when there is no second), padded: pieces, text, segments, lengths."""
        position = np.arange(self.recipe.sequence_length)
        first, second = size[0][:, None], size[1][:, None]
        lengths = first + np.where(second > 0, second + 3, 2)
        in_first = (position >= 1) & (position <= first)
        in_second = (position >= first + 2) & (position < first + 2 + second)
        text = in_first | in_second
        source = np.where(in_first, start[0][:, None] - 1, start[1][:, None] - first - 2) + position
        original = np.where(text, self.store.pieces[np.where(text, source, 0)], PAD).astype(np.uint16)
        original[:, 0] = CLS
        original[(position == first + 1) | (position == lengths - 1)] = SEP
        segments = ((position >= first + 2) & (position < lengths)).astype(np.uint8)
        return original, text, segments, lengths[:, 0]


def open_examples(store: TokenStore, pieces: Pieces, recipe: Recipe) -> tuple[Examples, Examples | None]:
    """Training examples and held-out ones (None where none are kept; the same ones for every seed, so that runs compare).

    Says on standard error when no training example can be a pair of segments: a corpus of single sentences still trains the masked LM.
    Raises InputError when the store has too little text.
    """
    held_out = hold_out(len(store.document_start) - 1, recipe.held_out_documents)

    def examples(documents: np.ndarray, seed: int, purpose: str, fix: str) -> Examples:
        chunks = cut_chunks(store.sentence_start, store.document_start, documents, recipe.sequence_length - 3)
        if not len(chunks):
            raise InputError(f"no {purpose} document has enough text for an example", file=store.folder, fix=fix)
        return Examples(store, chunks, pieces, recipe, seed, purpose)

    training = examples(~held_out, recipe.seed, "training", "give it more documents, or recipe.held_out_documents: 0")
    if training.chunks.count.max() == 1:
        advice = "documents of several sentences, or a longer recipe.sequence_length, would give it pairs"
        print(
            f"pretrain: {store.folder}: no training example holds two sentences, the sentence-order head learns nothing; {advice}",
            file=sys.stderr,
        )
    if not held_out.any():
        return training, None
    return training, examples(held_out, 0, "held-out", "give a larger share recipe.held_out_documents, or 0: none")
