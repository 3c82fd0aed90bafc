"""BioASQ's own JSON (training, golden and test files of any year): questions over their snippets, or over whole abstracts."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Question, Relation
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, check_golden, items_of, read_questions, verdict
from bioalbert.finetune.readers.squad import held_out

PMID = re.compile(r"/pubmed/(\d+)")


@dataclass(frozen=True)
class BioasqOptions:
    """Options of the format bioasq-json.

    type: which questions are read. without: golden files beside it whose questions are left out (to keep test questions from training).
    """

    type: Literal["factoid", "list", "yesno"] = "factoid"
    without: tuple[str, ...] = ()


def read_bioasq(file: Path, entry: Entry, options: BioasqOptions, folder: Path) -> Iterator[Question | Relation]:
    """A Question for each snippet of each factoid or list question, a pair (question, snippet) labelled "yes" or "no" for yesno."""
    left_out = held_out(options.without, entry, folder)
    for question in questions_of(file, options.type):
        if question["id"] in left_out:
            continue
        contexts = [snippet["text"] for snippet in question["snippets"]]
        yield from pairs(question, contexts) if options.type == "yesno" else over_contexts(question, contexts)


def questions_of(file: Path, kind: str) -> list[dict]:
    """The file's questions of one type. Raises InputError for one without an id of BioASQ's, a body or snippets that are texts, and for an
    answer that is none of its type."""
    found = []
    for question in read_questions(file):
        place = f"question {question['id']}"
        if len(question["id"]) != QUESTION_ID:
            raise InputError(f"its id does not have {QUESTION_ID} characters", file=file, place=place)
        if question.get("type") != kind:
            continue
        snippets = question.setdefault("snippets", [])
        texts = [one.get("text") if isinstance(one, dict) else None for one in snippets] if isinstance(snippets, list) else [None]
        if not isinstance(question.get("body"), str) or not all(isinstance(text, str) for text in texts):
            raise InputError("no body, or a snippet without text", file=file, place=place, fix="give a file of BioASQ's task B")
        if "exact_answer" in question:
            check_golden(question, file)
        found.append(question)
    return found


def over_contexts(question: dict, contexts: list[str]) -> list[Question]:
    """The question over each context, with every place where one of its answers stands; without any in a test file."""
    strings = [text for item in items_of(question.get("exact_answer", [])) for text in item]
    return [
        Question(f"{question['id']}_{number:03d}", question["body"], context, places(strings, context))
        for number, context in enumerate(contexts)
    ]


def pairs(question: dict, contexts: list[str]) -> list[Relation]:
    """The question with each context; the label is "" in a test file."""
    label = verdict(question.get("exact_answer", ""))
    return [Relation(f"{question['id']}_{number:03d}", question["body"], label, context) for number, context in enumerate(contexts)]


def places(strings: list[str], context: str) -> tuple[tuple[str, int], ...]:
    """(text, start) of all occurrences of the strings: as they stand in the context, whatever their letter case, never inside a word.

    So BioBERT's authors made their files, as far as their 7b file shows: it has the same places in 1,072 of 1,115 snippets of the golden
    files of 4b to 6b that it shares with them; most of the others have snippets that changed between the years.
    """
    found = dict.fromkeys((match[0], match.start()) for text in strings if text.strip() for match in _whole(text).finditer(context))
    return tuple(found)


def _whole(text: str) -> re.Pattern:
    """Matches the text where no letter or digit goes on at an end that is one."""
    before, after = ("(?<!\\w)" if text[0].isalnum() else ""), ("(?!\\w)" if text[-1].isalnum() else "")
    return re.compile(before + re.escape(text) + after, re.IGNORECASE)


def abstracts(question: dict, known: Mapping[str, str]) -> list[str]:
    """The question's contexts where whole abstracts are wanted: the text of each of its documents, in their order; of a document that
    is not in `known` {PMID: title and abstract}, its snippets."""
    found = []
    for url in _documents_of(question):
        text = known.get(_pmid(url))
        found += [text] if text else [snippet["text"] for snippet in question["snippets"] if snippet.get("document", "") == url]
    return found


def pmids_of(question: dict) -> set[str]:
    return {_pmid(url) for url in _documents_of(question)} - {""}


def _documents_of(question: dict) -> list[str]:
    """The addresses of the question's documents and of those of its snippets, each once."""
    return list(dict.fromkeys([*question.get("documents", ()), *(snippet.get("document", "") for snippet in question["snippets"])]))


def _pmid(url: str) -> str:
    match = PMID.search(url)
    return match[1] if match else ""
