"""A finished run on raw text: entities with their characters, relation labels, answers. Records go through a chunk at a time."""

import json
import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import torch

from bioalbert.errors import InputError
from bioalbert.files import PACKED, open_text, whole_file
from bioalbert.finetune.answers import NBest, factoid, listed, margins, merged, yes_or_no
from bioalbert.finetune.engine import predict as forward
from bioalbert.finetune.examples import Question, Relation, Sentence
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID
from bioalbert.finetune.metrics.ner import entities
from bioalbert.finetune.metrics.texts import Prediction, as_text
from bioalbert.finetune.readers import Example
from bioalbert.finetune.readers.pubtator import read_citations
from bioalbert.finetune.run import load
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.start import opened
from bioalbert.finetune.tasks.texts import markers
from bioalbert.finetune.words import TextSentence, sentences
from bioalbert.progress import Progress

CHUNK = 256  # records that are read, predicted and written together: enough rows to sort by length
JSONL, PUBTATOR, TSV = ".jsonl", ".pubtator", ".tsv"
OBJECT = re.compile(r'\s*\{\s*"')  # how a line begins that is an object of JSON
BREAKS = str.maketrans("\t\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029", " " * 11)  # what may not stand within a PubTator field


@dataclass(frozen=True)
class Item:
    """A record of the input. record: what goes to the output as it is; examples: what the task predicts for it."""

    record: Any
    examples: list[Example]


@dataclass(frozen=True)
class Article(Item):
    """A text to find entities in. text: its title, a space and its text, or its text alone; title: the title's length, None without one.
    sentences: the examples with their characters of `text`."""

    id: str
    text: str
    title: int | None
    sentences: list[TextSentence] = field(repr=False)


def predict(run: Path, source: Path, output: Path) -> int:
    """Writes the predictions of a run for the records of `source` to `output`, which appears whole or not at all; returns how many records.

    NER: lines of text, .jsonl with "text" (and perhaps "title"), or .pubtator (annotations in it are left out) -> jsonl, each record with
    its "entities" [{"start", "end", "type", "text"}], characters of the text (with a title: of the title, a space and the text), end
    exclusive; or, when `output` ends in .pubtator, PubTator's title, abstract and annotation lines. RE: lines with marked entities
    (@GENE$) -> lines of number<TAB>label, numbers from 0. Inference and similarity: lines of text<TAB>text -> number<TAB>label,
    number<TAB>score. Classification: lines of text -> number<TAB>labels, joined by `;`. QA: .jsonl with "question" and "context", or
    "contexts" (a list) -> jsonl with "answers" [{"text", "probability"}], merged over the contexts (probability: the mean), five at
    most, or, where "type" is "list", those that the rule for list questions takes; of a yes/no run with "answer" and its "margin". Blank
    lines are skipped.

    All CPU cores are used, which may change the last digits of a probability. Raises InputError for a line that is not of that form,
    also an object of JSON where texts are expected, and for an output whose name has an ending that promises another form.
    """
    record = opened(run)
    read, write, endings = FORMS[record["task"]]
    if output.suffix not in ("", *endings):
        problem = f"predictions of the task {record['task']} are no {output.suffix} file"
        raise InputError(problem, file=output, fix=f"end its name in {' or '.join(endings)}")
    if output.suffix == PUBTATOR:
        write = _Pubtator(record["dataset"])
    if record["task"] == "re":
        read = partial(read, trained_on=set(record.get("markers", ())))
    items, done = read(source), 0
    network, task = load(run, record)
    if record["task"] == "qa":
        write = partial(write, settings=task.settings)
    torch.set_num_threads(len(os.sched_getaffinity(0)))
    with (
        whole_file(output) as unfinished,
        unfinished.open("w", encoding="utf-8", newline="\n") as out,
        Progress("predict", unit="record") as shown,
    ):
        while chunk := list(islice(items, CHUNK)):
            for item, found in zip(chunk, _predicted(network, task, chunk), strict=True):
                out.write(write(item, found))
            done += len(chunk)
            shown.advance(len(chunk))
    return done


