"""How well a vocabulary holds a text: pieces a word, words kept whole, pieces unknown; and the terms that it splits most."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioalbert.vocabulary.tokenizer import SPECIAL_PIECES, Encoder

EDGES = re.compile(r"^[\W_]+|[\W_]+$")
UNKNOWN = SPECIAL_PIECES.index("<unk>")
TEXTS_A_BATCH = 8_192  # bounds the memory of the encoded pieces


def words(text: str) -> list[str]:
    """What stands between white space, without the punctuation around it: in tokenised and in running text the same words."""
    return [word for part in text.split() if (word := EDGES.sub("", part))]


@dataclass(frozen=True)
class Coverage:
    """Counts over texts. word_pieces: pieces of all the words, each by itself. whole: words of one piece.

    pieces: all pieces of the texts, punctuation too. unknown: those of them that are <unk>.
    """

    words: int
    word_pieces: int
    whole: int
    pieces: int
    unknown: int

    @property
    def rates(self) -> dict[str, float]:
        """Pieces a word, the share of words kept whole, the share of unknown pieces."""
        return {
            "pieces_per_word": self.word_pieces / max(self.words, 1),
            "whole_words": self.whole / max(self.words, 1),
            "unknown_rate": self.unknown / max(self.pieces, 1),
        }


def coverage(encoder: Encoder, texts: Sequence[str]) -> Coverage:
    """The counts of one vocabulary over the texts."""
    counts = list(Counter(word for text in texts for word in words(text)).items())
    lengths = [len(ids) for batch in _batches([word for word, _ in counts]) for ids in encoder.encode_all(batch)]
    pieces = unknown = 0
    for batch in _batches(texts):
        for ids in encoder.encode_all(batch):
            pieces += len(ids)
            unknown += ids.count(UNKNOWN)
    return Coverage(
        words=sum(count for _, count in counts),
        word_pieces=sum(length * count for length, (_, count) in zip(lengths, counts)),
        whole=sum(count for length, (_, count) in zip(lengths, counts) if length == 1),
        pieces=pieces,
        unknown=unknown,
    )


def _batches(texts: Sequence[str]) -> Iterable[Sequence[str]]:
    return (texts[start : start + TEXTS_A_BATCH] for start in range(0, len(texts), TEXTS_A_BATCH))


def frequent(counts: Counter[str], least: int) -> dict[str, int]:
    """Terms that occur at least `least` times, spellings that differ in case taken together under the most frequent of them."""
    spellings: dict[str, Counter[str]] = defaultdict(Counter)
    for term, count in counts.items():
        spellings[term.lower()][term] = count
    # The alphabet decides among equals, so that the order in which texts were read does not.
    chosen = [(max(found.items(), key=lambda item: (item[1], item[0]))[0], found.total()) for _, found in sorted(spellings.items())]
    return {term: count for term, count in chosen if count >= least}


@dataclass(frozen=True)
class SplitTerm:
    """A term that `vocabulary` splits into more pieces than another does. pieces: by vocabulary; count: how often the term occurs."""

    vocabulary: str
    term: str
    count: int
    pieces: dict[str, list[int]]


def most_split(encoders: dict[str, Encoder], terms: dict[str, int], most: int) -> list[SplitTerm]:
    """For each vocabulary the `most` terms with most pieces beyond what the best other vocabulary needs, the frequent first among equals.

    Of a vocabulary without another the terms with most pieces.
    """
    encoded = {name: encoder.encode_all(list(terms)) for name, encoder in encoders.items()}
    rows = [{name: encoded[name][place] for name in encoders} for place in range(len(terms))]
    found = []
    for name in encoders:
        excess = []
        for (term, count), pieces in zip(terms.items(), rows):
            best = min((len(pieces[other]) for other in encoders if other != name), default=1)
            if len(pieces[name]) > best:
                excess.append((best - len(pieces[name]), -count, term, pieces))
        excess.sort(key=lambda item: item[:3])
        found += [SplitTerm(name, term, -count, pieces) for _, count, term, pieces in excess[:most]]
    return found
