"""Chunks: runs of consecutive sentences of one document that fill a sequence; the order in which a run visits them; what is held out."""

from dataclasses import dataclass

import numpy as np

from bioalbert.draws import generator

FEWEST_PIECES = 4  # a chunk with fewer pieces (a stray heading) has nothing to predict a mask from


@dataclass(frozen=True)
class Chunks:
    """`first` and `last` (exclusive), int64 [chunks]: the sentences of each chunk, in the order of the store."""

    first: np.ndarray
    last: np.ndarray

    def __len__(self) -> int:
        return len(self.first)


def cut_chunks(sentence_start: np.ndarray, document_start: np.ndarray, documents: np.ndarray, target: int) -> Chunks:
    """Cuts documents into chunks: sentences are added until they hold `target` pieces or the document ends.

    sentence_start int64 [sentences + 1]: first piece of each; document_start int64 [documents + 1]: first sentence of each;
    documents int64: those wanted. As create_pretraining_data.py packs them, but all documents advance together.
    """
    begin, stop = document_start[documents], document_start[documents + 1]
    firsts, lasts = [], []
    while True:
        unfinished = begin < stop
        begin, stop = begin[unfinished], stop[unfinished]
        if not begin.size:
            break
        end = np.minimum(np.searchsorted(sentence_start, sentence_start[begin] + target), stop)
        firsts.append(begin)
        lasts.append(end)
        begin = end
    first = np.concatenate([np.empty(0, np.int64), *firsts])
    last = np.concatenate([np.empty(0, np.int64), *lasts])
    enough = sentence_start[last] - sentence_start[first] >= FEWEST_PIECES
    first, last = first[enough], last[enough]
    order = np.argsort(first)
    return Chunks(first[order], last[order])


def hold_out(documents: int, share: float) -> np.ndarray:
    """bool [documents]: `share` of them (at least one if share > 0), the same ones whatever the run's seed, so that runs compare."""
    held_out = np.zeros(documents, dtype=bool)
    if share and documents:
        draws = generator(0, "held-out documents").random(documents)
        held_out[np.argsort(draws)[: max(1, round(share * documents))]] = True
    return held_out


def visit(index: np.ndarray, size: int, seed: int) -> np.ndarray:
    """The chunk that example `index` (int64) of the whole run is drawn from: each epoch is its own permutation of range(size)."""
    chunk = np.empty(len(index), dtype=np.int64)
    epochs = index // size
    for epoch in np.unique(epochs):
        here = epochs == epoch
        keys = generator(seed, "epoch", int(epoch)).integers(0, 2**64, size=6, dtype=np.uint64)
        chunk[here] = _permute(index[here] % size, size, keys)
    return chunk


def _permute(index: np.ndarray, size: int, keys: np.ndarray) -> np.ndarray:
    """A keyed permutation of range(size) computed in place of index: a Feistel network on the next even number of bits;
    what falls outside the range walks on along its cycle until it is inside (Black and Rogaway 2002)."""
    half = np.uint64(max(1, ((size - 1).bit_length() + 1) // 2))
    low = (np.uint64(1) << half) - np.uint64(1)
    value = index.astype(np.uint64)
    outside = np.ones(len(value), dtype=bool)
    while outside.any():
        left, right = value[outside] >> half, value[outside] & low
        for key in keys:
            left, right = right, left ^ (_mix(right + key) & low)
        value[outside] = (left << half) | right
        outside = value >= size
    return value.astype(np.int64)


def _mix(value: np.ndarray) -> np.ndarray:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014): uint64 -> uint64, every bit depends on every bit."""
    value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))
