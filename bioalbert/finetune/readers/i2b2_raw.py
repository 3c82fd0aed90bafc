"""The i2b2 2010 corpus as n2c2 gives it out: archives of notes (.txt), concepts (.con) and relations (.rel)."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path, PurePosixPath
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Noticed, Relation
from bioalbert.finetune.readers.archives import members
from bioalbert.finetune.readers.common import Indices, check_label, present
from bioalbert.finetune.readers.marking import Mention, marked

NO_RELATION = "false"
DEV_EVERY = 10  # every tenth note of the training archive, in the order of their names, is for choosing: 17 of 170
SPAN = r'c="(?P<text{0}>.*)" (?P<line{0}>\d+):(?P<start{0}>\d+) (?P<last{0}>\d+):(?P<end{0}>\d+)'
CONCEPT = re.compile(SPAN.format(1) + r'\|\|t="(?P<type>problem|test|treatment)"')
RELATION = re.compile(SPAN.format(1) + r'\|\|r="(?P<label>\w+)"\|\|' + SPAN.format(2))


@dataclass(frozen=True)
class I2b2Options:
    """Options of the format i2b2-raw. texts: the archive of the notes, where they are not in that of the concepts.

    part: all notes, those for choosing (dev: every tenth by name), or the others (train).
    """

    texts: str | None = None
    part: Literal["all", "train", "dev"] = "all"


def read_i2b2_raw(file: Path, entry: Entry, options: I2b2Options, folder: Path) -> Iterator[Relation | Noticed]:
    """Every two concepts of a line, marked @problem$, @test$, @treatment$; one row for each of a pair's labels.

    The index is NOTE.NOTE.con.lI.NOTE.con.lJ, I and J the concepts' lines from 0, as BLUE's script has it. Noticed are relations between
    concepts that the .con file lacks, which no row can hold.
    """
    concepts, relations = _by_note(file, ".con"), _by_note(file, ".rel")
    texts = _by_note(present(entry, folder / options.texts) if options.texts else file, ".txt")
    lost = 0
    for place, note in enumerate(sorted(concepts)):
        dev = place % DEV_EVERY == DEV_EVERY - 1
        if options.part == "all" or dev == (options.part == "dev"):
            if note not in texts:
                raise InputError(f"no note {note}.txt", file=folder / (options.texts or file.name), fix="take the published archive")
            found, missed = _note(note, texts[note], concepts[note], relations.get(note, ""), entry, file)
            lost += missed
            yield from found
    if lost:
        yield Noticed("relations_not_between_concepts_of_a_line", lost)


def _by_note(archive: Path, suffix: str) -> dict[str, str]:
    """{name of the note: text} of the archive's files of a kind."""
    found: dict[str, str] = {}
    for name, text in members(archive, f"*{suffix}").items():
        note = PurePosixPath(name).stem
        if note in found:
            raise InputError(f"two files {note}{suffix}", file=archive, place=name, fix="take the published archive")
        found[note] = text
    return found


def _note(note: str, text: str, concepts: str, relations: str, entry: Entry, file: Path) -> tuple[list[Relation], int]:
    """The rows of one note, and how many of its relations none of them holds."""
    lines = text.split("\n")
    mentions = _concepts(note, lines, concepts, file)
    labels = _relations(note, lines, relations, mentions, entry, file)
    given = len([line for line in relations.split("\n") if line.strip()])
    indices, found, held = Indices(), [], 0
    for line, there in sorted(mentions.items()):
        for first, second in combinations(there, 2):
            sentence = marked(lines[line], first, second, f"{first.mark}-{second.mark}", touching=True)
            known = labels.get(frozenset((first, second)), [])
            held += len(known)
            for label in known or [NO_RELATION]:
                index = indices.new(f"{note}.{first.id}.{second.id}", (sentence,), file, note)
                found.append(Relation(index, sentence, label))
    return found, given - held


def _concepts(note: str, lines: list[str], concepts: str, file: Path) -> dict[int, list[Mention]]:
    """{line from 0: its concepts}"""
    found = defaultdict(list)
    for number, match in _matches(CONCEPT, concepts, file, f"{note}.con"):
        line, start, end = _span(match, "1", lines, file, f"{note}.con line {number + 1}")
        found[line].append(Mention(f"{note}.con.l{number}", start, end, match["type"]))
    return found


def _relations(
    note: str, lines: list[str], relations: str, mentions: dict[int, list[Mention]], entry: Entry, file: Path
) -> dict[frozenset[Mention], list[str]]:
    """{two concepts: the labels of their relations}; a relation of what is no concept is left out."""
    concepts = {(line, one.start, one.end): one for line, found in mentions.items() for one in reversed(found)}
    found = defaultdict(list)
    for number, match in _matches(RELATION, relations, file, f"{note}.rel"):
        place = f"{note}.rel line {number + 1}"
        check_label(match["label"], entry, file, place)
        ends = [concepts.get(_span(match, which, lines, file, place)) for which in "12"]
        if None not in ends:
            found[frozenset(ends)].append(match["label"])
    return found


def _matches(pattern: re.Pattern, text: str, file: Path, name: str) -> Iterator[tuple[int, re.Match]]:
    """(line from 0, match) of each line that is not blank."""
    for number, line in enumerate(text.split("\n")):
        if not line.strip():
            continue
        match = pattern.match(line)
        if not match:
            fix = 'a line is c="TEXT" LINE:WORD LINE:WORD||t="TYPE", or with ||r="LABEL"||c="..."'
            raise InputError("not a concept or relation of i2b2", file=file, place=f"{name} line {number + 1}", fix=fix)
        yield number, match


def _span(match: re.Match, which: str, lines: list[str], file: Path, place: str) -> tuple[int, int, int]:
    """(line from 0, start, end) of "c=... LINE:WORD LINE:WORD", lines from 1; words from 0 are what white space parts, and where a line
    begins with white space its word 0 is empty."""
    line, start, last, end = (int(match[name + which]) for name in ("line", "start", "last", "end"))
    if line != last or not 1 <= line <= len(lines):
        raise InputError("not on one line of the note", file=file, place=place)
    words = [(word.start(), word.end()) for word in re.finditer(r"\S+", lines[line - 1])]
    if lines[line - 1][:1].isspace():
        words.insert(0, (0, 0))
    if not start <= end < len(words):
        raise InputError(f"the note has no words {start} to {end} on line {line}", file=file, place=place)
    return line - 1, words[start][0], words[end][1]
