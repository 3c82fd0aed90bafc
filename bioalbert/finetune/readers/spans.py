"""Annotations of characters -> tags of words: what the readers of standoff formats share. docs/protocols.md states the rules."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.readers.common import check_label
from bioalbert.finetune.words import TextSentence, sentences

OFFSETS = "offsets count characters (not bytes) from 0, line ends too, the end exclusive"


@dataclass(frozen=True)
class SpanOptions:
    """Options of the formats standoff and pubtator.

    types: the types of annotations to take; all without it. collapse: tags without types (B, I), whatever the annotation's.
    discontinuous: what becomes of an annotation in parts ("left atrium ... dilated"). "span": all from its first word to its last;
    "fragments": its own words alone, the first of them B, the others I, as BLUE has them (conlleval counts each part).
    annotations: standoff's folder or archive of the annotations, where they are not beside the texts.
    """

    types: tuple[str, ...] = ()
    collapse: bool = False
    discontinuous: Literal["span", "fragments"] = "span"
    annotations: str | None = None


@dataclass(frozen=True)
class Annotation:
    """A mention. fragments: (start, end) of its parts, characters of the text, end exclusive. place: where it stands, for errors."""

    kind: str
    fragments: tuple[tuple[int, int], ...]
    place: str


@dataclass(frozen=True)
class _Mention:
    """An annotation as the numbers of its words, in order."""

    kind: str
    words: tuple[int, ...]


def tagged(
    passages: Sequence[str], annotations: Sequence[Annotation], entry: Entry, options: SpanOptions, file: Path
) -> Iterator[Sentence | Noticed]:
    """The sentences of a text with the tags of its annotations, and what did not go in as it was (counted, by annotation).

    passages: the text in parts that no sentence joins, one character between two of them.
    Raises InputError for an annotation outside the text, or without a word, and for a type outside the labels of an entry that names some.
    """
    found, length = [], 0
    for passage in passages:
        found += [_moved(sentence, length) for sentence in sentences(passage)]
        length += len(passage) + 1
    spans = [span for sentence in found for span in sentence.spans]
    noticed: Counter[str] = Counter()
    wanted = [one for one in annotations if not options.types or one.kind in options.types]
    noticed["annotations_of_other_types"] = len(annotations) - len(wanted)
    if entry.labels:
        for one in wanted:
            check_label("B" + _type(one, options), entry, file, one.place)
    # Those that say the same (two concepts of one mention) are one.
    mentions = list(dict.fromkeys(_mention(one, spans, length - 1, options, noticed, file) for one in wanted))
    noticed["annotations_repeated"] = len(wanted) - len(mentions)
    owners = _owners(mentions, len(spans), noticed)
    yield from _tag(found, mentions, owners, noticed)
    yield from (Noticed(what, number) for what, number in noticed.items() if number)


def check_mention(mention: str, held: str, file: Path, place: str) -> None:
    """Raises InputError where an annotation's own text is not what stands at its characters, but for white space."""
    if mention.split() != held.split():
        problem = f"the annotation says {mention!r} where the text has {held!r}"
        raise InputError(problem, file=file, place=place, fix=OFFSETS)


def _moved(sentence: TextSentence, by: int) -> TextSentence:
    return TextSentence(sentence.words, tuple((start + by, end + by) for start, end in sentence.spans))


def _mention(one: Annotation, spans: list, length: int, options: SpanOptions, noticed: Counter, file: Path) -> _Mention:
    """The words that an annotation touches, and as a whole, where it ends within a word."""
    words: set[int] = set()
    aligned = True
    for start, end in one.fragments:
        if not 0 <= start < end <= length:
            problem = f"characters {start} to {end} are not in the text of {length}"
            raise InputError(problem, file=file, place=one.place, fix=OFFSETS)
        first, last = bisect_right(spans, start, key=lambda span: span[1]), bisect_left(spans, end, key=lambda span: span[0])
        words.update(range(first, last))
        aligned &= first < last and start <= spans[first][0] and spans[last - 1][1] <= end
    if not words:
        raise InputError("an annotation without a word", file=file, place=one.place, fix=OFFSETS)
    noticed["annotations_not_on_words"] += not aligned
    ordered = sorted(words)
    if ordered[-1] - ordered[0] >= len(ordered):
        noticed["annotations_discontinuous"] += 1
        ordered = range(ordered[0], ordered[-1] + 1) if options.discontinuous == "span" else ordered
    return _Mention(_type(one, options), tuple(ordered))


def _type(one: Annotation, options: SpanOptions) -> str:
    """What stands behind the B or I of an annotation's tags."""
    return "" if options.collapse else "-" + "_".join(one.kind.split())


def _owners(mentions: Sequence[_Mention], count: int, noticed: Counter) -> list[int | None]:
    """Which mention has each word. Of those that share words the longer one stays, then the one that begins earlier."""
    owners: list[int | None] = [None] * count
    for number in sorted(range(len(mentions)), key=lambda number: (-len(mentions[number].words), mentions[number].words)):
        words = mentions[number].words
        if any(owners[word] is not None for word in words):
            noticed["annotations_overlapping_left_out"] += 1
            continue
        for word in words:
            owners[word] = number
    return owners


def _tag(found: Iterable[TextSentence], mentions: Sequence[_Mention], owners: list[int | None], noticed: Counter) -> Iterator[Sentence]:
    """Sentences with their tags. A mention that goes on in the next sentence, which nothing but the gold labels joins, is two."""
    first = 0
    for sentence in found:
        before = owners[first - 1] if first else None
        noticed["annotations_across_sentences"] += before is not None and before == owners[first]
        here = owners[first : first + len(sentence.words)]
        tags = []
        for place, (previous, owner) in enumerate(pairwise([None, *here])):
            if owner is None:
                tags.append("O")
            else:
                # I behind its own words; behind O, where this is a later part of the mention.
                inside = previous == owner or (place and previous is None and mentions[owner].words[0] != first + place)
                tags.append(("I" if inside else "B") + mentions[owner].kind)
        yield Sentence(sentence.words, tuple(tags))
        first += len(sentence.words)
