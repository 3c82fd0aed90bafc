import gzip
import json

import pyarrow as pa
import pytest


def test_a_text_file_is_one_document(corpus, tmp_path):
    (tmp_path / "a.txt").write_bytes("\ufeffOne line\nand more. Two.\r\n\r\nThree\x00.".encode())
    made, stats = corpus("text", tmp_path / "a.txt")
    assert [(d.id, d.source, d.pmid, d.title, d.restricted) for d in made] == [("text:a.txt#1", "text", None, "", False)]
    assert made[0].sentences == ["One line and more.", "Two.", "Three."]
    assert stats["sources"] == {"text": 1}


def packed(content: bytes, name: str) -> bytes:
    """content as a file of this name holds it."""
    if name.endswith(".gz"):
        return gzip.compress(content)
    if name.endswith(".zst"):
        return pa.Codec("zstd").compress(content, asbytes=True)
    return content


@pytest.mark.parametrize("name", ["a.txt.gz", "a.txt.zst"])
def test_packed_text(corpus, tmp_path, name):
    (tmp_path / name).write_bytes(packed("Naïve cats. Two dogs.".encode(), name))
    assert [(d.id, d.sentences) for d in corpus("text", tmp_path / name)[0]] == [(f"text:{name}#1", ["Naïve cats.", "Two dogs."])]


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst"])
def test_json_lines(corpus, dropped, tmp_path, name):
    lines = [{"text": "One cat. Two dogs!"}, {"title": "T", "text": "C.", "more": 1}, {"text": "\ud800 \u0000"}]
    (tmp_path / name).write_bytes(packed("\n\n".join(map(json.dumps, lines)).encode(), name))
    made, stats = corpus("text", tmp_path / name)
    assert [(d.id, d.title, d.sentences) for d in made] == [
        (f"text:{name}#1", "", ["One cat.", "Two dogs!"]),
        (f"text:{name}#3", "T", ["T", "C."]),
    ]
    assert stats["dropped"] == {"no text": 1}
    assert dropped() == [{"id": f"text:{name}#5", "reason": "no text"}]


def test_a_folder_and_a_list(corpus, tmp_path):
    folder = tmp_path / "texts"
    (folder / "sub").mkdir(parents=True)
    for name in ("b.txt", "sub/a.txt", "notes.md", "a.csv.gz"):
        (folder / name).write_text(name)
    listing = tmp_path / "list.txt"
    listing.write_text("texts/sub/a.txt\n")
    assert [document.id for document in corpus("text", folder)[0]] == ["text:b.txt#1", "text:a.txt#1"]
    assert [document.id for document in corpus("text", f"@{listing}")[0]] == ["text:a.txt#1"]


def test_an_empty_file_is_an_empty_shard(corpus, tmp_path):
    (tmp_path / "a.txt").touch()
    assert corpus("text", tmp_path / "a.txt")[1]["dropped"] == {"no text": 1}
    (tmp_path / "a.jsonl").touch()
    assert corpus("text", tmp_path / "a.jsonl")[1]["dropped"] == {}


@pytest.mark.parametrize(
    "name, content, problem",
    [
        ("a.jsonl", b'{"text": "a"}\n{"text": "b"', "a.jsonl: line 2: not JSON"),
        ("a.jsonl", b'{"txt": "a"}', "a.jsonl: line 1: no object with a text; write {"),
        ("a.jsonl", b"[1]", "a.jsonl: line 1: no object with a text"),
        ("a.jsonl", b'{"text": "a", "title": null}', "a.jsonl: line 1: no object with a text"),
        ("a.txt", b"caf\xe9", "a.txt: line 1: not UTF-8"),
        ("a.pdf", b"", "a.pdf: not a kind of text file that this reads; give .txt or .jsonl (.gz, .zst)"),
    ],
)
def test_other_content_is_refused(tmp_path, refused, name, content, problem):
    (tmp_path / name).write_bytes(content)
    assert problem in refused("corpus", "text", "--input", tmp_path / name, "--output", tmp_path / "a.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == [name]


def test_the_shard_must_be_named_as_parquet(tmp_path, refused):
    (tmp_path / "a.txt").touch()
    assert "must end in .parquet" in refused("corpus", "text", "--input", tmp_path / "a.txt", "--output", tmp_path / "shard")
