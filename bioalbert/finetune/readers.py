"""Readers of the data sets' own files. What is wrong in a file is refused with its line; nothing is dropped or mended silently."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError, nearest
from bioalbert.files import open_text, read_json
from bioalbert.finetune.examples import Question, Relation, Sentence
from bioalbert.finetune.metrics.ner import entities, read_tags
from bioalbert.finetune.metrics.qa import QUESTION_ID, read_golden
from bioalbert.settings import fill

Example = Sentence | Relation | Question


def read(entry: Entry, protocol: str, split: Literal["train", "dev", "test"], folder: Path, fold: int = 0) -> list[Example]:
    """The examples of one split, in the order of the files: Sentence, Relation or Question, by the files' format.

    folder: data/raw/ENTRY. fold: from 1 where the protocol has folds, else 0. A protocol without a dev file has an empty dev split.
    Raises InputError for a missing or malformed file, a label outside the catalogue, a wrong fold, and a split without examples.
    """
    chosen = entry.protocols[protocol]
    folds = entry.folds_of(protocol)
    if not (1 <= fold <= folds if folds else fold == 0):
        fix = f"choose a fold from 1 to {folds}" if folds else "leave the fold away"
        raise InputError(f"{entry.id}@{protocol} has no fold {fold}", fix=fix)
    names = {"train": chosen.train, "dev": (chosen.dev,) if chosen.dev else (), "test": chosen.test}[split]
    names = [name.replace("{fold}", str(fold)) for name in names]
    examples = [example for name in names for example in read_file(entry, name, folder)]
    if names and not examples:
        raise InputError(f"the {split} split is empty", file=folder / names[0], fix=f"{entry.id}@{protocol} needs examples there")
    return examples


def read_file(entry: Entry, name: str, folder: Path, file: Path | None = None) -> list[Example]:
    """The examples of the entry's file `name` in data/raw/ENTRY, or of a `file` elsewhere that has its form."""
    reader, options = _reader(entry, name)
    return list(reader(_present(entry, folder / name) if file is None else file, entry, options, folder))


def golden(entry: Entry, protocol: str, folder: Path) -> list[list[dict]]:
    """The protocol's batches of BioASQ golden questions; [] where it has none."""
    return [read_golden(_present(entry, folder / name)) for name in entry.protocols[protocol].golden]


def count(entry: Entry, name: str, folder: Path) -> dict[str, int]:
    """What the catalogue's `counts` hold of a file: sentences, tokens, entities; or rows and rows a label; or questions and qas;
    or a golden file's questions and questions a type."""
    if format_of(entry, name) == "bioasq-golden":
        types = Counter(question["type"] for question in read_golden(_present(entry, folder / name)))
        return {"questions": types.total()} | types
    examples = read_file(entry, name, folder)
    if format_of(entry, name) == "conll":
        tokens, found = sum(len(one.words) for one in examples), sum(len(entities(one.tags)) for one in examples)
        return {"sentences": len(examples), "tokens": tokens, "entities": found}
    if format_of(entry, name) == "squad":
        return {"questions": len({one.id[:QUESTION_ID] for one in examples}), "qas": len(examples)}
    return {"rows": len(examples)} | Counter(one.label for one in examples)


def _present(entry: Entry, file: Path) -> Path:
    if file.is_file():
        return file
    fix = f"run: bioalbert download {entry.id}" if entry.files else f"it is not public: apply at {entry.apply} and put it there"
    raise InputError("no such file", file=file, fix=fix)


def _options_of(entry: Entry, name: str) -> dict:
    """The options of the first pattern in the entry's format_options that fits the file's name."""
    return next((options for pattern, options in entry.format_options.items() if fnmatchcase(name, pattern)), {})


def format_of(entry: Entry, name: str) -> str | None:
    return _options_of(entry, name).get("format", entry.format)


def _reader(entry: Entry, name: str) -> tuple:
    """The function that reads a file and its filled-in options."""
    form = format_of(entry, name)
    if form not in READERS:
        raise InputError(f"{entry.id}: no reader for format {form} yet", fix="there are: " + ", ".join(sorted(READERS)))
    function, kind = READERS[form]
    options = {key: value for key, value in _options_of(entry, name).items() if key != "format"}
    return function, fill(kind, options, file=f"{entry.id}.yaml", place=f"format_options.{name}")


