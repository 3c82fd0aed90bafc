"""PubTator files: a title, an abstract and annotations of their characters for each citation."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import open_text
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.readers.spans import Annotation, SpanOptions, check_mention, tagged

PASSAGE = re.compile(r"([^|\t]+)\|([ta])\|(.*)")
FORM = "a citation is PMID|t|title, PMID|a|abstract and lines of PMID, start, end, mention, type parted by tabs"


@dataclass(frozen=True)
class Citation:
    """One record. annotations: characters of title, one line end, abstract. relations: how many lines of them it has."""

    id: str
    title: str
    abstract: str
    annotations: tuple[Annotation, ...]
    relations: int


def read_pubtator(file: Path, entry: Entry, options: SpanOptions, folder: Path) -> Iterator[Sentence | Noticed]:
    """Sentences, citation by citation. Title and abstract are apart: no sentence runs from one into the other.

    Lines of relations (PMID, a word, ids) are passed over, counted.
    """
    for one in read_citations(file):
        yield from tagged([one.title, one.abstract], one.annotations, entry, options, file)
        if one.relations:
            yield Noticed("relations_passed_over", one.relations)


def read_citations(file: Path) -> Iterator[Citation]:
    """The records of a file. Raises InputError for a line of another form or another citation, and for a record without a title."""
    for block in _blocks(file):
        yield _citation(block, file)


def _blocks(file: Path) -> Iterator[list[tuple[int, str]]]:
    """The lines of each citation with their numbers; a blank line ends one."""
    block: list[tuple[int, str]] = []
    with open_text(file) as text:
        for number, line in enumerate(chain(text, [""]), start=1):
            line = line.rstrip("\r\n")
            if line.strip():
                block.append((number, line))
            elif block:
                yield block
                block = []


def _citation(block: list[tuple[int, str]], file: Path) -> Citation:
    passages: dict[str, str] = {}
    annotations: list[Annotation] = []
    relations = 0
    name = re.split(r"[|\t]", block[0][1])[0]
    for number, line in block:
        place, fields = f"line {number}", line.split("\t")
        match = PASSAGE.fullmatch(line)
        if (match[1] if match else fields[0]) != name:
            raise InputError(f"a line of another citation than {name}", file=file, place=place, fix="part citations by a blank line")
        if match:
            if match[2] in passages:
                raise InputError(f"{name} has a |{match[2]}| line already", file=file, place=place, fix="part citations by a blank line")
            passages[match[2]] = match[3]
        elif len(fields) > 3 and fields[1][:1].isalpha():
            relations += 1
        else:
            annotations.append(_annotation(fields, _text(passages), file, place))
    if "t" not in passages:
        raise InputError("a citation without a title", file=file, place=f"line {block[0][0]}", fix=FORM)
    return Citation(name, passages["t"], passages.get("a", ""), tuple(annotations), relations)


def _text(passages: dict[str, str]) -> str:
    """What annotations count the characters of."""
    return "\n".join((passages.get("t", ""), passages.get("a", "")))


def _annotation(fields: list[str], text: str, file: Path, place: str) -> Annotation:
    if len(fields) < 5 or not (fields[1].isdecimal() and fields[2].isdecimal()):
        raise InputError("no line of a PubTator file", file=file, place=place, fix=FORM)
    start, end, mention, kind = int(fields[1]), int(fields[2]), fields[3], fields[4]
    check_mention(mention, text[start:end], file, place)
    return Annotation(kind, ((start, end),), place)
