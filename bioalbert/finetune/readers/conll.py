"""Sentences of words and BIO tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.metrics.ner import Tagged, read_tags
from bioalbert.finetune.readers.common import check_label

# Tags of BIOES and BILOU, which say more than BIO's: they become those that BIO has for the same entities.
BIO = {"S": "B", "U": "B", "E": "I", "L": "I"}


@dataclass(frozen=True)
class ConllOptions:
    """Options of the format conll.

    collapse: drop the types of typed tags (B-protein -> B).
    stray_inside: what to do with an I that follows no entity of its type. It starts one, for conlleval as for us; "keep" leaves the tag
    as it is, "repair" makes it a B (so that IOB1 becomes BIO: the entities are the same), "refuse" stops with the line.
    """

    collapse: bool = False
    stray_inside: Literal["keep", "repair", "refuse"] = "keep"


def read_conll(file: Path, entry: Entry, options: ConllOptions, folder: Path) -> Iterator[Sentence | Noticed]:
    for sentence in read_tags(file, more_prefixes=BIO):
        tags = [BIO[tag[0]] + tag[1:] if tag[0] in BIO else tag for tag in sentence.tags]
        if converted := sum(new != old for new, old in zip(tags, sentence.tags)):
            yield Noticed("tags_converted_to_bio", converted)
        tags = [tag[0] for tag in tags] if options.collapse else tags
        if entry.labels:
            for tag, line in zip(tags, sentence.lines):
                check_label(tag, entry, file, line)
        if stray := [place for place in range(len(tags)) if is_stray(tags, place)]:
            yield Noticed("stray_inside", len(stray))
            _treat(tags, stray, options, file, sentence)
        yield Sentence(sentence.words, tuple(tags))


def is_stray(tags: list[str], place: int) -> bool:
    """Whether the tag at `place` is an I that follows no B or I of its type."""
    before = tags[place - 1] if place else "O"
    return tags[place][0] == "I" and (before == "O" or before[1:] != tags[place][1:])


def _treat(tags: list[str], stray: list[int], options: ConllOptions, file: Path, sentence: Tagged) -> None:
    if options.stray_inside == "refuse":
        problem, place = f"{tags[stray[0]]!r} follows no entity of its type", f"line {sentence.lines[stray[0]]}"
        raise InputError(problem, file=file, place=place, fix="mend it, or choose stray_inside: keep or repair")
    if options.stray_inside == "repair":
        for place in stray:
            tags[place] = "B" + tags[place][1:]
