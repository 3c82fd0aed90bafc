"""Pairs of sentences in SNLI's JSON lines, as PhysioNet ships MedNLI."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import open_text
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers.common import Indices, check_label


@dataclass(frozen=True)
class NliOptions:
    """The format nli-jsonl has no options."""


def read_nli_jsonl(file: Path, entry: Entry, options: NliOptions, folder: Path) -> Iterator[Relation]:
    indices = Indices()
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            if not line.strip():
                continue
            try:
                pair = json.loads(line)
                index, first, second, label = (pair[key] for key in ("pairID", "sentence1", "sentence2", "gold_label"))
            except (ValueError, KeyError, TypeError) as error:
                fix = "a line is an object with pairID, sentence1, sentence2, gold_label"
                raise InputError(f"not a pair ({error!r})", file=file, place=f"line {number}", fix=fix) from None
            check_label(label, entry, file, number)
            yield Relation(indices.new(index, (first, second), file, number), first, label, second)