def _predicted(network, task, items: list[Item]) -> Iterator[list]:
    """The predictions for the examples of each item."""
    examples = [example for item in items for example in item.examples]
    rows, _ = task.rows(examples)
    found = iter(task.decode(examples, forward(network, rows, task.pad, task.settings)))
    return (list(islice(found, len(item.examples))) for item in items)


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            if line.strip():
                yield number, line.rstrip("\r\n")


def _texts(file: Path) -> Iterator[tuple[int, str]]:
    """As `_lines`. Raises InputError for an object of JSON, which would be read as a text of braces and quotes."""
    for number, line in _lines(file):
        if OBJECT.match(line):
            fix = "bioalbert predict --help says what a run of each task reads"
            raise InputError("an object of JSON where a text is expected", file=file, place=f"line {number}", fix=fix)
        yield number, line


def _records(file: Path, *keys: str) -> Iterator[tuple[int, dict]]:
    """The objects of a .jsonl file with their lines. Raises InputError for a line that is no object or lacks one of the keys."""
    for number, line in _lines(file):
        try:
            record = json.loads(line)
            if "\\u" in line:
                json.dumps(record, ensure_ascii=False).encode()  # half a character, which a file in UTF-8 cannot hold
        except (ValueError, RecursionError):
            record = None
        if not isinstance(record, dict) or not all(isinstance(record.get(key), str) for key in keys):
            wanted = ", ".join(f'"{key}": "..."' for key in keys)
            raise InputError("not an object with these texts", file=file, place=f"line {number}", fix=f"a line is {{{wanted}}}")
        yield number, record


def _ending(file: Path) -> str:
    return (Path(file.stem).suffix if file.suffix in PACKED else file.suffix).lower()


def _read_texts(file: Path) -> Iterator[Article]:
    if _ending(file) == PUBTATOR:
        for one in read_citations(file):
            yield _article({"pmid": one.id, "title": one.title, "text": one.abstract}, one.id, one.title, one.abstract)
        return
    records = _records(file, "text") if _ending(file) == JSONL else ((number, {"text": line}) for number, line in _texts(file))
    for number, record in records:
        title = record.get("title") or None
        if not isinstance(title, str | None):
            raise InputError("its title is no text", file=file, place=f"line {number}", fix='write "title": "..."')
        id = str(next((record[key] for key in ("pmid", "id") if record.get(key) is not None), number))
        yield _article(record, id, title, record["text"])


def _article(record: dict, id: str, title: str | None, text: str) -> Article:
    if title is None:
        found, whole, length = sentences(text), text, None
    else:
        found, whole, length = sentences(title) + sentences(text, len(title) + 1), f"{title} {text}", len(title)
    examples = [Sentence(sentence.words, ("O",) * len(sentence.words)) for sentence in found]
    return Article(record, examples, id, whole, length, found)


def _entities(article: Article, found: list[list[str]]) -> list[dict]:
    """The entities of all sentences, in the order of the text."""
    places = [
        (sentence.spans[first][0], sentence.spans[last - 1][1], kind)
        for sentence, tags in zip(article.sentences, found, strict=True)
        for first, last, kind in sorted(entities(tags))
    ]
    return [{"start": start, "end": end, "type": kind, "text": article.text[start:end]} for start, end, kind in places]


