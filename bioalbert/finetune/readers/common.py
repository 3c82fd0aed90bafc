"""What the readers share: rows of a table, labels held against the catalogue, a file that must be there."""

import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError, nearest
from bioalbert.files import open_text

ARCHIVES = re.compile(r"\.(zip|tar|tar\.gz|tgz|tar\.bz2)$")


class Absent(InputError):
    """A file of a data set is not there."""


def found(file: Path) -> Path | None:
    """The file or folder, or the folder beside it that an archive of that name was unpacked to; None where neither is."""
    unpacked = file.with_name(ARCHIVES.sub("", file.name))
    return next((path for path in (file, unpacked) if path.exists()), None)


def present(entry: Entry, file: Path) -> Path:
    """The file, as `found` finds it. Raises Absent with the way to get it when it is not there."""
    if there := found(file):
        return there
    fix = "put it there"
    if entry.files and file.name not in entry.supplied:
        fix = f"run: bioalbert download {entry.id}"
    elif entry.apply:
        fix = f"it is not public: apply at {entry.apply} and put it there"
    raise Absent("no such file", file=file, fix=fix)


def rows(
    file: Path, columns: tuple[str, ...], is_data: Callable[[dict[str, str]], bool] | None = None, quoted: bool = False
) -> Iterator[tuple[int, dict[str, str]]]:
    """The line number (from 1) and the named fields of each row that is not blank.

    is_data: given where the first row is a header, which is left out; tells it from a row of data. quoted: fields may stand in double
    quotes, as in CSV, else quotes are letters like any other. Raises InputError for another number of columns and a missing header.
    """
    for number, fields in _split(file, quoted):
        if len(fields) != len(columns):
            problem = f"{len(fields)} columns where {len(columns)} are expected"
            raise InputError(problem, file=file, place=f"line {number}", fix="a row is " + "<TAB>".join(columns))
        row = dict(zip(columns, fields))
        if number > 1 or is_data is None:
            yield number, row
        elif is_data(row):
            raise InputError("the header row is missing", file=file, place="line 1", fix="name the columns " + ", ".join(columns))


def _split(file: Path, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    with open_text(file) as text:
        if quoted:
            table = csv.reader(text, delimiter="\t")
            yield from ((table.line_num, fields) for fields in table if fields)
            return
        for number, line in enumerate(text, start=1):
            if line := line.rstrip("\r\n"):
                yield number, line.split("\t")


class Indices:
    """The indices of a set's rows, all different: predictions are joined to the gold labels by them."""

    def __init__(self):
        self._met: dict[str, tuple[tuple[str, ...], int]] = {}  # the texts that an index stands for, and in how many rows

    def new(self, index: str, texts: tuple[str, ...], file: Path, place: int | str) -> str:
        """The index; with /2, /3 ... behind it where its texts come again, as those of a pair that has two labels do.

        Raises InputError when it stands for two different texts.
        """
        first, count = self._met.get(index, (texts, 0))
        if first != texts:
            raise InputError(f"the index {index!r} stands there twice", file=file, place=_place(place))
        self._met[index] = texts, count + 1
        return f"{index}/{count + 1}" if count else index


def check_label(label: str, entry: Entry, file: Path, place: int | str) -> None:
    """Raises InputError for a label that is not the entry's. place: a line number, or other words for where it is."""
    if label not in entry.labels:
        problem = f"the label {label!r} is not in the catalogue's {entry.id}"
        raise InputError(problem, file=file, place=_place(place), fix=nearest(label, entry.labels))


def _place(place: int | str) -> str:
    return f"line {place}" if isinstance(place, int) else place
