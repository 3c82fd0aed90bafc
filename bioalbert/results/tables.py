"""From runs to the files of results/tables: the rows, the intervals, the table of all data sets, one for each of the paper's, the means."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.errors import InputError
from bioalbert.files import whole_file, write_text
from bioalbert.results import averages, formats, rows, table
from bioalbert.results.intervals import estimate
from bioalbert.results.names import AVERAGES, NAMES, TABLES, WHOLE, table_of


def make(
    folders: list[Path], output: Path, only: Sequence[str], leaked: rows.Leaked, left_out: Sequence[str], baseline: str | None
) -> dict[str, table.Table]:
    """Writes the tables named by `only` (of NAMES; all that have a line, where it is empty) from the runs in `folders`; returns them.

    leaked, left_out: as in `rows.collect` and `table.build`. baseline: the model that the others are tested against.
    With the table of all, `output` gets results.parquet (the rows) and intervals.parquet, .csv. Raises InputError where there is no run.
    """
    collected, intervals = rows.collect(folders, leaked), estimate(rows.find(folders), baseline)
    if not only or WHOLE in only:
        _write_frames(collected, intervals, output)
    built = {name: _build(name, collected, left_out, intervals) for name in only or NAMES}
    for name, one in built.items():
        if only and not one.lines and name in TABLES:
            raise InputError(f"no run of a data set of the table {name!r}", place="--tables", fix="name runs that it shows")
    made = {name: one for name, one in built.items() if only or one.lines}
    for name, one in made.items():
        formats.write(one, output, name)
    return made


def _build(name: str, collected: pd.DataFrame, left_out: Sequence[str], intervals: pd.DataFrame) -> table.Table:
    if name == AVERAGES:
        return averages.build(table.build(collected, ()))
    if name == WHOLE:
        return table.build(collected, left_out, intervals)
    shown = [protocol for protocol, here in collected.groupby("protocol") if _table_of(protocol, here) == name]
    return table.build(collected[collected["protocol"].isin(shown)], [one for one in left_out if _concerns(one, name)], intervals)


def _table_of(protocol: str, here: pd.DataFrame) -> str:
    return table_of(protocol.partition("@")[0], table.task_of(protocol, here))


def _concerns(left_out: str, name: str) -> bool:
    """Whether what was left out is a version, or a data set of this table."""
    return "=" in left_out or table_of(*_with_task(left_out)) == name


def _with_task(dataset: str) -> tuple[str, str]:
    entry = entries.load(entries.parts(dataset)[0])
    return entry.id, entry.task


def _write_frames(collected: pd.DataFrame, intervals: pd.DataFrame, output: Path) -> None:
    for name, frame in (("results", collected), ("intervals", intervals)):
        with whole_file(output / f"{name}.parquet") as unfinished:
            frame.to_parquet(unfinished, index=False)
    write_text(output / "intervals.csv", intervals.to_csv(index=False, float_format="%.5f", lineterminator="\n"))
