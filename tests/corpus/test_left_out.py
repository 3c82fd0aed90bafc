import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioalbert.corpus.documents import Document, ShardWriter, read_documents, read_sentences
from bioalbert.corpus.left_out import LeftOut
from bioalbert.errors import InputError

A_SHARD = 2_500  # documents: more than are read at once


@pytest.fixture
def shards(tmp_path):
    """Two shards; ids from text:a#0."""
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for place, path in enumerate(paths):
        with ShardWriter(path) as shard:
            for number in range(A_SHARD * place, A_SHARD * place + A_SHARD):
                shard.add(Document(f"text:a#{number}", "text", "", "", [f"Sentence {number}."], [""]))
    return paths


@pytest.fixture
def listed(tmp_path):
    """listed(name, id, ...) -> a file of ids."""

    def write(name: str, *ids: str, column: str = "id"):
        pq.write_table(pa.table({column: pa.array(ids, pa.string()), "reason": ["why"] * len(ids)}), tmp_path / name)
        return tmp_path / name

    return write


def test_documents_are_left_out_whatever_list_and_shard_they_are_in(shards, listed):
    lists = ([0, 999, 1700, 10_000], [2500, 4999, 2499], [0])  # 0 twice, one that is in no shard
    files = [listed(f"{number}.parquet", *(f"text:a#{id}" for id in ids)) for number, ids in enumerate(lists)]
    stay = [number for number in range(2 * A_SHARD) if number not in {0, 999, 1700, 2500, 4999, 2499}]
    left_out = LeftOut(files)
    assert [document.id for document in read_documents(shards, left_out)] == [f"text:a#{number}" for number in stay]
    assert left_out.documents == 6
    assert list(read_sentences(shards, LeftOut(files))) == [[f"Sentence {number}."] for number in stay]


def test_nothing_to_leave_out(shards):
    left_out = LeftOut()
    assert len(list(read_documents(shards, left_out))) == 2 * A_SHARD
    assert left_out.documents == 0


def test_bad_lists_are_refused(tmp_path, listed):
    with pytest.raises(InputError, match="no such file"):
        LeftOut([tmp_path / "none.parquet"])
    with pytest.raises(InputError, match="it has no column `id`"):
        LeftOut([listed("other.parquet", "x", column="pmid")])
    (tmp_path / "text.parquet").write_text("id\nx\n")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        LeftOut([tmp_path / "text.parquet"])
