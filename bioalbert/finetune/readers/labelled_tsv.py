"""Texts, or pairs of texts, with one label a row."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers.common import Indices, check_label, rows


@dataclass(frozen=True)
class TsvOptions:
    """Options of the format labelled-tsv.

    columns: what each column is: text, label, index, text_b, or "-" for one that is left out. header: the first row names the columns.
    labels: {label in the file: label of the catalogue} where they differ. pair: where one column holds both texts, a regular expression
    for it, whose two groups they are.
    """

    columns: tuple[str, ...] = ("text", "label")
    header: bool = False
    labels: dict = field(default_factory=dict)
    pair: str = ""


def read_labelled_tsv(file: Path, entry: Entry, options: TsvOptions, folder: Path) -> Iterator[Relation]:
    indices = Indices()
    is_data = (lambda fields: _label(fields, options) in entry.labels) if options.header else None
    for row, (number, fields) in enumerate(rows(file, options.columns, is_data)):
        label = _label(fields, options)
        check_label(label, entry, file, number)
        text, text_b = _texts(fields, options, file, number)
        index = indices.new(fields.get("index", str(row)), (text, text_b), file, number)
        yield Relation(index, text, label, text_b)


def _label(fields: dict[str, str], options: TsvOptions) -> str:
    return options.labels.get(fields["label"], fields["label"])


def _texts(fields: dict[str, str], options: TsvOptions, file: Path, line: int) -> tuple[str, str | None]:
    if not options.pair:
        return fields["text"], fields.get("text_b")
    match = re.fullmatch(options.pair, fields["text"])
    if not match:
        raise InputError(f"not a text of the form {options.pair}", file=file, place=f"line {line}")
    return match[1], match[2]
