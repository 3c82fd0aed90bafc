import os

import pyarrow.parquet as pq
import pytest

from bioalbert.cli import main
from bioalbert.corpus import documents
from bioalbert.corpus.documents import Document, ShardWriter, is_restricted, read_documents, read_sentences
from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json


def made(number: int, restricted: bool = False) -> Document:
    sentences = [f"Title {number}", "One sentence.", "Two."]
    return Document(f"text:a#{number}", "text", sentences[0], "", sentences, ["", "AIM", "AIM"], restricted=restricted)


def write(path, rows):
    with ShardWriter(path) as shard:
        for row in rows:
            shard.add(row)
        shard.drop("text:b#1", "no text")
        shard.drop("text:ä#2", "no text")


def test_documents_come_back_in_order_over_shards_and_row_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(documents, "ROW_GROUP_CHARACTERS", 100)
    rows = [made(number) for number in range(50)]
    shards = [tmp_path / "b.parquet", tmp_path / "a.parquet"]
    write(shards[0], rows[:30])
    write(shards[1], rows[30:])
    assert list(read_documents(shards)) == rows
    assert list(read_sentences(shards)) == [row.sentences for row in rows]
    assert pq.ParquetFile(shards[0]).num_row_groups > 5
    assert pq.ParquetFile(shards[0]).metadata.row_group(0).column(6).compression == "ZSTD"


def test_the_shape_is_the_one_that_was_agreed(tmp_path):
    write(tmp_path / "a.parquet", [made(1)])
    table = pq.read_table(tmp_path / "a.parquet")
    assert table.column_names == [
        *("id", "source", "pmid", "title", "licence", "restricted", "sentences", "sections"),
        *("languages", "types"),  # of our own
    ]
    assert [str(kind) for kind in table.schema.types[5:8]] == ["bool", "list<element: string>", "list<element: string>"]
    assert table["pmid"].null_count == 1
    stats = {"documents": 1, "sentences": 3, "characters": 24, "restricted": False, "sources": {"text": 1}, "dropped": {"no text": 2}}
    assert read_json(tmp_path / "a.stats.json") == stats
    dropped = '{"id": "text:b#1", "reason": "no text"}\n{"id": "text:ä#2", "reason": "no text"}\n'
    assert (tmp_path / "a.dropped.jsonl").read_text(encoding="utf-8") == dropped


def test_one_restricted_document_restricts(tmp_path):
    write(tmp_path / "open.parquet", [made(1)])
    write(tmp_path / "mixed.parquet", [made(1), made(2, restricted=True)])
    assert not is_restricted([tmp_path / "open.parquet"])
    assert is_restricted([tmp_path / "open.parquet", tmp_path / "mixed.parquet"])


def test_an_error_leaves_the_old_shard_and_nothing_else(tmp_path):
    write(tmp_path / "a.parquet", [made(1)])
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(RuntimeError), ShardWriter(tmp_path / "a.parquet") as shard:
        shard.add(made(2))
        raise RuntimeError
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_a_failure_at_the_end_leaves_nothing(tmp_path):
    with pytest.raises(UnicodeEncodeError), ShardWriter(tmp_path / "a.parquet") as shard:
        shard.add(Document("text:a#1", "text", "", "", ["\ud800"], [""]))
    assert os.listdir(tmp_path) == []


def test_other_files_are_refused(tmp_path):
    (tmp_path / "a.parquet").write_text("no parquet")
    with pytest.raises(InputError, match="not a readable Parquet file"):
        list(read_documents([tmp_path / "a.parquet"]))
    with pytest.raises(InputError, match="no such file"):
        list(read_sentences([tmp_path / "b.parquet"]))
    pq.write_table(pq.read_table(_shard(tmp_path)).drop(["title"]), tmp_path / "c.parquet")
    with pytest.raises(InputError, match=r"c\.parquet: not a document shard"):
        list(read_sentences([tmp_path / "c.parquet"]))


def _shard(folder):
    write(folder / "whole.parquet", [made(1)])
    return folder / "whole.parquet"


def test_equal_documents_are_equal_bytes(tmp_path):
    write(tmp_path / "a.parquet", [made(1), made(2)])
    write(tmp_path / "b.parquet", [made(1), made(2)])
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()
    assert (tmp_path / "a.stats.json").read_bytes() == (tmp_path / "b.stats.json").read_bytes()
    assert (tmp_path / "a.dropped.jsonl").read_bytes() == (tmp_path / "b.dropped.jsonl").read_bytes()


def test_shards_are_added_up(tmp_path, refused):
    for name, rows in (("a", [made(1), made(2)]), ("b", []), ("c", [made(3)])):
        write(tmp_path / f"{name}.parquet", rows)
    stats = [tmp_path / f"{name}.stats.json" for name in "abc"]
    assert main(["corpus", "stats", "--input", *map(str, stats), "--output", str(tmp_path / "summary.json")]) == 0
    counts = {"shards": 3, "documents": 3, "sentences": 9, "characters": 72}
    wanted = counts | {"restricted": False, "sources": {"text": 3}, "dropped": {"no text": 6}}
    assert read_json(tmp_path / "summary.json") == wanted
    call = ["corpus", "stats", "--output", tmp_path / "b.json", "--input", stats[0]]
    assert "summary.json: not the statistics of a shard; give NAME.stats.json" in refused(*call, _other(tmp_path / "summary.json"))
    assert "absent.json: no such file" in refused(*call, tmp_path / "absent.json")
    assert "a.parquet: not valid JSON" in refused(*call, tmp_path / "a.parquet")


def _other(path):
    write_json(path, [1])
    return path
