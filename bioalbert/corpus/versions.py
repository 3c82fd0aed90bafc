"""The newest version of every PubMed citation over all files, and what was deleted."""

import json
import re
from array import array
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bioalbert.corpus import citations
from bioalbert.corpus.citations import Deletion
from bioalbert.errors import InputError
from bioalbert.files import whole_file
from bioalbert.progress import progress

OFFICIAL_NAME = re.compile(r"pubmed(\d+)n(\d+)\.xml(\.gz)?")


class Occurrences:
    """For each PMID the one citation that counts: table of pmid, version, file (name), position in it, deleted.

    The newest is the highest version that is not deleted, as last given; order is that of the files' official numbers, or, where a
    name is not official, the order in which the files were given. A PMID whose every version was deleted keeps its last citation,
    marked as deleted. Rows are in order of file and position.
    """

    def __init__(self, table: pd.DataFrame, files: Iterable[str]):
        self.table, self.files = table, list(files)

    def of(self, file: Path) -> dict[int, str]:
        """Position -> "newest" or "deleted" for a file's citations; those not in it are superseded by another one."""
        if file.name not in self.files:
            raise InputError("not in the index", file=file, fix="make the index over all PubMed files: bioalbert corpus index")
        rows = self.table[self.table.file == file.name]
        return {position: "deleted" if deleted else "newest" for position, deleted in zip(rows.position, rows.deleted, strict=True)}

    def save(self, path: str | Path) -> None:
        table = pa.Table.from_pandas(self.table, preserve_index=False).replace_schema_metadata({"files": json.dumps(self.files)})
        with whole_file(path) as unfinished:
            pq.write_table(table, unfinished, compression="zstd", row_group_size=100_000)

    @classmethod
    def load(cls, path: str | Path, files: list[Path]) -> "Occurrences":
        """The part of an index that concerns these files, without reading the rest. Raises InputError when the file is no index."""
        wanted = [file.name for file in files]
        try:
            with pq.ParquetFile(path) as index:
                names = json.loads(index.schema_arrow.metadata[b"files"])
                table = index.read_row_groups(_row_groups(index, wanted)).to_pandas()
        except FileNotFoundError:
            raise InputError("no such index", file=path) from None
        except (pa.ArrowException, KeyError, TypeError):
            raise InputError("not an index", file=path, fix="make it with `bioalbert corpus index`") from None
        return cls(table[table.file.isin(wanted)], names)


def _row_groups(index: pq.ParquetFile, files: list[str]) -> list[int]:
    """The row groups that may hold rows of these files. (pyarrow's own filters read all of a dictionary column.)"""
    column = index.schema_arrow.get_field_index("file")
    bounds = [index.metadata.row_group(number).column(column).statistics for number in range(index.num_row_groups)]
    return [number for number, bound in enumerate(bounds) if not bound or any(bound.min <= file <= bound.max for file in files)]


def find(files: list[Path]) -> Occurrences:
    """Reads all files once. Memory: some 100 bytes a citation in all."""
    files = in_order(files)
    seen = {"pmid": array("q"), "version": array("i"), "file": array("i"), "position": array("i"), "deletion": array("b")}
    for number, file in enumerate(progress(files, "index", len(files), "file")):
        for position, entry in enumerate(citations.read(file, articles=False)):
            deletion = isinstance(entry, Deletion)
            for key in filter(None, entry.keys if deletion else [entry.key]):
                for column, value in zip(seen.values(), (*key, number, position, deletion), strict=True):
                    column.append(value)
    events = pd.DataFrame({name: np.array(column) for name, column in seen.items()})
    names = [file.name for file in files]
    newest = _newest(events)
    return Occurrences(newest.assign(file=pd.Categorical.from_codes(newest.file, names)), names)


def _newest(events: pd.DataFrame) -> pd.DataFrame:
    """events: pmid, version, file, position, deletion (or a citation), in order of time. One citation a PMID, in order of time."""
    key = ["pmid", "version"]
    fate = events.drop_duplicates(key, keep="last").rename(columns={"deletion": "deleted"})[[*key, "deleted"]].astype({"deleted": bool})
    last = events[events.deletion == 0].drop_duplicates(key, keep="last").drop(columns="deletion").merge(fate, on=key)
    chosen = last.sort_values(["deleted", "version"], ascending=[False, True]).drop_duplicates("pmid", keep="last")
    return chosen.sort_values(["file", "position"], ignore_index=True)


def in_order(files: list[Path]) -> list[Path]:
    """Oldest first: by official number, or as given where a name is not official. Raises InputError for equal names."""
    names = Counter(file.name for file in files)
    for file in files:
        if names[file.name] > 1:  # a file is known by its name: in the index, in ids
            raise InputError("two input files have this name", file=file, fix="give each file once")
    numbers = {name: OFFICIAL_NAME.fullmatch(name) for name in names}
    if not all(numbers.values()):
        return list(files)
    return sorted(files, key=lambda file: (int(numbers[file.name][1]), int(numbers[file.name][2])))