def _write_entities(article: Article, found: list[list[str]]) -> str:
    return json.dumps(article.record | {"entities": _entities(article, found)}, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class _Pubtator:
    """Writes PubTator: ID|t|TITLE, ID|a|ABSTRACT, then ID, start, end, mention and type parted by tabs, a blank line behind each record.

    Characters count over title, one space and abstract. A text without a title gives its first sentence as title, so that they count over
    the text as it was. kind: the type where the tags have none.
    """

    kind: str

    def __call__(self, article: Article, found: list[list[str]]) -> str:
        text, id = article.text.translate(BREAKS), article.id.translate(BREAKS).replace("|", " ")
        cut = _first_gap(article) if article.title is None else article.title
        lines = [f"{id}|t|{text[:cut]}", f"{id}|a|{text[cut + 1 :]}"]
        for one in _entities(article, found):
            mention = one["text"].translate(BREAKS)
            lines.append(f"{id}\t{one['start']}\t{one['end']}\t{mention}\t{one['type'] or self.kind}")
        return "\n".join(lines) + "\n\n"


def _first_gap(article: Article) -> int:
    """Where the first white space behind a sentence stands, the text's end when there is none."""
    ends = [sentence.spans[-1][1] for sentence in article.sentences]
    return next((end for end in ends if article.text[end : end + 1].isspace()), len(article.text))


def _read_lines(file: Path) -> Iterator[Item]:
    for index, (_, line) in enumerate(_texts(file)):
        yield Item(index, [Relation(str(index), line, "")])


def _read_relations(file: Path, trained_on: set[str]) -> Iterator[Item]:
    """As `_read_lines`; says how many lines hold none of the entity markers that the run was trained on."""
    strange = 0
    for item in _read_lines(file):
        strange += trained_on.isdisjoint(markers(item.examples[0].texts))
        yield item
    if trained_on and strange:
        fix = f"put {' or '.join(sorted(trained_on))} where the two entities stand"
        print(
            f"{file}: {strange} line(s) without an entity as this run marks them: it cannot know which two are meant; {fix}",
            file=sys.stderr,
        )


def _read_pairs(file: Path) -> Iterator[Item]:
    for index, (number, line) in enumerate(_texts(file)):
        texts = line.split("\t")
        if len(texts) != 2:
            raise InputError(f"{len(texts)} texts where 2 are expected", file=file, place=f"line {number}", fix="a line is text<TAB>text")
        yield Item(index, [Relation(str(index), texts[0], "", texts[1])])


def _write_prediction(item: Item, found: list[Prediction]) -> str:
    return f"{item.record}\t{as_text(found[0])}\n"


def _read_questions(file: Path) -> Iterator[Item]:
    for number, record in _records(file, "question"):
        if "context" in record and "contexts" in record:
            fix = "keep one of them"
            raise InputError('it has both "context" and "contexts"', file=file, place=f"line {number}", fix=fix)
        contexts = record["contexts"] if "contexts" in record else [record.get("context")]
        if not isinstance(contexts, list) or not contexts or not all(isinstance(context, str) for context in contexts):
            fix = 'give "context": "..." or "contexts": ["...", ...]'
            raise InputError(f"the question {record['question']!r} has no context", file=file, place=f"line {number}", fix=fix)
        ids = (f"{number:0{QUESTION_ID}d}_{place:03d}" for place in range(len(contexts)))
        yield Item(record, [Question(id, record["question"], context) for id, context in zip(ids, contexts)])


def _write_answers(item: Item, found: list[NBest], settings: FinetuneSettings) -> str:
    (answers,) = merged(item.examples, found, settings.post).values()
    is_list = item.record.get("type") == "list"
    chosen = listed(item.record["question"], answers, settings.list_threshold) if is_list else factoid(answers)
    best = [{"text": text, "probability": probability / len(found)} for text, probability in answers if text in chosen]
    return json.dumps(item.record | {"answers": best}, ensure_ascii=False) + "\n"


def _read_yes_no(file: Path) -> Iterator[Item]:
    for item in _read_questions(file):
        yield Item(item.record, [Relation(one.id, one.question, "", one.context) for one in item.examples])


def _write_verdict(item: Item, found: list[float]) -> str:
    (margin,) = margins(item.examples, found).values()
    return json.dumps(item.record | {"answer": yes_or_no(margin), "margin": margin}, ensure_ascii=False) + "\n"


# Task -> reader, writer, and what the output's name may end in.
FORMS = {
    "ner": (_read_texts, _write_entities, (JSONL, PUBTATOR)),
    "re": (_read_relations, _write_prediction, (TSV,)),
    "qa": (_read_questions, _write_answers, (JSONL,)),
    "yesno": (_read_yes_no, _write_verdict, (JSONL,)),
    "inference": (_read_pairs, _write_prediction, (TSV,)),
    "similarity": (_read_pairs, _write_prediction, (TSV,)),
    "classification": (_read_lines, _write_prediction, (TSV,)),
}
