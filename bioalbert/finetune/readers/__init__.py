"""Readers of the data sets' own files, a module a format. What is wrong in a file is refused with its line; nothing is dropped or mended
silently.

A reader is a generator function (file, entry, options, folder) -> examples, folder being the entry's. Its options are a data class,
filled from the entry's format_options. What it lets pass and wants counted it yields among them, as Noticed.
"""

from collections import Counter
from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry, file_of
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Example, Labelled, Noticed, Relation, Scored
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, read_golden
from bioalbert.finetune.metrics.ner import entities
from bioalbert.finetune.readers.bioasq import BioasqOptions, read_bioasq
from bioalbert.finetune.readers.chemprot_raw import ChemprotOptions, read_chemprot_raw
from bioalbert.finetune.readers.common import found, present
from bioalbert.finetune.readers.conll import ConllOptions, read_conll
from bioalbert.finetune.readers.ddi_xml import DdiOptions, read_ddi_xml
from bioalbert.finetune.readers.i2b2_raw import I2b2Options, read_i2b2_raw
from bioalbert.finetune.readers.labelled_tsv import TsvOptions, read_labelled_tsv
from bioalbert.finetune.readers.multi_label_tsv import MultiLabelOptions, read_multi_label_tsv
from bioalbert.finetune.readers.nli_jsonl import NliOptions, read_nli_jsonl
from bioalbert.finetune.readers.pubmedqa_json import PubmedqaOptions, read_pubmedqa_json
from bioalbert.finetune.readers.pubtator import read_pubtator
from bioalbert.finetune.readers.similarity_tsv import SimilarityOptions, read_similarity_tsv
from bioalbert.finetune.readers.spans import SpanOptions
from bioalbert.finetune.readers.squad import SquadOptions, read_squad
from bioalbert.finetune.readers.standoff import read_standoff
from bioalbert.settings import fill

READERS = {
    "bioasq-json": (read_bioasq, BioasqOptions),
    "chemprot-raw": (read_chemprot_raw, ChemprotOptions),
    "conll": (read_conll, ConllOptions),
    "ddi-xml": (read_ddi_xml, DdiOptions),
    "i2b2-raw": (read_i2b2_raw, I2b2Options),
    "labelled-tsv": (read_labelled_tsv, TsvOptions),
    "multi-label-tsv": (read_multi_label_tsv, MultiLabelOptions),
    "nli-jsonl": (read_nli_jsonl, NliOptions),
    "pubmedqa-json": (read_pubmedqa_json, PubmedqaOptions),
    "pubtator": (read_pubtator, SpanOptions),
    "similarity-tsv": (read_similarity_tsv, SimilarityOptions),
    "squad": (read_squad, SquadOptions),
    "standoff": (read_standoff, SpanOptions),
}


def read(
    entry: Entry,
    protocol: str,
    split: Literal["train", "dev", "test"],
    folder: Path,
    fold: int = 0,
    noticed: Counter[str] | None = None,
) -> list[Example]:
    """The examples of one split, in the order of the files: Sentence, Relation or Question, by the files' format.

    folder: the entry's. fold: from 1 where the protocol has folds, else 0. A protocol without a dev file has an empty dev split.
    noticed: takes the counts of what a reader let pass.
    Raises InputError for a missing or malformed file, a label outside the catalogue, a wrong fold, and a split without examples.
    """
    chosen = entry.protocols[protocol]
    folds = entry.folds_of(protocol)
    if not (1 <= fold <= folds if folds else fold == 0):
        fix = f"choose a fold from 1 to {folds}: --fold 1" if folds else "leave the fold away"
        problem = f"has no fold {fold}" if fold else "has folds, and none is chosen"
        raise InputError(f"{entry.id}@{protocol} {problem}", fix=fix)
    names = {"train": chosen.train, "dev": (chosen.dev,) if chosen.dev else (), "test": chosen.test}[split]
    names = [name.replace("{fold}", str(fold)) for name in names]
    examples = [example for name in names for example in read_file(entry, name, folder, noticed=noticed)]
    if names and not examples:
        raise InputError(f"the {split} split is empty", file=folder / file_of(names[0]), fix=f"{entry.id}@{protocol} needs examples there")
    return examples


