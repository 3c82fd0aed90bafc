"""Texts, or pairs of texts, with one label a row."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers.common import check_label, rows


@dataclass(frozen=True)
class TsvOptions:
    """Options of the format labelled-tsv.

    columns: what each column is: text, label, index, text_b, or "-" for one that is left out. header: the first row names the columns.
    labels: {label in the file: label of the catalogue} where they differ.
    """

    columns: tuple[str, ...] = ("text", "label")
    header: bool = False
    labels: dict = field(default_factory=dict)


def read_labelled_tsv(file: Path, entry: Entry, options: TsvOptions, folder: Path) -> Iterator[Relation]:
    seen: set[str] = set()
    row = 0
    for number, fields in rows(file, options.columns):
        label = options.labels.get(fields["label"], fields["label"])
        if number == 1 and options.header:
            if label in entry.labels:
                raise InputError(
                    "the header row is missing", file=file, place="line 1", fix="name the columns " + ", ".join(options.columns)
                )
            continue
        check_label(label, entry, file, number)
        index = fields.get("index", str(row))
        if index in seen:
            raise InputError(f"the index {index!r} stands there twice", file=file, place=f"line {number}")
        seen.add(index)
        row += 1
        yield Relation(index, fields["text"], label, fields.get("text_b"))
