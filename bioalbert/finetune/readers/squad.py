"""Questions over contexts, as SQuAD 1.1 and BioBERT's BioASQ files hold them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import read_json
from bioalbert.finetune.examples import Question
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, read_golden
from bioalbert.finetune.readers.common import present


@dataclass(frozen=True)
class SquadOptions:
    """Options of the format squad. without: golden files beside it whose questions are left out (to keep test questions from training)."""

    without: tuple[str, ...] = ()


def read_squad(file: Path, entry: Entry, options: SquadOptions, folder: Path) -> Iterator[Question]:
    left_out = held_out(options.without, entry, folder)
    value = read_json(file)
    try:
        paragraphs = [paragraph for article in value["data"] for paragraph in article["paragraphs"]]
        rows = [(paragraph["context"], item) for paragraph in paragraphs for item in paragraph["qas"]]
        for context, item in rows:
            if item["id"][:QUESTION_ID] not in left_out:
                answers = tuple(_answer(answer, context, file, item["id"]) for answer in item.get("answers", ()))
                yield Question(item["id"], item["question"], context, answers)
    except (KeyError, TypeError) as error:
        fix = "SQuAD's shape is data[].paragraphs[].{context, qas[].{id, question, answers[].{text, answer_start}}}"
        raise InputError(f"not SQuAD's JSON ({error!r})", file=file, fix=fix) from None


def held_out(names: Sequence[str], entry: Entry, folder: Path) -> set[str]:
    """The ids of all questions of golden files in `folder`."""
    return {question["id"] for name in names for question in read_golden(present(entry, folder / name))}


def _answer(answer: dict, context: str, file: Path, key: str) -> tuple[str, int]:
    """An answer as it stands in the context; a file may write it in another letter case, but not at another place."""
    start = answer["answer_start"]
    text = context[start : start + len(answer["text"])]
    if not text or text.lower() != answer["text"].lower():
        raise InputError(f"the answer is not at answer_start {start}", file=file, place=f"question {key}", fix="mend answer_start")
    return text, start
