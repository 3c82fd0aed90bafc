"""Sentences of words and BIO tags."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.finetune.examples import Sentence
from bioalbert.finetune.metrics.ner import read_tags
from bioalbert.finetune.readers.common import check_label


@dataclass(frozen=True)
class ConllOptions:
    """Options of the format conll. collapse: drop the types of typed tags (B-protein -> B)."""

    collapse: bool = False


def read_conll(file: Path, entry: Entry, options: ConllOptions, folder: Path) -> Iterator[Sentence]:
    for sentence in read_tags(file):
        tags = tuple(tag[0] for tag in sentence.tags) if options.collapse else sentence.tags
        for tag, line in zip(tags, sentence.lines):
            check_label(tag, entry, file, line)
        yield Sentence(sentence.words, tags)
