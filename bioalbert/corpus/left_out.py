"""Documents that a later stage leaves out: the ids in the Parquet files of `--without` (duplicates, documents that hold test items)."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioalbert.errors import InputError, no_such_file

FIX = "give Parquet files with a column `id`: those of `bioalbert corpus duplicates` and `bioalbert corpus leaks`"


class LeftOut:
    """Ids to leave out. `documents` counts those that `kept` has met.

    Raises InputError for a file that is absent, is no Parquet file or has no column `id`.
    """

    def __init__(self, files: Iterable[str | Path] = ()):
        columns = [_read_ids(file) for file in files]
        self.ids = pc.unique(pa.concat_arrays(columns)) if columns else pa.array([], pa.string())
        self.documents = 0

    def kept(self, ids: pa.Array | pa.ChunkedArray) -> pa.BooleanArray:
        """Which documents stay. Costs a look at all ids to leave out, so give it the ids of a whole shard."""
        left_out = pc.is_in(ids, value_set=self.ids)
        left_out = left_out.combine_chunks() if isinstance(left_out, pa.ChunkedArray) else left_out
        self.documents += pc.sum(left_out).as_py() or 0
        return pc.invert(left_out)


def _read_ids(file: str | Path) -> pa.Array:
    try:
        with pq.ParquetFile(file) as parquet:
            if "id" not in parquet.schema_arrow.names:
                raise InputError("it has no column `id`", file=file, fix=FIX)
            return parquet.read(["id"]).column(0).cast(pa.string()).combine_chunks()
    except FileNotFoundError:
        raise no_such_file(file) from None
    except pa.ArrowException as error:
        raise InputError(f"not a readable Parquet file ({error})", file=file, fix=FIX) from None
