"""Texts with any number of labels, a row each."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Labelled
from bioalbert.finetune.readers.common import Indices, check_label, rows


@dataclass(frozen=True)
class MultiLabelOptions:
    """Options of the format multi-label-tsv.

    columns: what each column is: text, label, index, or "-" for one that is left out. header: the first row names the columns.
    separator: between a row's labels. labels: {label in the file: label of the catalogue} where they differ. none: what stands in the
    file for no label.
    """

    columns: tuple[str, ...] = ("index", "text", "label")
    header: bool = False
    separator: str = ";"
    labels: dict = field(default_factory=dict)
    none: str = ""


def read_multi_label_tsv(file: Path, entry: Entry, options: MultiLabelOptions, folder: Path) -> Iterator[Labelled]:
    indices = Indices()
    is_data = (lambda fields: not set(_labels(fields, options)) - set(entry.labels)) if options.header else None
    for row, (number, fields) in enumerate(rows(file, options.columns, is_data)):
        labels = _labels(fields, options)
        for label in labels:
            check_label(label, entry, file, number)
        if len(set(labels)) != len(labels):
            raise InputError("a label stands there twice", file=file, place=f"line {number}")
        index = indices.new(fields.get("index", str(row)), (fields["text"],), file, number)
        yield Labelled(index, fields["text"], tuple(label for label in entry.labels if label in labels))


def _labels(fields: dict[str, str], options: MultiLabelOptions) -> list[str]:
    found = [] if fields["label"] == options.none else fields["label"].split(options.separator)
    return [options.labels.get(label, label) for label in found]
