"""Whatever happens to the process, a shard is there whole, with its statistics, or not at all."""

import json
import random
import re
import resource
import signal
import sys
import time
from pathlib import Path

import pytest

from bioalbert.cli import main
from tests.processes import finished, started

NAMES = ["a.dropped.jsonl", "a.parquet", "a.stats.json"]
RECORD = "a.provenance.json"


@pytest.fixture
def texts(tmp_path) -> Path:
    """Text of more than one row group, which does not pack well."""
    folder, draws = tmp_path / "texts", random.Random(1)
    folder.mkdir()
    lines = [json.dumps({"text": " ".join(f"The {draws.randbytes(100).hex()} gene." for _ in range(50))}) for _ in range(1_000)]
    (folder / "a.jsonl").write_text("\n".join([*lines, '{"text": ""}']))
    return folder


def command(texts: Path, output: Path) -> list[str]:
    return [sys.executable, "-m", "bioalbert", "corpus", "text", "--input", str(texts), "--output", str(output / "a.parquet")]


def contents(folder: Path) -> dict[str, bytes]:
    """All files but the record, which varies from run to run."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.name != RECORD}


@pytest.fixture
def whole(texts, tmp_path) -> dict[str, bytes]:
    """The files of an undisturbed run."""
    assert main(command(texts, tmp_path / "undisturbed")[3:]) == 0
    made = contents(tmp_path / "undisturbed")
    assert list(made) == NAMES and len(made["a.parquet"]) > 1_000_000
    assert (tmp_path / "undisturbed" / RECORD).is_file()
    return made


def unfinished(folder: Path) -> Path | None:
    """A shard that is being written, once something of it is on the disk."""
    return next((path for path in folder.glob(".a.parquet.*.part") if path.stat().st_size > 4), None)


@pytest.mark.parametrize("old", [True, False])
def test_a_full_disk(texts, whole, tmp_path, old):
    """A limit on the size of files stands for a full disk: the same error, in the same place."""
    folder = tmp_path / "full"
    folder.mkdir()
    if old:
        for name in NAMES:
            (folder / name).write_text("old")
    limit = len(whole["a.parquet"]) // 2
    status, output = finished(
        command(texts, folder), timeout=120, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    )
    assert status == 2
    fix = "make room and run the same command again, what is finished is kept"
    assert re.fullmatch(rf"bioalbert: {folder}/a\.[a-z.]+: File too large; {fix}", output.splitlines()[-1])  # one of three files
    assert contents(folder) == (dict.fromkeys(NAMES, b"old") if old else {})


def test_a_kill_in_the_middle_and_a_second_run(texts, whole, tmp_path):
    folder = tmp_path / "killed"
    with started(command(texts, folder)) as process:
        while not (found := unfinished(folder)):
            assert process.poll() is None
            time.sleep(0.01)
        process.kill()
        assert process.wait() == -signal.SIGKILL
    assert found.exists() and not any(folder.glob("a.*"))
    assert main(command(texts, folder)[3:]) == 0
    assert contents(folder) == whole  # what the killed process left is gone too


def test_two_processes_on_one_shard(texts, whole, tmp_path):
    folder = tmp_path / "twice"
    with started(command(texts, folder)) as first, started(command(texts, folder)) as second:
        assert (first.wait(120), second.wait(120)) == (0, 0)
    assert contents(folder) == whole
