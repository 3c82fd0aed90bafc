"""Raw text -> sentences of words with their characters: the one place that says what a word of an entity-recognition set is.

Used by `bioalbert predict` on raw text, and by readers of standoff annotations (spans of characters), so that both give a model the words
that it was trained on.
"""

import re
from dataclasses import dataclass

from bioalbert.corpus.splitter import BLANK_LINES, split

WORD = re.compile(r"\w+|[^\w\s]")  # letters and digits together, every other sign alone: so are the files of all seven tagged sets
BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f]")  # white space and control characters, which part words and belong to none


@dataclass(frozen=True)
class TextSentence:
    """A sentence of a raw text. words: its words. spans: (start, end) of each, characters of the whole text, end exclusive."""

    words: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]


def sentences(text: str, offset: int = 0) -> list[TextSentence]:
    """The sentences of a text in order, by the corpus' own splitter; paragraphs end at blank lines. None is without a word.

    offset: where the text begins in the document whose characters the spans count. Every character of the text but blanks stands in
    exactly one word, and the word is text[start - offset : end - offset].
    """
    found = []
    for start, end in sentence_spans(text):
        words = list(WORD.finditer(BLANK.sub(" ", text[start:end])))
        spans = tuple((offset + start + word.start(), offset + start + word.end()) for word in words)
        if words:
            found.append(TextSentence(tuple(word[0] for word in words), spans))
    return found


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence of a text, white space around it left out."""
    edges = [place for blank in BLANK_LINES.finditer(text) for place in blank.span()]
    found = []
    for start, end in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True):
        paragraph = BLANK.sub(" ", text[start:end])  # as the splitter wants it, and as long as it was
        place = 0
        for sentence in split(paragraph):
            sentence = sentence.strip()
            place = paragraph.index(sentence, place)
            found.append((start + place, start + place + len(sentence)))
            place += len(sentence)
    return [(start, end) for start, end in found if start < end]
