"""A small corpus of made-up biomedical text, and vocabularies trained on it."""

import random
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from bioalbert.corpus.documents import Document, ShardWriter
from bioalbert.vocabulary.train import train_vocabulary

STEMS = re.findall("...?.?", "kinasecytochromglucneurhepatitiscarcinomatransferlymphplasmidmutant")
PLAIN = re.findall(r"\w+", "the of and in with patients was were expression cells protein gene induced disease treatment levels")
NAMES = re.findall(r"\S+", 'IL-2 p53 (BRCA1) TNF-α β-catenin 5.6% 2014, Sjögren naïve µM ΔΣ σ-factor "mutant" £10 €7 12–15 Na+/K+')


def sentence(draw: random.Random) -> str:
    words = [
        draw.choice(NAMES) if draw.random() < 0.15 else draw.choice(PLAIN) if draw.random() < 0.5 else "".join(draw.choices(STEMS, k=3))
        for _ in range(draw.randint(5, 25))
    ]
    return " ".join(words).capitalize() + "."


@pytest.fixture(scope="session")
def documents() -> list[Document]:
    draw = random.Random(7)
    return [
        Document(f"text:{number}", "text", "", "CC0", found := [sentence(draw) for _ in range(draw.randint(1, 12))], [""] * len(found))
        for number in range(120)
    ]


@pytest.fixture(scope="session")
def write_shard(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[Document]], Path]:
    def write(documents: list[Document]) -> Path:
        path = tmp_path_factory.mktemp("shard") / "documents.parquet"
        with ShardWriter(path) as shard:
            for document in documents:
                shard.add(document)
        return path

    return write


@pytest.fixture(scope="session")
def shards(documents: list[Document], write_shard: Callable[[list[Document]], Path]) -> list[Path]:
    return [write_shard(documents[:70]), write_shard(documents[70:])]


@pytest.fixture(scope="session", params=[False, True], ids=["uncased", "cased"])
def cased(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.fixture(scope="session")
def vocabulary(shards: list[Path], cased: bool, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vocabulary folder of 300 pieces."""
    folder = tmp_path_factory.mktemp("vocabulary") / "folder"
    train_vocabulary(shards, folder, 300, cased, 10_000)
    return folder


GOOGLE_MODEL = (
    "raw.githubusercontent.com/Adapter-Hub/adapter-transformers/1257f10106ab3e8084db4b87c5db55b1bf399497/tests/fixtures/spiece.model"
)


@pytest.fixture(scope="session")
def google_model(mirror: Path) -> Path:
    """Google's 30k-clean.model."""
    return mirror / GOOGLE_MODEL
