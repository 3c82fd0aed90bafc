"""What a run's main score is made of, test item by test item: intervals are drawn from it, and people see in it what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING

from bioalbert.files import read_parquet, whole_file

if TYPE_CHECKING:
    import pandas as pd

ITEMS = "items.parquet"  # in a run folder
BETWEEN = "; "  # between the entities, labels or answers of an item
TEXTS = ("text", "expected", "answered")


@dataclass(frozen=True)
class Item:
    """One scored test item: a sentence, a text or pair, a document or a question.

    item: its name, the same in every run on the data set. gold, predicted, correct: see Items. text, expected, answered: for people.
    stratum: the batch of a BioASQ question whose score is a mean over batches, else 0.
    """

    item: str
    gold: float
    predicted: float
    correct: float | None
    text: str
    expected: str
    answered: str
    stratum: int = 0


@dataclass(frozen=True)
class Items:
    """The items of a run. figure: the main score's name in the results table ("entity f1"). formula: how it follows from the items,
    the mean over the strata of

    - "ratio": 2 sum(correct) / (sum(gold) + sum(predicted)), F1 where these are counts, a mean where gold and predicted are 1;
    - "example": BLUE's F1 of documents with many labels, the harmonic mean of mean(correct / predicted) and mean(correct / gold); a share
      of none is 0, but 1 where both are none;
    - "macro-N": the mean F1 of N classes; gold and predicted are numbers from 1 to N, 0 for what is none of them, correct is null;
    - "pearson": the correlation of gold and predicted; correct is null.
    """

    figure: str
    formula: str
    rows: Sequence[Item]


def write_items(file: Path, items: Items, restricted: bool) -> None:
    """Writes the items as Parquet, a column for each field, and figure and formula in each row. restricted: no text (all nulls)."""
    import pyarrow
    from pyarrow import parquet

    columns = {field.name: [getattr(row, field.name) for row in items.rows] for field in fields(Item)}
    if restricted:
        columns |= {name: [None] * len(items.rows) for name in TEXTS}
    columns |= {name: [value] * len(items.rows) for name, value in (("figure", items.figure), ("formula", items.formula))}
    kinds = dict.fromkeys(("gold", "predicted", "correct"), pyarrow.float64()) | {"stratum": pyarrow.int64()}
    arrays = {name: pyarrow.array(values, kinds.get(name, pyarrow.string())) for name, values in columns.items()}
    with whole_file(file) as unfinished:
        parquet.write_table(pyarrow.table(arrays), unfinished, compression="zstd")


def read_items(run: Path, columns: Sequence[str]) -> "pd.DataFrame":
    """These columns of a run's items. Raises InputError where the file is broken."""
    return read_parquet(run / ITEMS, columns, fix=f"delete it, then: bioalbert evaluate --run {run}")
