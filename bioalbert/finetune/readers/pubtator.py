"""PubTator files: a title, an abstract and annotations of their characters for each citation."""

import re
from collections.abc import Iterator
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import open_text
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.readers.spans import Annotation, SpanOptions, check_mention, tagged

PASSAGE = re.compile(r"([^|\t]+)\|([ta])\|(.*)")
FORM = "a citation is PMID|t|title, PMID|a|abstract and lines of PMID, start, end, mention, type parted by tabs"


def read_pubtator(file: Path, entry: Entry, options: SpanOptions, folder: Path) -> Iterator[Sentence | Noticed]:
    """Sentences, citation by citation. Title and abstract are apart: no sentence runs from one into the other.

    Offsets count the characters of title, one line end, abstract. Lines of relations (PMID, a word, ids) are passed over, counted.
    """
    for block in _blocks(file):
        yield from _citation(block, options, file)


def _blocks(file: Path) -> Iterator[list[tuple[int, str]]]:
    """The lines of each citation with their numbers; a blank line ends one."""
    block: list[tuple[int, str]] = []
    with open_text(file) as text:
        for number, line in enumerate([*text, ""], start=1):
            line = line.rstrip("\r\n")
            if line.strip():
                block.append((number, line))
            elif block:
                yield block
                block = []


def _citation(block: list[tuple[int, str]], options: SpanOptions, file: Path) -> Iterator[Sentence | Noticed]:
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
            passages[match[2]] = match[3]
        elif len(fields) > 3 and fields[1][:1].isalpha():
            relations += 1
        else:
            annotations.append(_annotation(fields, passages, file, place))
    if "t" not in passages:
        raise InputError("a citation without a title", file=file, place=f"line {block[0][0]}", fix=FORM)
    yield from tagged(_parts(passages), annotations, options, file)
    if relations:
        yield Noticed("relations_passed_over", relations)


def _parts(passages: dict[str, str]) -> list[str]:
    return [passages.get("t", ""), passages.get("a", "")]


def _annotation(fields: list[str], passages: dict[str, str], file: Path, place: str) -> Annotation:
    if len(fields) < 5 or not (fields[1].isdecimal() and fields[2].isdecimal()):
        raise InputError("no line of a PubTator file", file=file, place=place, fix=FORM)
    start, end, mention, kind = int(fields[1]), int(fields[2]), fields[3], fields[4]
    check_mention(mention, "\n".join(_parts(passages))[start:end], file, place)
    return Annotation(kind, ((start, end),), place)
