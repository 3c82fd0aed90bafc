"""Fetching from a server that fails in every usual way, and from mirrors."""

import hashlib
from pathlib import Path

import pytest

from bioalbert.download.digests import Digest
from bioalbert.download.source import NotFound, Source
from bioalbert.errors import InputError

BODY = bytes(range(256)) * 40


def sha256(body: bytes) -> Digest:
    return Digest("sha256", hashlib.sha256(body).hexdigest())


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("faults", [[500], [503, 502], [429], [("hang", 0.6)], [("cut", 1000), ("cut", 2000)]])
def test_a_passing_fault_is_survived(server, source, tmp_path, faults):
    server.files["/a.bin"] = BODY
    server.faults["/a.bin"] = list(faults)
    assert source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert leftovers(tmp_path) == ["a.bin"]
    assert len(server.requests) == len(faults) + 1


def test_a_cut_download_goes_on_where_it_stopped(server, source, tmp_path):
    server.files["/a.bin"] = BODY
    server.faults["/a.bin"] = [("cut", 1000)]
    source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert server.requests == [("/a.bin", None), ("/a.bin", "bytes=1000-")]
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_later_call_goes_on_too(server, source, tmp_path):
    server.files["/a.bin"] = BODY
    server.faults["/a.bin"] = [("cut", 1000), ("cut", 2000), ("cut", 3000)]
    with pytest.raises(InputError, match=r"a\.bin: broke off 3 times.*--mirror"):
        source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert leftovers(tmp_path) == [".a.bin.part"]
    source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert server.requests[-1] == ("/a.bin", "bytes=3000-")
    assert (tmp_path / "a.bin").read_bytes() == BODY


@pytest.mark.parametrize("kept", [b"older content", BODY + b"more", BODY])
def test_a_kept_beginning_that_does_not_fit_is_dropped(server, source, tmp_path, kept):
    server.files["/a.bin"] = BODY
    (tmp_path / ".a.bin.part").write_bytes(kept)
    source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert (tmp_path / "a.bin").read_bytes() == BODY
    assert leftovers(tmp_path) == ["a.bin"]


def test_a_kept_beginning_is_not_trusted_without_a_digest(server, source, tmp_path):
    server.files["/a.bin"] = BODY
    (tmp_path / ".a.bin.part").write_bytes(b"older content")
    source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_server_without_ranges(server, source, tmp_path):
    server.files["/a.bin"] = BODY
    server.faults["/a.bin"] = [("cut", 1000), "no range"]
    source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert (tmp_path / "a.bin").read_bytes() == BODY


def test_a_finished_file_is_not_asked_for_again(server, source, tmp_path):
    (tmp_path / "a.bin").write_bytes(BODY)
    assert not source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert server.requests == []


def test_wrong_bytes_leave_nothing_behind(server, source, tmp_path):
    server.files["/a.bin"] = b"not the published bytes"
    (tmp_path / "a.bin").write_bytes(b"an old bad file")
    with pytest.raises(InputError, match=r"a\.bin: wrong sha256: .* instead of "):
        source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin", sha256(BODY))
    assert leftovers(tmp_path) == []


@pytest.mark.parametrize(
    "faults, message",
    [
        ([404], "no such file \\(404\\)"),
        ([403], "answers 403"),
        ([500] * 9, "answers 500"),
        ([("hang", 0.5)] * 9, "no answer after 3 tries.*timed out"),
    ],
)
def test_a_lasting_fault_is_one_line_with_the_address_and_the_fix(server, source, tmp_path, faults, message):
    server.files["/a.bin"] = BODY
    server.faults["/a.bin"] = list(faults)
    with pytest.raises(InputError, match=f"{server.base}/a.bin: .*{message}.*--mirror") as raised:
        source.fetch(f"{server.base}/a.bin", tmp_path / "a.bin")
    assert isinstance(raised.value, NotFound) == (faults == [404])
    assert "\n" not in str(raised.value)
    assert leftovers(tmp_path) == []


def test_no_server_at_all(tmp_path):
    source = Source(timeout=0.3, tries=2, pause=0.01)
    with pytest.raises(InputError, match=r"http://127\.0\.0\.1:1/a: no answer after 2 tries"):
        source.fetch("http://127.0.0.1:1/a", tmp_path / "a")


@pytest.mark.parametrize("kind", ["folder", "web"])
def test_mirror(kind, server, put, tmp_path):
    put("https://example.org/data/two words.txt", "text")
    server.files["/m/example.org/data/two%20words.txt"] = b"text"
    server.files["/m/example.org/data/"] = b'<a href="../">up</a><a href="two%20words.txt">two words.txt</a>'
    source = Source(str(tmp_path / "mirror") if kind == "folder" else f"{server.base}/m/", tries=1)
    source.fetch("https://example.org/data/two%20words.txt?md5=1", tmp_path / "out")
    assert (tmp_path / "out").read_text() == "text"
    assert "two words.txt" in source.names("https://example.org/data/")
    with pytest.raises(NotFound, match=r"example\.org/absent"):
        source.read("https://example.org/absent")


def test_a_mirror_folder_that_is_not_there(tmp_path):
    with pytest.raises(InputError, match="no such mirror folder"):
        Source(str(tmp_path / "absent"))
