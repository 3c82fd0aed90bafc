"""Duplicates and documents that hold test items, found and left out: what is made then is what the other documents alone give."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bioalbert.cli import main
from bioalbert.corpus.documents import Document
from bioalbert.files import digest, read_json
from bioalbert.vocabulary.store import TokenStore

OWN = """\
title: a set of one's own
kind: dataset
task: re
licence: CC0
format: labelled-tsv
labels: ["1"]
protocols:
  first: {train: [train.tsv], test: [test.tsv]}
"""


def run(*arguments: object) -> None:
    assert main([str(argument) for argument in arguments]) == 0


@pytest.fixture
def found(documents: list[Document], write_shard: Callable, tmp_path: Path) -> tuple[list[Path], list[Path], list[Document]]:
    """(shards, lists of what to leave out, the documents that stay): document 5 is there twice, documents 9 and 70 hold test items."""
    shards = [write_shard(documents[:60]), write_shard([*documents[60:], replace(documents[5], id="text:copy")])]
    own = tmp_path / "own.yaml"
    own.write_text(OWN)
    (tmp_path / "raw/own").mkdir(parents=True)
    items = [max(documents[number].sentences, key=len).lower().replace("(", " ( ") for number in (9, 70)]
    (tmp_path / "raw/own/test.tsv").write_text("".join(f"{item}\t1\n" for item in items), encoding="utf-8")
    duplicates, leaks = tmp_path / "duplicates.parquet", tmp_path / "leaks"
    run("corpus", "duplicates", "--documents", *shards, "--output", duplicates)
    audit = ["--datasets", own, "--data", tmp_path / "raw", "--without", duplicates, "--output", leaks]
    run("corpus", "leaks", "--documents", *shards, *audit)
    return (
        shards,
        [duplicates, leaks / "leaks.parquet"],
        [one for number, one in enumerate(documents) if number not in (5, 9, 70)] + [replace(documents[5], id="text:5")],
    )


def test_they_are_left_out_of_vocabulary_and_store(found, write_shard: Callable, tmp_path: Path, capsys):
    shards, lists, stay = found
    rest = write_shard(stay)
    common = ["--size", 300, "--sentences", 10_000]
    run("vocabulary", "train", "--documents", *shards, "--without", *lists, "--output", tmp_path / "without", *common)
    assert "vocabulary: 3 documents left out" in capsys.readouterr().err
    run("vocabulary", "train", "--documents", rest, "--output", tmp_path / "rest", *common)
    assert digest(tmp_path / "without/spiece.model") == digest(tmp_path / "rest/spiece.model")

    run("tokens", "--documents", *shards, "--without", *lists, "--vocabulary", tmp_path / "rest", "--output", tmp_path / "store")
    run("tokens", "--documents", rest, "--vocabulary", tmp_path / "rest", "--output", tmp_path / "of-the-rest")
    store, of_the_rest = TokenStore(tmp_path / "store"), TokenStore(tmp_path / "of-the-rest")
    assert (store.manifest["left_out"], of_the_rest.manifest["left_out"]) == (3, 0)
    assert store.manifest["documents"] == of_the_rest.manifest["documents"] == len(stay)
    assert np.array_equal(np.sort(store.pieces), np.sort(of_the_rest.pieces))  # the order of documents is that of the shards
    for made in ("without", "store"):
        assert {str(file) for file in lists} <= set(read_json(tmp_path / made / "provenance.json")["inputs"])
