"""BioASQ's JSON files of task B: golden, training and test files, and submissions."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from bioalbert.errors import InputError, nearest
from bioalbert.files import read_json, write_json

Answer = str | list  # "yes"/"no", or [["first", ...], ["second", ...], ...] in order of rank
QUESTION_ID = 24  # characters of a BioASQ question id; the ids of its contexts go on after them
TYPES = ("factoid", "list", "yesno", "summary")


def read_golden(file: Path) -> list[dict]:
    """The questions of a BioASQ golden file: one batch. Raises InputError for another shape, and for an answer that is none of its type."""
    questions = read_questions(file)
    for question in questions:
        place = f"question {question['id']}"
        if "type" not in question:
            raise InputError("no type", file=file, place=place, fix="is it a golden file?")
        if question["type"] not in TYPES:
            raise InputError(f"the type {question['type']!r} is unknown", file=file, place=place, fix=nearest(str(question["type"]), TYPES))
        if question["type"] != "summary":
            if "exact_answer" not in question:
                raise InputError("no exact_answer", file=file, place=place, fix="give the golden file, not the test file")
            check_golden(question, file)
    return questions


def check_golden(question: dict, file: Path) -> None:
    """Raises InputError where the exact_answer of a factoid, list or yesno question is none of its type."""
    answer, place = question["exact_answer"], f"question {question['id']}"
    if question["type"] == "yesno":
        if not verdict(answer):
            raise InputError("exact_answer is neither yes nor no", file=file, place=place, fix='correct it: "yes" or "no"')
    elif not isinstance(answer, str | list) or not all(map(_is_texts, items_of(answer))):
        raise InputError(
            "exact_answer is neither a text nor a list of texts", file=file, place=place, fix='correct it: [["one", "synonym"]]'
        )


def read_submission(*files: Path, golden: Sequence[Sequence[dict]] = ()) -> dict[str, Answer]:
    """The answers {question id: exact answer} of a BioASQ submission, which may lie in several files (a run a type of questions).

    An exact_answer of null is none. golden: where it is known, each answer must be one of its question's type. Raises InputError for
    another shape or a question met twice.
    """
    types = {question["id"]: question["type"] for batch in golden for question in batch}
    answers: dict[str, Answer] = {}
    for file, question in ((one, question) for one in files for question in read_questions(one)):
        place, kind = f"question {question['id']}", types.get(question["id"])
        answer = question.get("exact_answer")
        if question["id"] in answers:
            raise InputError("it stands there twice", file=file, place=place)
        if kind == "summary":
            continue  # its answer is not an exact one
        if isinstance(answer, list) and not all(map(_is_texts, answer)):
            raise InputError("exact_answer is not a list of lists of texts", file=file, place=place, fix='write [["first"], ["second"]]')
        if answer is not None and not isinstance(answer, str | list):
            raise InputError("exact_answer is neither a text nor a list", file=file, place=place)
        if answer and kind == "yesno" and not isinstance(answer, str):
            raise InputError("a list answers a yes/no question", file=file, place=place, fix='write "yes" or "no"')
        if answer and kind in ("factoid", "list") and not isinstance(answer, list):
            raise InputError(f"a text answers a {kind} question", file=file, place=place, fix='write [["first"], ["second"]]')
        answers[question["id"]] = [] if answer is None else answer
    return answers


def _is_texts(item: object) -> bool:
    return isinstance(item, list) and all(isinstance(text, str) for text in item)


def write_submission(file: Path, golden: Sequence[Sequence[dict]], submission: Mapping[str, Answer]) -> None:
    """Writes {question id: exact answer} as BioASQ's submission JSON, in the order of the golden files."""
    questions = [question for batch in golden for question in batch if question["id"] in submission]
    told = [{key: question[key] for key in ("id", "type", "body") if key in question} for question in questions]
    write_json(file, {"questions": [one | {"exact_answer": submission[one["id"]]} for one in told]})


def read_questions(file: Path) -> list[dict]:
    """The questions of any file of BioASQ's: golden, training or test file, or a submission. Raises InputError for another shape."""
    value = read_json(file)
    questions = value.get("questions") if isinstance(value, dict) else None
    if not isinstance(questions, list):
        raise InputError("no list of questions in it", file=file, fix='BioASQ files look like {"questions": [{"id": ..., ...}]}')
    for number, question in enumerate(questions):
        if not isinstance(question, dict) or not isinstance(question.get("id"), str):
            raise InputError("no id", file=file, place=f"questions[{number}]")
    return questions


def verdict(answer: Answer) -> str:
    """The evaluator looks for "yes" and "no" anywhere in the lower-cased answer."""
    text = answer.lower() if isinstance(answer, str) else ""
    return next((kind for kind in ("yes", "no") if kind in text), "")


def items_of(answer: Answer) -> list[list[str]]:
    """Golden items, each a list of synonyms. Some years write an item as a plain string."""
    return [[item] if isinstance(item, str) else item for item in ([answer] if isinstance(answer, str) else answer)]
