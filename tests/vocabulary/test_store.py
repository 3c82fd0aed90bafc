"""The token store against the documents that it was made from."""

import argparse
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from bioalbert.corpus.documents import Document
from bioalbert.errors import InputError
from bioalbert.files import digest, read_json, write_json
from bioalbert.vocabulary import cli, store
from bioalbert.vocabulary.folder import read_vocabulary
from bioalbert.vocabulary.store import TokenStore, write_store


def contents(tokens: TokenStore) -> list[list[list[int]]]:
    """Documents of sentences of pieces."""
    cut = zip(tokens.sentence_start[:-1], tokens.sentence_start[1:])
    sentences = [tokens.pieces[start:end].tolist() for start, end in cut]
    return [sentences[start:end] for start, end in zip(tokens.document_start[:-1], tokens.document_start[1:])]


def text(number: int, *sentences: str) -> Document:
    return Document(f"text:{number}", "text", "", "CC0", list(sentences), [""] * len(sentences))


@pytest.fixture
def folder(shards: list[Path], vocabulary: Path, tmp_path: Path) -> Path:
    write_store(shards, vocabulary, tmp_path / "store")
    return tmp_path / "store"


@pytest.mark.parametrize("batch", [1, 7, 100_000])
def test_holds_each_sentence_of_each_document(
    batch: int, documents: list, shards: list[Path], vocabulary: Path, tmp_path: Path, monkeypatch
):
    monkeypatch.setattr(store, "SENTENCES_A_BATCH", batch)
    write_store(shards[::-1], vocabulary, tmp_path / "store")  # the order of the arguments does not matter
    encoder = read_vocabulary(vocabulary)[1]
    assert contents(TokenStore(tmp_path / "store")) == [
        [encoder.encode(sentence) for sentence in document.sentences] for document in documents
    ]


def test_arrays_are_a_view_of_the_file(folder: Path):
    tracemalloc.start()
    allocated = pa.total_allocated_bytes()
    tokens = TokenStore(folder)
    taken = tracemalloc.get_traced_memory()[1] + pa.total_allocated_bytes() - allocated
    tracemalloc.stop()
    arrays = (tokens.pieces, tokens.sentence_start, tokens.document_start)
    assert [array.dtype for array in arrays] == [np.uint16, np.int64, np.int64]
    assert all(array.flags.aligned and not array.flags.owndata and not array.flags.writeable for array in arrays)
    assert taken < sum(array.nbytes for array in arrays) // 2


def test_manifest(folder: Path, vocabulary: Path, documents: list):
    tokens = TokenStore(folder)
    assert tokens.manifest == read_json(folder / "manifest.json")
    assert tokens.manifest | {"pieces": 0} == {
        "vocabulary": digest(vocabulary / "spiece.model"),
        "pieces": 0,
        "sentences": sum(len(document.sentences) for document in documents),
        "documents": len(documents),
        "dropped": {"sentences": 0, "documents": 0},
        "left_out": 0,
        "restricted": False,
        "files": ["pieces.arrow", "sentences.arrow", "documents.arrow"],
    }
    assert {file.name for file in folder.iterdir()} == {*tokens.manifest["files"], "manifest.json", "provenance.json"}


def test_takes_at_most_2_3_bytes_a_token(documents: list, write_shard: Callable, vocabulary: Path, tmp_path: Path):
    many = [replace(document, id=f"{document.id}.{copy}") for copy in range(10) for document in documents]
    write_store([write_shard(many)], vocabulary, tmp_path / "store")
    size = sum(file.stat().st_size for file in (tmp_path / "store").iterdir())
    assert size <= 2.3 * len(TokenStore(tmp_path / "store").pieces)


def test_drops_what_yields_no_pieces(write_shard: Callable, vocabulary: Path, tmp_path: Path):
    shard = write_shard([text(1, "\u0301", "the cells"), text(2), text(3, " ", "\u0301"), text(4, "protein", "", "gene")])
    write_store([shard], vocabulary, tmp_path / "store")
    tokens, encoder = TokenStore(tmp_path / "store"), read_vocabulary(vocabulary)[1]
    assert contents(tokens) == [[encoder.encode("the cells")], [encoder.encode("protein"), encoder.encode("gene")]]
    assert tokens.manifest["dropped"] == {"sentences": 4, "documents": 2}


