"""The tiny oracle: a checkpoint that Google's own code saved under TensorFlow after three LAMB steps, with its graph's outputs."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from bioalbert.convert.names import OPTIMIZER

from .models import checkpoint_folder, read_all, train_vocabulary

DATA = Path(__file__).parent / "data"


@pytest.fixture
def oracle(tmp_path) -> Path:
    """A copy of the oracle's checkpoint folder, to be converted or broken."""
    return Path(shutil.copytree(DATA, tmp_path / "oracle"))


@pytest.fixture(scope="session")
def reference() -> dict[str, np.ndarray]:
    """Inputs and outputs of Google's graph with the oracle's weights."""
    return dict(np.load(DATA / "reference.npz"))


@pytest.fixture
def bare(oracle, tmp_path) -> Path:
    """The oracle's checkpoint without its optimizer variables: what hf-to-tf has to reproduce byte for byte."""
    tensors = {name: tensor for name, tensor in read_all(oracle / "model.ckpt-3").items() if not OPTIMIZER.fullmatch(name)}
    return checkpoint_folder(tmp_path / "bare", tensors, oracle / "albert_config.json")


@pytest.fixture(scope="session")
def sentencepiece_model(tmp_path_factory) -> Path:
    """A lower-case ALBERT-style vocabulary with as many pieces as the small models."""
    sentences = ["the cell binds a receptor", "aspirin inhibits cyclooxygenase in man", "mutations of brca1 raise the risk of cancer"]
    return train_vocabulary(tmp_path_factory.mktemp("vocabulary") / "30k-clean.model", sentences)
