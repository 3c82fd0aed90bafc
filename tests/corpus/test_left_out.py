import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioalbert.corpus import documents as module
from bioalbert.corpus.documents import Document, ShardWriter, read_documents, read_sentences
from bioalbert.corpus.left_out import LeftOut
from bioalbert.errors import InputError


@pytest.fixture
def shards(tmp_path, monkeypatch):
    """Two shards of 25 documents each, in several row groups; ids text:a#0 to text:a#49."""
    monkeypatch.setattr(module, "ROW_GROUP_CHARACTERS", 100)
    paths = [tmp_path / "a.parquet", tmp_path / "b.parquet"]
    for place, path in enumerate(paths):
        with ShardWriter(path) as shard:
            for number in range(25 * place, 25 * place + 25):
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
    gone = {0, 24, 25, 49, 13}
    files = [
        listed("one.parquet", "text:a#0", "text:a#24", "text:a#13", "text:elsewhere#1"),
        listed("two.parquet", "text:a#25", "text:a#49"),
    ]
    files.append(listed("three.parquet", "text:a#0"))  # twice in all
    left_out = LeftOut(files)
    assert [document.id for document in read_documents(shards, left_out)] == [f"text:a#{n}" for n in range(50) if n not in gone]
    assert left_out.documents == 5
    assert list(read_sentences(shards, LeftOut(files))) == [[f"Sentence {n}."] for n in range(50) if n not in gone]


def test_nothing_to_leave_out(shards):
    left_out = LeftOut()
    assert len(list(read_documents(shards, left_out))) == 50
    assert left_out.documents == 0


def test_bad_lists_are_refused(tmp_path, listed):
    with pytest.raises(InputError, match="no such file"):
        LeftOut([tmp_path / "none.parquet"])
    with pytest.raises(InputError, match="it has no column `id`"):
        LeftOut([listed("other.parquet", "x", column="pmid")])
    (tmp_path / "text.parquet").write_text("id\nx\n")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        LeftOut([tmp_path / "text.parquet"])
