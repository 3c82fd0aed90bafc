"""MIMIC-III's NOTEEVENTS.csv(.gz) to documents. The notes are under a data use agreement: no message here holds any of their text."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

from bioalbert.corpus.documents import Document, Drop
from bioalbert.corpus.sentences import document
from bioalbert.errors import InputError
from bioalbert.files import open_text

LICENCE = "PhysioNet Credentialed Health Data License 1.5.0"
COLUMNS = ("ROW_ID", "ISERROR", "TEXT")
LONGEST_NOTE = 100_000_000  # characters; Python's csv stops at 131,072, which some discharge summaries exceed

BROKEN = "broken row"

BRACKET = re.compile(r"\[\*\*(.*?)\*\*\]", re.DOTALL)
# Within a bracket: what stands in parentheses, and numbers joined to or behind words ("Hospital1 18", "Name (NI) 2").
SERIAL = re.compile(r"\([^)]*\)|(?<=[A-Za-z])\d+|(?<![\w-])\d+(?![\w-])")
BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*)+")
# "HISTORY OF PRESENT ILLNESS:" at the start of a line (text may follow), or "Past Medical History:" alone on its line.
HEAD = re.compile(r"^[ \t]*(?:([A-Z][A-Z /&,()'-]*[A-Z)]):[ \t]*|([A-Z][A-Za-z /&,()'-]{2,60}):[ \t]*$)", re.MULTILINE)
# A paragraph that is one short line in capitals: a head without a colon.
BARE_HEAD = re.compile(r"[A-Z][A-Z /&,()'-]{2,60}")


def read(file: Path, drop: Drop) -> Iterator[Document]:
    """The documents of all notes that are not marked as errors; what is left out is told to `drop` by its ROW_ID.

    Raises InputError for missing columns or broken CSV.
    """
    csv.field_size_limit(LONGEST_NOTE)
    with open_text(file) as stream:
        rows = csv.DictReader(stream, strict=True)
        try:
            _check(rows.fieldnames or [], file)
            for number, row in enumerate(rows, start=1):
                found = _document(row)
                if isinstance(found, Document):
                    yield found
                else:
                    drop(f"{file.name}#{number}" if found == BROKEN else f"mimic:{row['ROW_ID']}", found)
        except csv.Error as error:
            fix = "get the file again"
            raise InputError(f"broken CSV ({error})", file=file, place=f"line {rows.reader.line_num}", fix=fix) from None


def _check(columns: list[str], file: Path) -> None:
    missing = [column for column in COLUMNS if column not in columns]
    if missing:
        fix = f"give NOTEEVENTS.csv.gz of MIMIC-III v1.4, whose columns include {', '.join(COLUMNS)}"
        raise InputError(f"no column {', '.join(missing)}", file=file, place="line 1", fix=fix)


def _document(row: dict[str | None, str | None]) -> Document | str:
    """The note's document, or the reason why there is none."""
    if None in row or row["TEXT"] is None or not (row["ROW_ID"] or "").isdecimal():  # None: the key of fields beyond the columns
        return BROKEN
    if row["ISERROR"] == "1":
        return "marked as an error"
    text = document(f"mimic:{row['ROW_ID']}", "", paragraphs(row["TEXT"]), source="mimic", licence=LICENCE, restricted=True)
    return text or "no text"


def paragraphs(note: str) -> Iterator[tuple[str, str]]:
    """(section head, paragraph) of a note. A head is the label of what follows it and no sentence itself; lines are joined.

    De-identification brackets become their words without serial numbers: "[**Hospital1 18**]" -> "Hospital",
    "[**First Name8 (NamePattern2) 3**]" -> "First Name"; dates and bare numbers stay: "[**2101-10-20**]" -> "2101-10-20".
    """
    label = ""
    for block in BLANK_LINES.split(BRACKET.sub(_words, note.replace("\r\n", "\n"))):
        block = block.strip()
        if BARE_HEAD.fullmatch(block):
            label = block
            continue
        start = 0
        for head in HEAD.finditer(block):
            yield label, block[start : head.start()]
            label, start = (head[1] or head[2]).strip(), head.end()
        yield label, block[start:]


def _words(bracket: re.Match) -> str:
    inside = bracket[1]
    if re.search("[A-Za-z]", inside):
        inside = SERIAL.sub("", inside)
    return " ".join(inside.split())