def read_file(entry: Entry, name: str, folder: Path, file: Path | None = None, noticed: Counter[str] | None = None) -> list[Example]:
    """The examples of the entry's file `name` in its folder, or of a `file` elsewhere that has its form. noticed: as for `read`."""
    reader, options = reader_of(entry, name)
    examples = []
    for one in reader(present(entry, folder / file_of(name)) if file is None else file, entry, options, folder):
        if not isinstance(one, Noticed):
            examples.append(one)
        elif noticed is not None:
            noticed[one.what] += one.number
    return examples


def inputs(entry: Entry, protocol: str, folder: Path, fold: int = 0) -> list[Path]:
    """The files, or folders of files, that a protocol's splits are read from, those that are not there left out."""
    return [there for name in names_read(entry, protocol) if (there := found(folder / name.replace("{fold}", str(fold))))]


def names_read(entry: Entry, protocol: str) -> list[str]:
    """The names of the files that a protocol is read from, what its readers' options name included."""
    files = entry.protocols[protocol].files
    beside = [options["annotations"] for name in files if (options := _options_of(entry, name)).get("annotations")]
    return list(dict.fromkeys([*files, *beside]))


def labels_of(entry: Entry, examples: Iterable[Example]) -> tuple[str, ...]:
    """The entry's labels; where it names none, those of sentences: O, then B and I of each type in alphabetical order.

    Raises InputError where some tags have a type and others none.
    """
    if entry.labels or entry.task != "ner":
        return entry.labels
    kinds = {tag[1:] for one in examples for tag in one.tags if tag != "O"}
    if "" in kinds and len(kinds) > 1:
        raise InputError("some tags have a type, others have none", file=entry.id, fix="give every tag its type, or none")
    return ("O", *(f"{prefix}{kind}" for kind in sorted(kinds) for prefix in "BI"))


def golden(entry: Entry, protocol: str, folder: Path) -> list[list[dict]]:
    """The protocol's batches of BioASQ golden questions; [] where it has none."""
    return [read_golden(present(entry, folder / name)) for name in entry.protocols[protocol].golden]


def count(entry: Entry, name: str, folder: Path) -> dict[str, int]:
    """What the catalogue's `counts` hold of a file: sentences, tokens, entities; or rows and rows a label (a row with two labels
    counts under both), either with what its reader let pass; or questions and qas; or the questions of BioASQ's own file and those
    of each type."""
    if format_of(entry, name) == "bioasq-json":
        types = Counter(question["type"] for question in read_golden(present(entry, folder / name)))
        return {"questions": types.total()} | types
    noticed: Counter[str] = Counter()
    examples = read_file(entry, name, folder, noticed=noticed)
    if format_of(entry, name) in ("conll", "pubtator", "standoff"):
        kinds = Counter(kind for one in examples for _, _, kind in entities(one.tags))
        counts = {"sentences": len(examples), "tokens": sum(len(one.words) for one in examples), "entities": kinds.total()}
        return counts | {kind: number for kind, number in sorted(kinds.items()) if kind} | noticed
    if format_of(entry, name) == "squad":
        return {"questions": len({one.id[:QUESTION_ID] for one in examples}), "qas": len(examples)}
    labels = Counter(label for one in examples for label in _labels(one))
    return {"rows": len(examples)} | {label: labels[label] for label in entry.labels if labels[label]} | noticed


def _labels(example: Relation | Labelled | Scored) -> tuple[str, ...]:
    match example:
        case Relation():
            return (example.label,)
        case Labelled():
            return example.labels
        case Scored():
            return ()


def _options_of(entry: Entry, name: str) -> dict:
    """The options of the first pattern in the entry's format_options that fits the file's name."""
    return next((options for pattern, options in entry.format_options.items() if fnmatchcase(name, pattern)), {})


def format_of(entry: Entry, name: str) -> str | None:
    return _options_of(entry, name).get("format", entry.format)


def reader_of(entry: Entry, name: str) -> tuple:
    """The function that reads a file, and its options. Raises InputError for a format without a reader and for wrong options."""
    form = format_of(entry, name)
    if form not in READERS:
        raise InputError(f"{entry.id}: no reader for format {form} yet", fix="there are: " + ", ".join(sorted(READERS)))
    function, kind = READERS[form]
    options = {key: value for key, value in _options_of(entry, name).items() if key != "format"}
    return function, fill(kind, options, file=f"{entry.id}.yaml", place=f"format_options.{name}")
