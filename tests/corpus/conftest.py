"""What the tests of all kinds of corpora share."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import Document, dropped_path, read_documents, stats_path
from bioalbert.files import read_json


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[..., tuple[list[Document], dict]]:
    """corpus(kind, path, ..., index=, option=) -> (documents, stats) of the shard that the command makes."""

    def make(kind: str, *paths: Path, index: Path | None = None, **options: list[str]) -> tuple[list[Document], dict]:
        shard = tmp_path / "made" / f"{kind}.parquet"
        run_corpus(kind, [str(path) for path in paths], str(shard), index, **options)
        return list(read_documents([shard])), read_json(stats_path(shard))

    return make


@pytest.fixture
def dropped(tmp_path: Path) -> Callable[[], list[dict]]:
    """dropped() -> what the shard that `corpus` made last says of what was left out."""

    def read() -> list[dict]:
        newest = max((tmp_path / "made").glob("*.parquet"), key=lambda shard: shard.stat().st_mtime_ns)
        return [json.loads(line) for line in dropped_path(newest).read_text(encoding="utf-8").splitlines()]

    return read
