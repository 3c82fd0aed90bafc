"""A data set's splits as its models read them, in files that other programs open: CoNLL for tagged sentences, SQuAD's JSON for questions,
JSON lines for the rest."""

import json
from collections.abc import Sequence
from pathlib import Path

from bioalbert.catalogue.entries import split_name
from bioalbert.files import whole_folder, write_text
from bioalbert.finetune.examples import Example, Labelled, Question, Relation, Scored, Sentence
from bioalbert.finetune.source import Source
from bioalbert.finetune.squad_file import write_squad
from bioalbert.provenance import Provenance


def write_splits(dataset: str, data: Path, output: Path) -> dict[str, dict[str, int]]:
    """Writes train, dev and test of DATASET[@PROTOCOL] into a new folder, of a set with folds into a folder a fold.

    data: the folder of downloads. Returns {file: its number of examples, and the counts of what its reader let pass}.
    Raises InputError for what the readers refuse.
    """
    entry, protocol = split_name(dataset)
    folds = range(1, entry.folds_of(protocol) + 1) or [0]
    sources = [Source.named(dataset, fold, data) for fold in folds]
    inputs = dict.fromkeys(file for source in sources for file in source.files())
    provenance = Provenance("examples", {"dataset": entry.id, "protocol": protocol}, list(inputs))
    written = {}
    with whole_folder(output) as folder:
        for source in sources:
            below = folder / str(source.fold) if source.fold else folder
            below.mkdir(exist_ok=True)
            for split in ("train", "dev", "test"):
                if examples := source.read(split):
                    file = _write(examples, below / split)
                    written[str(file.relative_to(folder))] = {"examples": len(examples)} | source.noticed[split]
        provenance.write(folder, restricted=sources[0].restricted)
    return written


def _write(examples: Sequence[Example], stem: Path) -> Path:
    """Writes examples of one kind to the stem with the ending of their form."""
    match examples[0]:
        case Sentence():
            file = stem.with_suffix(".conll")
            write_text(file, "\n".join("".join(f"{word}\t{tag}\n" for word, tag in zip(one.words, one.tags)) for one in examples))
        case Question():
            file = stem.with_suffix(".json")
            write_squad(examples, file.stem, file)
        case _:
            file = stem.with_suffix(".jsonl")
            write_text(file, "".join(json.dumps(_record(one), ensure_ascii=False) + "\n" for one in examples))
    return file


def _record(example: Relation | Labelled | Scored) -> dict[str, object]:
    texts = dict(zip(("text", "text_b"), example.texts))
    match example:
        case Relation():
            return {"index": example.index} | texts | {"label": example.label}
        case Labelled():
            return {"index": example.index} | texts | {"labels": example.labels}
        case Scored():
            return {"index": example.index} | texts | {"score": example.score}
