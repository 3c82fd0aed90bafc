"""Questions as SQuAD 1.1's JSON, for this program and others: those of BioASQ's own JSON among them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import write_json
from bioalbert.finetune.examples import Question
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, read_golden, read_questions
from bioalbert.finetune.readers.bioasq import abstracts, over_contexts, pmids_of, questions_of


def convert(source: Path, output: Path, kind: str, documents: Sequence[Path], without: Sequence[Path], training: bool) -> dict[str, int]:
    """Writes the questions of a type over their snippets, or over the abstracts that document shards hold; returns counts.

    training: as BioBERT's authors made their training files, an example for each place of an answer and none for a context without
    one; else an example a context, with all places. Ids are BioASQ's with `_000`, ... behind them.
    Raises InputError where there is nothing to write.
    """
    left_out = {question["id"] for file in without for question in read_golden(file)}
    held = questions_of(source, kind)
    questions = [question for question in held if question["id"] not in left_out]
    if not questions:
        problem = f"none of its {len(held)} {kind} questions is left" if held else f"no {kind} question among its {_types(source)}"
        raise InputError(problem, file=source, fix="give other files to --without" if held else "choose another --type")
    known = _abstracts(documents, {pmid for question in questions for pmid in pmids_of(question)})
    contexts = [abstracts(question, known) for question in questions]
    found = [one for question, texts in zip(questions, contexts) for one in over_contexts(question, texts)]
    examples = _one_answer_each(found) if training else found
    if not examples:
        lack = "has an answer that stands in a context" if found else "has a context"
        fix = "give shards that hold their documents with --documents"
        raise InputError(f"none of its {len(questions)} {kind} questions {lack}; it holds {_types(source)}", file=source, fix=fix)
    write_squad(examples, source.stem, output)
    answered = {example.id[:QUESTION_ID] for example in found if example.answers}
    return {
        "questions": len(questions),
        "of them without an answer in any context": len(questions) - len(answered),
        "contexts": len(found),
        "of them without an answer": sum(not example.answers for example in found),
        "of them abstracts": sum(example.context in set(known.values()) for example in found) if known else 0,
        "examples written": len(examples),
    }


def write_squad(examples: Sequence[Question], title: str, file: Path) -> None:
    """Writes the examples as one article of SQuAD's."""
    write_json(file, {"version": "1.1", "data": [{"title": title, "paragraphs": [_paragraph(example) for example in examples]}]})


def _types(file: Path) -> str:
    """How many questions of which types a file holds."""
    counts = Counter(str(question.get("type", "untyped")) for question in read_questions(file))
    return ", ".join(f"{number} {kind}" for kind, number in counts.items()) or "0 questions"


def _one_answer_each(examples: Sequence[Question]) -> list[Question]:
    """As many examples as answers, numbered anew within each question."""
    numbers: dict[str, int] = {}
    found = []
    for example in examples:
        key = example.id[:QUESTION_ID]
        for answer in example.answers:
            number = numbers[key] = numbers.get(key, -1) + 1
            found.append(Question(f"{key}_{number:03d}", example.question, example.context, (answer,)))
    return found


def _paragraph(example: Question) -> dict:
    answers = [{"text": text, "answer_start": start} for text, start in example.answers]
    return {"context": example.context, "qas": [{"id": example.id, "question": example.question, "answers": answers}]}


def _abstracts(shards: Sequence[Path], wanted: set[str]) -> dict[str, str]:
    """{PMID: title and abstract} of the wanted citations in document shards; articles of PMC hold more than an abstract, and are left."""
    if not shards:
        return {}
    from bioalbert.corpus.documents import read_batches

    rows = (row for batch in read_batches(shards, ["source", "pmid", "sentences"]) for row in batch.to_pylist())
    return {row["pmid"]: " ".join(row["sentences"]) for row in rows if row["source"] == "pubmed" and row["pmid"] in wanted}
