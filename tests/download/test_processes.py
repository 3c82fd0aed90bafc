"""Downloads by processes of their own, which are killed, meet each other or have no room."""

import hashlib
import resource
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.processes import finished, started

BODY = bytes(range(256)) * 10_000
KEPT = 1 << 20  # bytes come to the file in blocks of so many


@pytest.fixture
def command(server, tmp_path) -> list[str]:
    """Downloads /a.bin of the server to tmp_path/raw/own/a.bin."""
    server.files["/a.bin"] = BODY
    file = {"name": "a.bin", "url": f"{server.base}/a.bin", "sha256": hashlib.sha256(BODY).hexdigest()}
    entry = {"id": "own", "kind": "corpus", "title": "Own", "licence": "CC0-1.0", "files": [file]}
    (tmp_path / "own.yaml").write_text(yaml.safe_dump(entry))
    return [sys.executable, "-m", "bioalbert", "download", str(tmp_path / "own.yaml"), "--output", str(tmp_path / "raw")]


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "raw/own").iterdir()}


def whole() -> dict[str, bytes]:
    return {"a.bin": BODY, "files.txt": b"a.bin\n"}


def test_a_killed_download_goes_on_where_it_stopped(server, command, tmp_path):
    server.faults["/a.bin"] = [("stall", KEPT)]
    part = tmp_path / "raw/own/.a.bin.part"
    with started(command) as process:
        while not (part.exists() and part.stat().st_size == KEPT):
            assert process.poll() is None
            time.sleep(0.02)
    assert files(tmp_path) == {".a.bin.part": BODY[:KEPT]}
    assert finished(command, 60)[0] == 0
    assert server.requests == [("/a.bin", None), ("/a.bin", f"bytes={KEPT}-")]
    assert files(tmp_path) == whole()


def test_of_two_processes_one_fetches(server, command, tmp_path):
    server.faults["/a.bin"] = [("hang", 3)]
    with started(command) as one, started(command) as other:
        assert one.wait(60) == 0 and other.wait(60) == 0
    assert files(tmp_path) == whole()
    assert server.requests == [("/a.bin", None)]


def test_a_full_disk_is_one_line_and_what_came_is_kept(server, command, tmp_path):
    full = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (KEPT, KEPT))}
    status, output = finished(command, 60, **full)
    assert status == 2
    assert output.splitlines()[-1].endswith("File too large; make room and run the same command again, what is finished is kept")
    assert files(tmp_path) == {".a.bin.part": BODY[:KEPT]}
    assert finished(command, 60)[0] == 0
    assert files(tmp_path) == whole()