def test_restricted_documents_mark_the_store(documents: list, write_shard: Callable, vocabulary: Path, tmp_path: Path):
    shards = [write_shard(documents), write_shard([replace(documents[0], restricted=True)])]
    assert write_store(shards, vocabulary, tmp_path / "store")["restricted"]


def test_empty_corpora_are_refused(write_shard: Callable, vocabulary: Path, tmp_path: Path):
    for documents in ([], [text(1)], [text(1, " ")]):
        with pytest.raises(InputError, match="hold no text"):
            write_store([write_shard(documents)], vocabulary, tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


def test_too_large_a_vocabulary_is_refused(shards: list[Path], vocabulary: Path, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(store, "LARGEST_VOCABULARY", 299)
    with pytest.raises(InputError, match="300 pieces do not fit"):
        write_store(shards, vocabulary, tmp_path / "store")


def test_broken_stores_are_refused(folder: Path, tmp_path: Path):
    with pytest.raises(InputError, match="not a token store"):
        TokenStore(tmp_path)
    write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {"files": ["pieces.arrow", "sentences.arrow"]})
    with pytest.raises(InputError, match="former format; make it again with `bioalbert tokens`"):
        TokenStore(folder)


@pytest.mark.parametrize("count", ["pieces", "sentences", "documents"])
def test_a_store_of_other_counts_than_its_manifest_is_refused(count: str, folder: Path):
    write_json(folder / "manifest.json", read_json(folder / "manifest.json") | {count: 5})
    with pytest.raises(InputError, match="do not fit its manifest; make it again"):
        TokenStore(folder)


@pytest.mark.parametrize("name", store.COLUMNS)
@pytest.mark.parametrize("left", [None, 0, 10, 400, -1])
def test_files_that_are_absent_or_cut_short_are_refused(name: str, left: int | None, folder: Path):
    whole = (folder / name).read_bytes()
    (folder / name).unlink()
    if left is not None:
        (folder / name).write_bytes(whole[:left])
    with pytest.raises(InputError, match="do not fit its manifest; make it again"):
        TokenStore(folder)


def test_a_file_without_a_batch_is_refused(folder: Path):
    with pa.ipc.new_file(str(folder / "pieces.arrow"), pa.schema([store.COLUMNS["pieces.arrow"]])):
        pass
    with pytest.raises(InputError, match="do not fit its manifest"):
        TokenStore(folder)


def test_writes_more_values_than_31_bits_count(tmp_path: Path, monkeypatch):
    """All of PubMed has 13 billion pieces. Here they are a hole in a file, and what is written is counted only."""
    with (tmp_path / "pieces.plain").open("wb") as plain:
        plain.truncate(2 * (2**31 + 5))
    written, new_file = pa.MockOutputStream(), pa.ipc.new_file
    monkeypatch.setattr(pa.ipc, "new_file", lambda path, *arguments, **options: new_file(written, *arguments, **options))
    store._plain_to_arrow(tmp_path / "pieces.arrow")
    assert written.size() > 2 * (2**31 + 5)


def test_offsets_that_end_elsewhere_are_refused(folder: Path, monkeypatch):
    read = store._read_column
    for name in ("sentences.arrow", "documents.arrow"):
        monkeypatch.setattr(store, "_read_column", lambda path, short=name: read(path) - (path.name == short))
        with pytest.raises(InputError, match="do not fit its manifest"):
            TokenStore(folder)


def test_command_line(shards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture):
    parser = argparse.ArgumentParser()
    cli.register(parser.add_subparsers())

    def run(*arguments: object) -> None:
        call = vars(parser.parse_args([str(argument) for argument in arguments]))
        call.pop("run")(**call)

    run("vocabulary", "train", "--documents", *shards, "--output", tmp_path / "trained", "--size", 200, "--sentences", 300, "--cased")
    run("vocabulary", "reuse", "--model", tmp_path / "trained" / "spiece.model", "--output", tmp_path / "reused", "--cased")
    listing = tmp_path / "shards.txt"
    listing.write_text("\n".join(map(str, shards)))
    run("tokens", "--documents", f"@{listing}", "--vocabulary", tmp_path / "reused", "--output", tmp_path / "store")
    assert TokenStore(tmp_path / "store").manifest["vocabulary"] == read_json(tmp_path / "trained" / "vocabulary.json")["sha256"]
    assert "200 pieces" in capsys.readouterr().out
