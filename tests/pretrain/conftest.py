"""A small vocabulary and token store of made-up text, and runs of a tiny model on them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import yaml

from bioalbert.corpus.documents import Document, ShardWriter
from bioalbert.pretrain.pieces import Pieces, read_pieces
from bioalbert.vocabulary.store import TokenStore, write_store
from bioalbert.vocabulary.train import train_vocabulary

SYLLABLES = ["ba", "co", "di", "fe", "gu", "ha", "ki", "lo", "mu", "ne", "po", "ra", "si", "tu", "ve", "xa"]


def write_shard(path: Path, documents: list[list[str]]) -> Path:
    with ShardWriter(path) as shard:
        for number, sentences in enumerate(documents):
            shard.add(Document(f"text:made#{number}", "text", "", "CC0-1.0", sentences, [""] * len(sentences)))
    return path


def made_up_documents(count: int) -> list[list[str]]:
    """Sentences of 4 to 15 words with commas and numbers; documents of 1 to 20 sentences, the first with a sentence of 300 words."""
    draws = np.random.default_rng(5)
    words = ["".join(draws.choice(SYLLABLES, draws.integers(1, 4))) for _ in range(400)] + ["il-2", "p53", "(fig.", "3,5)"]

    def sentence(length: int) -> str:
        return " ".join(draws.choice(words, length)) + "."

    documents = [[sentence(draws.integers(4, 16)) for _ in range(draws.integers(1, 21))] for _ in range(count)]
    documents[0][:1] = [sentence(300)]
    return documents


@pytest.fixture(scope="session")
def shard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_shard(tmp_path_factory.mktemp("documents") / "made.parquet", made_up_documents(300))


@pytest.fixture(scope="session")
def vocabulary(shard: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("vocabulary") / "vocabulary"
    train_vocabulary([shard], folder, size=140, cased=False, sentences=10_000)
    return folder


@pytest.fixture(scope="session")
def tokens(shard: Path, vocabulary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("tokens") / "tokens"
    write_store([shard], vocabulary, folder)
    return folder


@pytest.fixture(scope="session")
def store(tokens: Path) -> TokenStore:
    return TokenStore(tokens)


@pytest.fixture(scope="session")
def pieces(vocabulary: Path) -> Pieces:
    return read_pieces(vocabulary / "spiece.model")


@dataclass(frozen=True)
class Run:
    """RUN.yaml of a tiny model and where its results go."""

    config: Path
    output: Path
    checkpoints: Path

    def arguments(self, *more: str) -> list[str]:
        return ["pretrain", "--config", str(self.config), "--output", str(self.output), "--checkpoints", str(self.checkpoints), *more]


@pytest.fixture
def make_run(tmp_path: Path, vocabulary: Path, tokens: Path):
    """Writes RUN.yaml; keyword arguments replace keys of the recipe, `run` top-level keys, `shape` the architecture's."""

    def make(name: str = "tiny", run: dict | None = None, shape: dict | None = None, **recipe: object) -> Run:
        architecture = {"embedding_size": 8, "hidden_size": 16, "layers": 2, "heads": 2, "intermediate_size": 32, "max_positions": 32}
        settings = {"steps": 6, "batch_size": 8, "sequence_length": 32, "warmup_steps": 2, "learning_rate": 0.01, "threads": 1}
        pace = {"checkpoint_every": 2, "evaluate_every": 3, "held_out_examples": 10, "held_out_documents": 0.05}
        values = {
            "name": name,
            "vocabulary": str(vocabulary),
            "tokens": str(tokens),
            "corpora": ["made"],
            "architecture": architecture | (shape or {}),
            "recipe": settings | pace | recipe,
        }
        config = tmp_path / f"{name}.yaml"
        config.write_text(yaml.safe_dump(values | (run or {})), encoding="utf-8")
        return Run(config, tmp_path / f"{name}-bundle", tmp_path / f"{name}-checkpoints")

    return make
