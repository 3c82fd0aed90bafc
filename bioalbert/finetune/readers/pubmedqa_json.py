"""PubMedQA-L: questions that an abstract answers with yes, no or maybe."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import read_json
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers.common import check_label, present


@dataclass(frozen=True)
class PubmedqaOptions:
    """Options of the format pubmedqa-json. truth: the file beside it that names the test questions and their answers.

    dev: the PMIDs of the questions for choosing. part: which questions are read; train are all the others.
    """

    truth: str
    dev: tuple[str, ...]
    part: Literal["train", "dev", "test"]


def read_pubmedqa_json(file: Path, entry: Entry, options: PubmedqaOptions, folder: Path) -> Iterator[Relation]:
    """The question and, as the second text, the abstract without its conclusion; the index is the PMID.

    The truth file itself, {PMID: answer}, is a test part without texts: enough to score predictions.
    """
    questions = read_json(file)
    if options.part == "test" and all(isinstance(answer, str) for answer in questions.values()):
        for pmid, answer in questions.items():
            check_label(answer, entry, file, pmid)
            yield Relation(pmid, "", answer, "")
        return
    truth = read_json(present(entry, folder / options.truth))
    parts = dict.fromkeys(options.dev, "dev") | dict.fromkeys(truth, "test")
    if missing := sorted(set(parts) - set(questions)):
        raise InputError(f"no question {missing[0]}", file=file, fix=f"take the release that {options.truth} is of")
    for pmid, question in questions.items():
        if parts.get(pmid, "train") != options.part:
            continue
        try:
            label, text, context = question["final_decision"], question["QUESTION"], " ".join(question["CONTEXTS"])
        except (KeyError, TypeError) as error:
            raise InputError(
                f"not a question ({error!r})", file=file, place=pmid, fix="it has QUESTION, CONTEXTS, final_decision"
            ) from None
        check_label(label, entry, file, pmid)
        if truth.get(pmid, label) != label:
            raise InputError(f"{label!r} here, {truth[pmid]!r} in {options.truth}", file=file, place=pmid, fix="take both from one release")
        yield Relation(pmid, text, label, context)
