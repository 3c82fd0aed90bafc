"""Texts and annotations of their characters in files of their own: BRAT's .ann, and the pipe-delimited files of ShARe/CLEF eHealth.

Texts and annotations are folders, or archives read as they are: `NAME.zip` also stands for the folder `NAME` that it was unpacked to.
"""

import re
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import AGAIN
from bioalbert.finetune.examples import Noticed, Sentence
from bioalbert.finetune.readers.common import present
from bioalbert.finetune.readers.spans import Annotation, SpanOptions, check_mention, tagged

BRAT = re.compile(r"T\S*\t(\S+) (\d+ \d+(?:;\d+ \d+)*)\t(.*)")
BRAT_OTHERS = ("E", "R", "A", "M", "N", "*", "#")  # events, relations, attributes, normalisations, notes
PIPES = "||"


def read_standoff(file: Path, entry: Entry, options: SpanOptions, folder: Path) -> Iterator[Sentence | Noticed]:
    """Sentences, text by text in the order of their names. A text without a file of annotations is left out, counted."""
    texts = _members(file, (".txt",))
    if options.annotations is None:
        source, notes = file, _members(file, (".ann",))
    else:
        source = present(entry, folder / options.annotations)
        notes = _members(source, (".txt", ".ann"))
    for name in sorted(set(notes) - set(texts)):
        if PIPES in notes[name] or options.annotations is None:  # what else there is in an archive may be a list of files
            raise InputError(f"annotations of a text that is not in {file.name}", file=source, place=name, fix="give both or neither")
    for name, text in sorted(texts.items()):
        if name not in notes:
            yield Noticed("texts_without_annotations_left_out")
            continue
        yield from tagged([text], list(_annotations(name, notes[name], text, source)), entry, options, source)
        yield from (Noticed(what, number) for what, number in _others(notes[name]).items())


def _annotations(name: str, lines: str, text: str, source: Path) -> Iterator[Annotation]:
    for number, line in enumerate(lines.split("\n"), start=1):
        line, place = line.rstrip("\r"), f"{name}, line {number}"
        if PIPES in line:
            yield _pipe_delimited(line, name, source, place)
        elif match := BRAT.fullmatch(line):
            fragments = tuple((int(start), int(end)) for start, end in (pair.split() for pair in match[2].split(";")))
            check_mention(match[3], " ".join(text[start:end] for start, end in fragments), source, place)
            yield Annotation(match[1], fragments, place)
        elif line.strip() and not line.startswith(BRAT_OTHERS):
            fix = "a line is T1<TAB>TYPE START END[;START END]<TAB>mention, or FILE||TYPE||CUI||START||END[||START||END]"
            raise InputError("no annotation", file=source, place=place, fix=fix)


def _others(lines: str) -> Counter[str]:
    """What BRAT's lines hold besides text-bound annotations."""
    first = [line[0] for line in lines.split("\n") if line.startswith(BRAT_OTHERS) and PIPES not in line]
    return Counter("relations_passed_over" if kind == "R" else "other_lines_passed_over" for kind in first)


def _pipe_delimited(line: str, name: str, source: Path, place: str) -> Annotation:
    document, *fields = line.strip().split(PIPES)
    numbers = fields[2:]
    if len(numbers) < 2 or len(numbers) % 2 or not all(number.isdecimal() for number in numbers):
        raise InputError("no annotation", file=source, place=place, fix="a line is FILE||TYPE||CUI||START||END[||START||END]")
    if _stem(document) != name:
        raise InputError(f"an annotation of {document}", file=source, place=place, fix=f"annotations of {name} belong there")
    places = [int(number) for number in numbers]
    return Annotation(fields[0], tuple(zip(places[::2], places[1::2])), place)


def _members(path: Path, suffixes: tuple[str, ...]) -> dict[str, str]:
    """{name without suffix: text} of the files with such a suffix in a folder or an archive, at any depth."""
    found: dict[str, str] = {}
    for name, content in _contents(path, suffixes):
        stem = _stem(name.name)
        if stem in found:
            raise InputError(f"two files of the name {name.name}", file=path, fix="leave one of them out")
        try:
            found[stem] = content.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise InputError(f"not UTF-8 ({error.reason})", file=path, place=str(name), fix="convert it to UTF-8") from None
    if not found:
        raise InputError(f"no {' or '.join(suffixes)} file in it", file=path, fix="give the folder or archive as its provider made it")
    return found


def _stem(name: str) -> str:
    return name.removesuffix(".ann").removesuffix(".txt").removesuffix(".pipe")


def _contents(path: Path, suffixes: tuple[str, ...]) -> Iterator[tuple[PurePosixPath, bytes]]:
    """The files of a folder, zip or tar whose names end in one of the suffixes; hidden ones (a Mac's) are none."""
    if path.is_dir():
        files = ((PurePosixPath(file.relative_to(path)), file.read_bytes) for file in path.rglob("*") if file.is_file())
        yield from _chosen(files, suffixes)
        return
    try:
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                yield from _chosen(((PurePosixPath(name), lambda name=name: archive.read(name)) for name in archive.namelist()), suffixes)
        else:
            with tarfile.open(path) as archive:
                members = (member for member in archive if member.isfile())
                yield from _chosen(((PurePosixPath(one.name), archive.extractfile(one).read) for one in members), suffixes)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError) as error:
        raise InputError(f"no readable folder, zip or tar ({error})", file=path, fix=AGAIN) from None


def _chosen(files: Iterator, suffixes: tuple[str, ...]) -> Iterator[tuple[PurePosixPath, bytes]]:
    for name, read in files:
        if name.suffix in suffixes and not any(part.startswith((".", "__MACOSX")) for part in name.parts):
            yield name, read()
