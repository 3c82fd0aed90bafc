from pathlib import Path

import pytest

from bioalbert.demo.generate import generate


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration folder of seed 1."""
    folder = tmp_path_factory.mktemp("demo") / "demo"
    generate(folder, seed=1)
    return folder


@pytest.fixture(scope="session")
def datasets(demo: Path) -> Path:
    return demo / "mirror/demo.bioalbert.invalid"
