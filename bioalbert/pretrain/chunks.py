"""Chunks: runs of consecutive sentences of one document that fill a sequence; the order in which a run visits them; what is held out."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from bioalbert.draws import generator

FEWEST_PIECES = 4  # a chunk with fewer pieces (a stray heading) has nothing to predict a mask from
SENTENCES_A_BLOCK = 2**18  # their offsets, 2 MB, stay within a processor's cache while they are searched


@dataclass(frozen=True)
class Chunks:
    """The sentences of each chunk, in the order of the store.

    begin: unsigned [chunks], the first sentence; count: unsigned [chunks], how many. 5 bytes a chunk of at most 255 pieces, 6 of a longer
    one, while the store has fewer than 2^32 sentences (4 more beyond that).
    """

    begin: np.ndarray
    count: np.ndarray

    def __len__(self) -> int:
        return len(self.begin)

    def sentences(self, chunk: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """First and last (exclusive) sentence of some chunks, int64."""
        first = self.begin[chunk].astype(np.int64)
        return first, first + self.count[chunk]


def cut_chunks(sentence_start: np.ndarray, document_start: np.ndarray, wanted: np.ndarray, target: int) -> Chunks:
    """Cuts the wanted documents into chunks: sentences are added until they hold `target` pieces or the document ends.

    sentence_start int64 [sentences + 1]: first piece of each (none is empty); document_start int64 [documents + 1]: first sentence of
    each; wanted bool [documents]. As create_pretraining_data.py packs them, but the documents of a block advance together.
    """
    begin_type, count_type = np.min_scalar_type(len(sentence_start)), np.min_scalar_type(target)
    begin, count = bytearray(), bytearray()  # these grow in place, where joining arrays would take their size once more
    blocks = np.searchsorted(document_start[:-1], np.arange(0, len(sentence_start), SENTENCES_A_BLOCK)).tolist()
    for block, end in pairwise([*blocks, len(wanted)]):
        documents = block + np.flatnonzero(wanted[block:end])
        if documents.size:
            first, last = _cut(sentence_start, document_start[documents], document_start[documents + 1], target)
            begin += first.astype(begin_type).data
            count += (last - first).astype(count_type).data
    return Chunks(np.frombuffer(begin, begin_type), np.frombuffer(count, count_type))


def _cut(sentence_start: np.ndarray, begin: np.ndarray, stop: np.ndarray, target: int) -> tuple[np.ndarray, np.ndarray]:
    """First and last (exclusive) sentence of each chunk, int64, in order; begin, stop: those of neighbouring documents."""
    offset = begin[0]
    starts = sentence_start[offset : stop[-1] + 1]
    begin, stop = begin - offset, stop - offset
    firsts, lasts = [], []
    while begin.size:
        end = np.minimum(np.searchsorted(starts, starts[begin] + target), stop)
        firsts.append(begin)
        lasts.append(end)
        unfinished = end < stop
        begin, stop = end[unfinished], stop[unfinished]
    first, last = np.concatenate(firsts), np.concatenate(lasts)
    enough = starts[last] - starts[first] >= FEWEST_PIECES
    first, last = first[enough], last[enough]
    order = np.argsort(first)
    return offset + first[order], offset + last[order]


def hold_out(documents: int, share: float) -> np.ndarray:
    """bool [documents]: `share` of them (at least one if share > 0), the same ones whatever the run's seed, so that runs compare.

    Takes 17 bytes a document while it chooses.
    """
    if not share or not documents:
        return np.zeros(documents, dtype=bool)
    draws = generator(0, "held-out documents").random(documents)
    last = max(1, round(share * documents)) - 1
    return draws <= np.partition(draws, last)[last]


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
