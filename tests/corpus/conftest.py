"""What the tests of all kinds of corpora share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import Document, read_documents, stats_path
from bioalbert.files import read_json


@pytest.fixture
def corpus(tmp_path: Path) -> Callable[..., tuple[list[Document], dict]]:
    """corpus(kind, path, ..., index=) -> (documents, stats) of the shard that the command makes."""

    def make(kind: str, *paths: Path, index: Path | None = None) -> tuple[list[Document], dict]:
        shard = tmp_path / "made" / f"{kind}.parquet"
        run_corpus(kind, [str(path) for path in paths], str(shard), index=index)
        return list(read_documents([shard])), read_json(stats_path(shard))

    return make
