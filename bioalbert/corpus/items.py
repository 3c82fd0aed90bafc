"""The items of benchmark data sets as an audit sees them: their passages and the PubMed citations that they were taken from."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.corpus.words import words_in
from bioalbert.finetune import readers
from bioalbert.finetune.examples import Example, Question
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID

PUBMED_URL = re.compile(r"ncbi\.nlm\.nih\.gov/pubmed/(\d+)")


@dataclass(frozen=True)
class Item:
    """A sentence, a text or a question's context of a data set. fold: 0 without folds. number: from 0, in the order of the files."""

    fold: int
    number: int
    passages: tuple[str, ...]
    pmids: frozenset[int]


def items_of(entry: Entry, protocol: str, split: Literal["train", "dev", "test"], folder: Path) -> list[Item]:
    """All items of a split, over all folds. folder: data/raw/ENTRY. Raises InputError as bioalbert.finetune.readers does."""
    return list(_items(entry, protocol, split, folder))


def _items(entry: Entry, protocol: str, split: str, folder: Path) -> Iterator[Item]:
    snippets = _snippets(entry, protocol, folder) if entry.task == "qa" else {}
    for fold in range(1, entry.folds_of(protocol) + 1) or [0]:
        for number, example in enumerate(readers.read(entry, protocol, split, folder, fold)):
            yield Item(fold, number, _passages(example), _index_pmid(entry, example) | _context_pmids(example, snippets))


def _passages(example: Example) -> tuple[str, ...]:
    return (example.context,) if isinstance(example, Question) else example.texts


def _index_pmid(entry: Entry, example: Example) -> frozenset[int]:
    """The citation that the example's index names, where the entry says that it does."""
    match = re.match(entry.pmid, example.index) if entry.pmid else None
    return frozenset([int(match[1])] if match else [])


def _snippets(entry: Entry, protocol: str, folder: Path) -> dict[str, list[tuple[int, str]]]:
    """BioASQ's question id -> (PMID, words) of each snippet that its golden file quotes."""
    return {
        question["id"]: [
            (int(url[1]), " ".join(words_in(snippet["text"])))
            for snippet in question.get("snippets", ())
            if (url := PUBMED_URL.search(snippet["document"]))
        ]
        for batch in readers.golden(entry, protocol, folder)
        for question in batch
    }


def _context_pmids(example: Example, snippets: dict[str, list[tuple[int, str]]]) -> frozenset[int]:
    """The citations whose snippets stand in a question's context: a question has many citations, its context is one of them."""
    if not isinstance(example, Question):
        return frozenset()
    context = " ".join(words_in(example.context))
    return frozenset(pmid for pmid, snippet in snippets.get(example.id[:QUESTION_ID], ()) if snippet and snippet in context)
