"""Training and evaluation run on a bare GPU machine: torch, transformers, sentencepiece, pandas and pyarrow, and nothing else of ours."""

import subprocess
import sys
from pathlib import Path

import pytest

ABSENT = ("snakemake", "dvc", "pydantic", "lxml", "google_crc32c", "matplotlib", "tensorboard")


@pytest.mark.parametrize("module", ["bioalbert.pretrain.train", "bioalbert.finetune.run", "benchmarks.gpu"])
def test_needs_none_of_the_workflows_packages(module):
    code = f"import sys; sys.modules.update(dict.fromkeys({ABSENT!r})); import {module}"
    done = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