@dataclass(frozen=True)
class ConllOptions:
    """Options of the format conll. collapse: drop the types of typed tags (B-protein -> B)."""

    collapse: bool = False


def _conll(file: Path, entry: Entry, options: ConllOptions, folder: Path) -> Iterator[Sentence]:
    for sentence in read_tags(file):
        tags = tuple(tag[0] for tag in sentence.tags) if options.collapse else sentence.tags
        for tag, line in zip(tags, sentence.lines):
            _check_label(tag, entry, file, line)
        yield Sentence(sentence.words, tags)


@dataclass(frozen=True)
class TsvOptions:
    """Options of the format labelled-tsv.

    columns: what each column is: text, label, index, text_b, or "-" for one that is left out. header: the first row names the columns.
    labels: {label in the file: label of the catalogue} where they differ.
    """

    columns: tuple[str, ...] = ("text", "label")
    header: bool = False
    labels: dict = field(default_factory=dict)


def _labelled_tsv(file: Path, entry: Entry, options: TsvOptions, folder: Path) -> Iterator[Relation]:
    seen: set[str] = set()
    row = 0
    for number, fields in _rows(file, options.columns):
        label = options.labels.get(fields["label"], fields["label"])
        if number == 1 and options.header:
            if label in entry.labels:
                raise InputError(
                    "the header row is missing", file=file, place="line 1", fix="name the columns " + ", ".join(options.columns)
                )
            continue
        _check_label(label, entry, file, number)
        index = fields.get("index", str(row))
        if index in seen:
            raise InputError(f"the index {index!r} stands there twice", file=file, place=f"line {number}")
        seen.add(index)
        row += 1
        yield Relation(index, fields["text"], label, fields.get("text_b"))


def _rows(file: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, dict[str, str]]]:
    """The line number (from 1) and the named fields of each row that is not blank. Quotes are letters like any other."""
    with open_text(file) as text:
        for number, line in enumerate(text, start=1):
            fields = line.rstrip("\r\n").split("\t")
            if fields == [""]:
                continue
            if len(fields) != len(columns):
                problem = f"{len(fields)} columns where {len(columns)} are expected"
                raise InputError(problem, file=file, place=f"line {number}", fix="a row is " + "<TAB>".join(columns))
            yield number, dict(zip(columns, fields))


def _check_label(label: str, entry: Entry, file: Path, line: int) -> None:
    if label not in entry.labels:
        problem = f"the label {label!r} is not in the catalogue's {entry.id}"
        raise InputError(problem, file=file, place=f"line {line}", fix=nearest(label, entry.labels))


@dataclass(frozen=True)
class SquadOptions:
    """Options of the format squad. without: golden files beside it whose questions are left out (to keep test questions from training)."""

    without: tuple[str, ...] = ()


def _squad(file: Path, entry: Entry, options: SquadOptions, folder: Path) -> Iterator[Question]:
    held_out = {question["id"] for name in options.without for question in read_golden(_present(entry, folder / name))}
    value = read_json(file)
    try:
        paragraphs = [paragraph for article in value["data"] for paragraph in article["paragraphs"]]
        rows = [(paragraph["context"], item) for paragraph in paragraphs for item in paragraph["qas"]]
        for context, item in rows:
            if item["id"][:QUESTION_ID] not in held_out:
                answers = tuple(_answer(answer, context, file, item["id"]) for answer in item.get("answers", ()))
                yield Question(item["id"], item["question"], context, answers)
    except (KeyError, TypeError) as error:
        fix = "SQuAD's shape is data[].paragraphs[].{context, qas[].{id, question, answers[].{text, answer_start}}}"
        raise InputError(f"not SQuAD's JSON ({error!r})", file=file, fix=fix) from None


def _answer(answer: dict, context: str, file: Path, key: str) -> tuple[str, int]:
    """An answer as it stands in the context; a file may write it in another letter case, but not at another place."""
    start = answer["answer_start"]
    text = context[start : start + len(answer["text"])]
    if not text or text.lower() != answer["text"].lower():
        raise InputError(f"the answer is not at answer_start {start}", file=file, place=f"question {key}", fix="mend answer_start")
    return text, start


READERS = {
    "conll": (_conll, ConllOptions),
    "labelled-tsv": (_labelled_tsv, TsvOptions),
    "squad": (_squad, SquadOptions),
}
