"""Pairs of sentences with a score of how like they are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.files import open_text
from bioalbert.finetune.examples import Scored
from bioalbert.finetune.readers.common import Indices, present, rows


@dataclass(frozen=True)
class SimilarityOptions:
    """Options of the format similarity-tsv.

    columns: what each column is: text, text_b, score, index, or "-" for one that is left out. header: the first row names the columns.
    quoted: fields may stand in double quotes, as in CSV. scale: the lowest and the highest score. scores: a file beside it with a score
    a line, where it has no column of them.
    """

    columns: tuple[str, ...] = ("text", "text_b", "score")
    header: bool = False
    quoted: bool = False
    scale: tuple[float, float] = (0.0, 5.0)
    scores: str | None = None


def read_similarity_tsv(file: Path, entry: Entry, options: SimilarityOptions, folder: Path) -> Iterator[Scored]:
    is_data = (lambda fields: _number(fields.get("score", "")) is not None) if options.header else None
    found = list(rows(file, options.columns, is_data, options.quoted))
    source = present(entry, folder / options.scores) if options.scores else file
    scores = list(_lines(source)) if options.scores else [(number, fields["score"]) for number, fields in found]
    if len(scores) != len(found):
        raise InputError(f"{len(scores)} scores for {len(found)} pairs", file=source)
    indices = Indices()
    for row, ((number, fields), (line, score)) in enumerate(zip(found, scores, strict=True)):
        texts = fields["text"], fields["text_b"]
        index = indices.new(fields.get("index", str(row)), texts, file, number)
        yield Scored(index, *texts, _score(score, options.scale, source, line))


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """The lines that are not blank, with their numbers."""
    with open_text(file) as text:
        yield from ((number, line.strip()) for number, line in enumerate(text, start=1) if line.strip())


def _score(text: str, scale: tuple[float, float], file: Path, line: int) -> float:
    score, (low, high) = _number(text), scale
    if score is None or not low <= score <= high:
        raise InputError(f"{text!r} is not a score from {low:g} to {high:g}", file=file, place=f"line {line}")
    return score


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
