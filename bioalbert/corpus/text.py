"""One's own text: .txt (one document a file) and .jsonl (one a line), packed or not, to documents."""

import json
from collections.abc import Iterator
from pathlib import Path

from bioalbert.corpus.documents import Document, Drop
from bioalbert.corpus.sentences import document
from bioalbert.corpus.splitter import BLANK_LINES
from bioalbert.errors import InputError
from bioalbert.files import PACKED, open_text


def read(file: Path, drop: Drop) -> Iterator[Document]:
    """The documents of one file, ids text:FILE#N (N: line of a .jsonl, 1 of a .txt). Paragraphs end at blank lines.

    Raises InputError for another kind of file, text that is not UTF-8, and a line that is no JSON object with a text.
    """
    for number, title, text in _lines(file) if _kind(file) == ".jsonl" else _whole(file):
        id, paragraphs = f"text:{file.name}#{number}", [("", paragraph) for paragraph in BLANK_LINES.split(text)]
        found = document(id, title, paragraphs, source="text", licence="")
        if found is None:
            drop(id, "no text")
        else:
            yield found


def _kind(file: Path) -> str:
    return Path(file.stem).suffix if file.suffix in PACKED else file.suffix


def _whole(file: Path) -> Iterator[tuple[int, str, str]]:
    if _kind(file) != ".txt":
        raise InputError("not a kind of text file that this reads", file=file, fix="give .txt or .jsonl (.gz, .zst)")
    with open_text(file) as stream:
        yield 1, "", stream.read()


def _lines(file: Path) -> Iterator[tuple[int, str, str]]:
    with open_text(file) as stream:
        for number, line in enumerate(stream, start=1):
            if not line.strip():
                continue
            try:
                record = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise InputError(f"not JSON ({error})", file=file, place=f"line {number}") from None
            values = (record.get("title", ""), record.get("text")) if isinstance(record, dict) else (None, None)
            if not all(isinstance(value, str) for value in values):
                fix = 'write {"text": "...", "title": "..."}, the title if there is one'
                raise InputError("no object with a text", file=file, place=f"line {number}", fix=fix)
            yield number, *values
