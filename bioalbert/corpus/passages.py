"""Which of many passages (sentences, abstracts) stand in documents.

A passage is found in a document that has at least half of its different n-grams of 13 words. One that has no 13 words in a row (a short
sentence, or one with masked entities) is found where it is a whole sentence of the document, each mask standing for one to ten words.
What stands in more than ten documents is nobody's in particular ("All authors read and approved the final manuscript.") and counts for
nothing: the rule of GPT-3's audit, like its 13 words (Brown et al. 2020, appendix C).
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from bioalbert.corpus.keys import Keys, distinct
from bioalbert.corpus.words import Words, batches, words_in, words_of

NGRAM = 13  # words
HALF = 0.5  # of a passage's n-grams; in real text the share is either near 0 (a common turn of phrase) or near 1
COMMON = 10  # documents
LEAST = 8  # words of a short sentence; a masked one needs NGRAM besides its masks, else it would fit other entities' sentences too
ANCHOR = 3  # words in a row at a masked sentence's start or end: it is looked for where these stand
MASK = re.compile(r"@[\w-]+\$")  # @GENE$, @drug_n$ and the like: where relation extraction has hidden an entity
MASKED = r"(?: \w+){1,10}"  # what a mask stands for


@dataclass
class Passages:
    """Numbered passages, ready to be looked for.

    ngrams: those of all long passages. total: int64 [passages], how many different ones a passage has.
    sentences: (passage, pattern) of each short one. anchors: (at the end?, words) -> the places in `sentences` that start or end so.
    """

    ngrams: Keys
    total: np.ndarray
    sentences: list[tuple[int, re.Pattern]] = field(default_factory=list)
    anchors: dict[tuple[bool, int], Keys] = field(default_factory=dict)

    def searchable(self) -> np.ndarray:
        """bool [passages]: which can be looked for; the others are too short."""
        found = self.total > 0
        found[[passage for passage, _ in self.sentences]] = True
        return found


def prepare(passages: list[str]) -> Passages:
    long, owners, short = [], [], []
    for number, passage in enumerate(passages):
        pieces = [words_in(piece) for piece in MASK.split(passage)]
        enough = [" ".join(piece) for piece in pieces if len(piece) >= NGRAM]
        long += enough
        owners += [number] * len(enough)
        if not enough and _can_be_told(pieces):
            short.append((number, pieces))
    parts = [(first, *_ngrams(words_of(texts))) for first, texts in batches(_one_sentence_each(long))]
    hashes = np.concatenate([np.empty(0, np.uint64), *(hashes for _, hashes, _ in parts)])
    text = np.concatenate([np.empty(0, np.int64), *(first + text for first, _, text in parts)])
    owner, hashes = distinct(np.array(owners, np.int64)[text], hashes)
    made = Passages(Keys(hashes, owner), np.bincount(owner, minlength=len(passages)))
    _add_sentences(made, short)
    return made


def _can_be_told(pieces: list[list[str]]) -> bool:
    """Whether a short passage, cut at its masks, has enough words to be known again."""
    least = LEAST if len(pieces) == 1 else NGRAM
    return sum(map(len, pieces)) >= least and max(len(pieces[0]), len(pieces[-1])) >= ANCHOR


def _add_sentences(passages: Passages, short: list[tuple[int, list[list[str]]]]) -> None:
    anchored: dict[tuple[bool, int], list[int]] = {}
    for place, (passage, pieces) in enumerate(short):
        at_end = len(pieces[-1]) > len(pieces[0])
        anchored.setdefault((at_end, len(pieces[-1 if at_end else 0])), []).append(place)
        passages.sentences.append((passage, _pattern(pieces)))
    for (at_end, count), places in anchored.items():
        words = words_of(_one_sentence_each(" ".join(short[place][1][-1 if at_end else 0]) for place in places))
        hashes = words.spans(words.documents[:-1], words.documents[1:])
        passages.anchors[at_end, count] = Keys(hashes, np.array(places))


def _one_sentence_each(texts: Iterable[str]) -> pa.ListArray:
    return pa.array([[text] for text in texts], pa.list_(pa.string()))


def _pattern(pieces: list[list[str]]) -> re.Pattern:
    """A whole sentence as its words, a blank before each."""
    return re.compile(MASKED.join(re.escape(_joined(piece)) for piece in pieces))


def _joined(words: list[str]) -> str:
    return "".join(f" {word}" for word in words)


class Search:
    """Looks for passages in document after document: `add` some, then ask for what was `found`, which does not depend on their order."""

    def __init__(self, passages: Passages):
        self.passages = passages
        self._sentence = len(passages.ngrams.hashes)  # keys from here on are short passages
        self._met_by = np.zeros(self._sentence + len(passages.sentences), np.int64)  # documents a key
        self._ids: list[str] = []
        self._met: list[tuple[np.ndarray, np.ndarray]] = []

    def add(self, ids: pa.StringArray, documents: pa.ListArray) -> None:
        """Documents by their ids, as lists of sentences."""
        document, keys = self._keys_in(documents)
        np.add.at(self._met_by, keys, 1)
        rare = self._met_by[keys] <= COMMON
        document, keys = document[rare], keys[rare]
        with_keys, document = np.unique(document, return_inverse=True)
        self._met.append((document + len(self._ids), keys))
        self._ids += ids.take(pa.array(with_keys)).to_pylist()

    def found(self) -> tuple[list[str], np.ndarray, np.ndarray]:
        """(ids of documents, passages, shares) of what was found. share: of the passage's n-grams in that document; 1.0 for a sentence."""
        none = np.empty(0, np.int64)
        document, keys = (np.concatenate([none, *parts]) for parts in zip((none, none), *self._met))
        rare = self._met_by[keys] <= COMMON
        document, keys = document[rare], keys[rare]
        whole = keys >= self._sentence
        places, passages = self.passages.ngrams.owners_of(keys[~whole])
        (holder, passages), counts = np.unique(np.stack([document[~whole][places], passages]), axis=1, return_counts=True)
        shares = counts / self.passages.total[passages]
        enough = shares >= HALF
        of_sentence = np.array([passage for passage, _ in self.passages.sentences], np.int64)
        holder = np.concatenate([holder[enough], document[whole]])
        passages = np.concatenate([passages[enough], of_sentence[keys[whole] - self._sentence]])
        return [self._ids[number] for number in holder], passages, np.concatenate([shares[enough], np.ones(whole.sum())])

    def _keys_in(self, documents: pa.ListArray) -> tuple[np.ndarray, np.ndarray]:
        """(numbers of documents, keys), each pair once."""
        words = words_of(documents)
        hashes, document = _ngrams(words)
        places, keys = self.passages.ngrams.find(hashes)
        holders, sentences = self._whole_sentences(words, documents)
        return distinct(np.concatenate([document[places], holders]), np.concatenate([keys, sentences + self._sentence]))

    def _whole_sentences(self, words: Words, documents: pa.ListArray) -> tuple[np.ndarray, np.ndarray]:
        """(numbers of documents, numbers of short passages) of the short passages that are whole sentences."""
        start, end = words.sentences[:-1], words.sentences[1:]
        text, found = documents.flatten(), []
        for (at_end, count), anchors in self.passages.anchors.items():
            long_enough = np.flatnonzero(end - start >= count)
            first = end[long_enough] - count if at_end else start[long_enough]
            places, keys = anchors.find(words.spans(first, first + count))
            candidates, numbers = anchors.owners_of(keys)
            for sentence, number in zip(long_enough[places[candidates]].tolist(), numbers.tolist()):
                if self.passages.sentences[number][1].fullmatch(_joined(words_in(text[sentence].as_py()))):
                    found.append((int(np.searchsorted(words.documents, start[sentence], "right")) - 1, number))
        holders, numbers = np.array(found, np.int64).reshape(-1, 2).T
        return holders, numbers


def _ngrams(words: Words) -> tuple[np.ndarray, np.ndarray]:
    """The hashes of all n-grams within documents, and the number of each one's document."""
    document = np.repeat(np.arange(len(words.documents) - 1), np.diff(words.documents))
    start = np.arange(max(0, len(words.hashes) - NGRAM + 1))
    start = start[document[start] == document[start + NGRAM - 1]]
    return words.spans(start, start + NGRAM), document[start]
