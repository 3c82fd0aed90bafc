"""The words of texts as numbers, whatever their case, punctuation and tokenisation: what duplicates and leaks are compared by.

A word is a run of letters and digits (Unicode's, after NFKC) in lower case; all else only parts words: "IL-2", "IL - 2" and "il‐2" are the
same two words. Words and spans of words are compared by 64-bit hashes: two different ones among 10^10 compared with 10^6 agree by chance
with a probability below one in a thousand.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

CHARACTERS_A_BATCH = 200_000  # small enough for the processor's cache; a longer document is a batch of its own
END = "\n"  # no sentence holds one
WORD = re.compile(r"[^\W_]+")

# Odd multipliers of the polynomial hashes, drawn once. Equal on every machine, so that files made in parts fit together.
LETTERS, FIRST, SECOND = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95, 0xDA942042E4DD58B5


@dataclass(frozen=True)
class Words:
    """The words of some documents, end to end.

    hashes: uint64 [words]. sentences: int64 [sentences + 1], documents: int64 [documents + 1], where in `hashes` each begins.
    """

    hashes: np.ndarray
    sentences: np.ndarray
    documents: np.ndarray
    _sums: dict[int, np.ndarray] = field(default_factory=dict, repr=False)

    def spans(self, start: np.ndarray, end: np.ndarray, multiplier: int = FIRST) -> np.ndarray:
        """uint64 hashes of the spans of words [start, end): equal for equal words, wherever they stand."""
        if multiplier not in self._sums:
            self._sums[multiplier] = _running_sums(self.hashes, multiplier)
        return _mixed(_polynomials(self._sums[multiplier], start, end, multiplier))


def words_in(text: str) -> list[str]:
    """The words themselves, of one text."""
    return WORD.findall(unicodedata.normalize("NFKC", text).lower())


def words_of(documents: pa.ListArray) -> Words:
    """The words of documents, each a list of sentences."""
    sentences = documents.flatten()
    text = END.join(pc.utf8_lower(pc.utf8_normalize(sentences, "NFKC")).to_pylist()) + END
    characters = np.frombuffer(text.encode("utf-32-le"), np.uint32)
    inside = np.concatenate(([False], _is_word()[characters], [False]))
    edges = np.flatnonzero(inside[1:] != inside[:-1])  # a word's first character, then the first behind it
    start, end = edges[::2], edges[1::2]
    ends = np.flatnonzero(characters == ord(END))[: len(sentences)]
    sentence = np.concatenate(([0], np.searchsorted(start, ends)))
    lengths = pc.list_value_length(documents).to_numpy()
    hashes = _mixed(_polynomials(_running_sums(characters, LETTERS), start, end, LETTERS))
    return Words(hashes, sentence, sentence[np.concatenate(([0], np.cumsum(lengths)))])


def batches(documents: pa.ListArray) -> Iterator[tuple[int, pa.ListArray]]:
    """Slices of about CHARACTERS_A_BATCH, each with the number of its first document, so that memory stays small."""
    characters = np.concatenate(([0], np.cumsum(pc.binary_length(documents.flatten()).to_numpy())))
    reached = characters[np.concatenate(([0], np.cumsum(pc.list_value_length(documents).to_numpy())))]
    first = 0
    while first < len(documents):
        last = max(first + 1, int(np.searchsorted(reached, reached[first] + CHARACTERS_A_BATCH, "right")) - 1)
        yield first, documents.slice(first, last - first)
        first = last


@cache
def _is_word() -> np.ndarray:
    """bool [code points]: whether a character belongs to a word."""
    return np.fromiter(map(str.isalnum, map(chr, range(0x110000))), bool, 0x110000)


def _running_sums(values: np.ndarray, multiplier: int) -> np.ndarray:
    """uint64 [values + 1]: the sums of values[i] * multiplier**i before each place, modulo 2**64."""
    sums = np.zeros(len(values) + 1, np.uint64)
    np.cumsum(values * _powers(multiplier, len(values)), out=sums[1:])
    return sums


def _polynomials(sums: np.ndarray, start: np.ndarray, end: np.ndarray, multiplier: int) -> np.ndarray:
    """sum(values[start + i] * multiplier**i) modulo 2**64 of each span, by differences of the running sums (Karp and Rabin 1987)."""
    return (sums[end] - sums[start]) * _powers(pow(multiplier, -1, 2**64), len(sums))[start]


_POWERS: dict[int, np.ndarray] = {}


def _powers(multiplier: int, count: int) -> np.ndarray:
    """uint64 [count]: the multiplier's powers from 0, modulo 2**64."""
    known = _POWERS.get(multiplier)
    if known is None or len(known) < count:
        known = np.full(count + count // 4 + 1, multiplier, np.uint64)
        known[0] = 1
        _POWERS[multiplier] = np.cumprod(known, out=known)
    return known[:count]


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """The numbers with every bit of each depending on every other (the finaliser of splitmix64, Steele et al. 2014)."""
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))
