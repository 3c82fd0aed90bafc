"""A finished run on raw text: entities with their characters, relation labels, answers."""

import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import open_text, write_text
from bioalbert.finetune.examples import Question, Relation, Sentence
from bioalbert.finetune.metrics.ner import entities
from bioalbert.finetune.metrics.texts import Prediction, as_text
from bioalbert.finetune.run import load, opened, predictions
from bioalbert.finetune.tasks.texts import MARKER

WORD = re.compile(r"\w+|[^\w\s]")  # letters and digits together, every other sign alone, as the NER sets are tokenised


def predict(run: Path, source: Path, output: Path) -> int:
    """Writes the predictions of a run for the records of `source` to `output`; returns how many.

    NER: lines of text, or .jsonl with "text" -> jsonl, each record with "text" and "entities" [{"start", "end", "type", "text"}],
    characters of the text, end exclusive. RE: lines with marked entities (@GENE$) -> lines of number<TAB>label, numbers from 0.
    Inference and similarity: lines of text<TAB>text -> number<TAB>label, number<TAB>score. Classification: lines of text ->
    number<TAB>labels, joined by `;`. QA: .jsonl with "question" and "context" -> jsonl with "answers" [{"text", "probability"}].
    Blank lines are skipped.
    Raises InputError for a line that is not of that form.
    """
    record = opened(run)
    read, write = FORMS[record["task"]]
    inputs = list(read(source))
    network, task = load(run, record)
    examples = [example for _, example in inputs]
    found = predictions(network, task, examples)[0] if examples else []
    write_text(output, "".join(f"{line}\n" for line in write(inputs, found)))
    return len(inputs)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _records(file: Path, *keys: str) -> Iterator[dict]:
    """The objects of a .jsonl file. Raises InputError for a line that is no object or lacks one of the keys."""
    for number, line in _lines(file):
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in keys):
            wanted = ", ".join(f'"{key}": "..."' for key in keys)
            raise InputError("not an object with these texts", file=file, place=f"line {number}", fix=f"a line is {{{wanted}}}")
        yield record


def _read_texts(file: Path) -> Iterator[tuple[dict, Sentence]]:
    jsonl = Path(file).suffix == ".jsonl"
    for record in _records(file, "text") if jsonl else ({"text": line} for _, line in _lines(file)):
        words = tuple(WORD.findall(record["text"]))
        yield record, Sentence(words, ("O",) * len(words))


def _write_entities(inputs: Iterable[tuple[dict, Sentence]], found: Iterable[list[str]]) -> Iterator[str]:
    for (record, _), tags in zip(inputs, found, strict=True):
        text = record["text"]
        spans = [match.span() for match in WORD.finditer(text)]
        places = [(spans[first][0], spans[last - 1][1], kind) for first, last, kind in sorted(entities(tags))]
        named = [{"start": start, "end": end, "type": kind, "text": text[start:end]} for start, end, kind in places]
        yield json.dumps(record | {"entities": named}, ensure_ascii=False)


def _read_lines(file: Path) -> Iterator[tuple[int, Relation]]:
    for index, (_, line) in enumerate(_lines(file)):
        yield index, Relation(str(index), line, "")


def _read_relations(file: Path) -> Iterator[tuple[int, Relation]]:
    """As `_read_lines`; says how many lines hold no marked entity."""
    bare = 0
    for index, example in _read_lines(file):
        bare += MARKER.search(example.text) is None
        yield index, example
    if bare:
        fix = "put @GENE$ and the like, as the data set has it, where the two entities stand"
        print(f"{file}: {bare} line(s) without a marked entity: the model cannot know which two are meant; {fix}", file=sys.stderr)


def _read_pairs(file: Path) -> Iterator[tuple[int, Relation]]:
    for index, (number, line) in enumerate(_lines(file)):
        texts = line.split("\t")
        if len(texts) != 2:
            raise InputError(f"{len(texts)} texts where 2 are expected", file=file, place=f"line {number}", fix="a line is text<TAB>text")
        yield index, Relation(str(index), texts[0], "", texts[1])


def _write_predictions(inputs: Iterable[tuple[int, Relation]], found: Iterable[Prediction]) -> Iterator[str]:
    return (f"{index}\t{as_text(prediction)}" for (index, _), prediction in zip(inputs, found, strict=True))


def _read_questions(file: Path) -> Iterator[tuple[dict, Question]]:
    for number, record in enumerate(_records(file, "question", "context")):
        yield record, Question(str(number), record["question"], record["context"])


def _write_answers(inputs: Iterable[tuple[dict, Question]], found: Iterable[list[tuple[str, float]]]) -> Iterator[str]:
    for (record, _), answers in zip(inputs, found, strict=True):
        best = [{"text": text, "probability": probability} for text, probability in answers if text]
        yield json.dumps(record | {"answers": best}, ensure_ascii=False)


FORMS = {
    "ner": (_read_texts, _write_entities),
    "re": (_read_relations, _write_predictions),
    "qa": (_read_questions, _write_answers),
    "inference": (_read_pairs, _write_predictions),
    "similarity": (_read_pairs, _write_predictions),
    "classification": (_read_lines, _write_predictions),
}
