"""What the readers share: rows of a table, labels held against the catalogue, a file that must be there."""

from collections.abc import Iterator
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError, nearest
from bioalbert.files import open_text


def present(entry: Entry, file: Path) -> Path:
    """The file. Raises InputError with the way to get it when it is not there."""
    if file.is_file():
        return file
    fix = f"run: bioalbert download {entry.id}" if entry.files else f"it is not public: apply at {entry.apply} and put it there"
    raise InputError("no such file", file=file, fix=fix)


def rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line number (from 1) and the named fields of each row that is not blank. Quotes are letters like any other."""
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if fields == [""]:
                continue
            if len(fields) != len(columns):
                problem = f"{len(fields)} columns where {len(columns)} are expected"
                raise InputError(problem, file=file, place=f"line {number}", fix="a row is " + "<TAB>".join(columns))
            yield number, dict(zip(columns, fields))


def check_label(label: str, entry: Entry, file: Path, line: int) -> None:
    """Raises InputError for a label that is not the entry's."""
    if label not in entry.labels:
        problem = f"the label {label!r} is not in the catalogue's {entry.id}"
        raise InputError(problem, file=file, place=f"line {line}", fix=nearest(label, entry.labels))
