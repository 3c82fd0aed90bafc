"""Files appear whole or not at all; whatever is wrong with one is said in one line."""

import errno
import gzip
import hashlib
import os
import platform
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pytest

from bioalbert.errors import InputError
from bioalbert.files import digest, expand_inputs, open_binary, open_text, read_json, whole_file, whole_folder, write_json, write_text

# A child that has written half of its output when it is killed.
KILLED = """
import sys
from bioalbert import files
with files.{writer}(sys.argv[1]) as unfinished:
    {half}
    print("half", flush=True)
    sys.stdin.read()
"""


def kill_in_the_middle(writer: str, half: str, target: Path) -> None:
    command = [sys.executable, "-c", KILLED.format(writer=writer, half=half), str(target)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "half\n"
        child.kill()
        assert child.wait() == -signal.SIGKILL


def made_folder(path: Path, content: str) -> Path:
    path.mkdir(parents=True)
    (path / "content.txt").write_text(content)
    (path / "provenance.json").write_text("{}")
    return path


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_whole_file_appears_at_the_end_only(tmp_path):
    path = tmp_path / "new" / "a.txt"
    with whole_file(path) as unfinished:
        unfinished.write_text("text")
        assert unfinished.parent == path.parent  # a rename across file systems would not be atomic
        assert not path.exists()
    assert path.read_text() == "text"
    assert names(path.parent) == ["a.txt"]


def test_a_folder_is_not_written_as_a_file(tmp_path):
    told = f"{tmp_path}: a folder, where a file is to be written; name a file in it"
    with pytest.raises(InputError, match=re.escape(told)), whole_file(tmp_path):
        pytest.fail("nothing is to be written")


def test_after_an_exception_the_old_file_stands_alone(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(KeyError), whole_file(path) as unfinished:
        unfinished.write_text("ne")
        raise KeyError
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_after_a_kill_the_old_file_is_intact(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    kill_in_the_middle("whole_file", "unfinished.write_text('ne')", path)
    assert path.read_text() == "old"


def test_a_whole_folder_replaces_the_old_one(tmp_path):
    path = made_folder(tmp_path / "store", "old")
    (path / "left-over.txt").touch()
    with whole_folder(path) as unfinished:
        (unfinished / "content.txt").write_text("new")
        assert (path / "content.txt").read_text() == "old"
    assert names(path) == ["content.txt"]
    assert (path / "content.txt").read_text() == "new"
    assert names(tmp_path) == ["store"]


def test_after_an_exception_the_old_folder_stands_alone(tmp_path):
    path = made_folder(tmp_path / "store", "old")
    with pytest.raises(KeyError), whole_folder(path) as unfinished:
        (unfinished / "content.txt").write_text("ne")
        raise KeyError
    assert (path / "content.txt").read_text() == "old"
    assert names(tmp_path) == ["store"]


def test_after_a_kill_the_old_folder_is_intact(tmp_path):
    path = made_folder(tmp_path / "store", "old")
    kill_in_the_middle("whole_folder", "(unfinished / 'content.txt').write_text('ne')", path)
    assert names(path) == ["content.txt", "provenance.json"]
    assert (path / "content.txt").read_text() == "old"


def test_the_old_folder_never_stands_there_in_part(tmp_path, monkeypatch):
    """Deleting a folder takes time, in which the process may be killed: by then it must have lost its name."""
    path = made_folder(tmp_path / "store", "old")
    deleted = []
    monkeypatch.setattr("bioalbert.files.shutil.rmtree", lambda folder, **_: deleted.append(Path(folder)))
    with whole_folder(path) as unfinished:
        (unfinished / "content.txt").write_text("new")
    assert path not in deleted
    assert [(folder / "content.txt").read_text() for folder in deleted if folder.exists()] == ["old"]


def test_what_a_killed_process_left_goes_with_the_next_and_that_of_a_living_one_stays(tmp_path):
    folder, file = tmp_path / "folder", tmp_path / "file.txt"
    kill_in_the_middle("whole_folder", "(unfinished / 'a').touch()", folder)
    kill_in_the_middle("whole_file", "unfinished.touch()", file)
    assert len(names(tmp_path)) == 2
    with whole_file(file) as outer:
        outer.write_text("outer")
        with whole_folder(folder) as unfinished:
            (unfinished / "provenance.json").write_text("{}")
        living = tmp_path / f".file.txt.{platform.node()}.{os.getppid()}.part"
        living.touch()
        write_text(tmp_path / "other.txt", "")
    with whole_file(file) as again:
        again.write_text("again")
    assert names(tmp_path) == sorted([living.name, "file.txt", "folder", "other.txt"])


def test_the_old_folder_comes_back_when_the_new_one_cannot_take_its_name(tmp_path, monkeypatch):
    folder, replace = made_folder(tmp_path / "folder", "old"), os.replace

    def refuse(source, target):
        if Path(source).name.endswith(".part"):
            raise PermissionError(1, "no")
        replace(source, target)

    with pytest.raises(PermissionError), whole_folder(folder) as unfinished:
        made_folder(unfinished / "inner", "new")
        monkeypatch.setattr(os, "replace", refuse)
    assert (folder / "content.txt").read_text() == "old" and names(tmp_path) == ["folder"]


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_a_whole_folder_replaces_nothing_of_others(tmp_path, kind):
    path = tmp_path / "thesis"
    if kind == "folder":
        path.mkdir()
        (path / "chapter.txt").write_text("precious")
    else:
        path.write_text("precious")
    with pytest.raises(InputError, match="thesis: something else is there"), whole_folder(path):
        pass
    assert (path / "chapter.txt" if kind == "folder" else path).read_text() == "precious"


def test_an_empty_folder_may_be_filled(tmp_path):
    (tmp_path / "store").mkdir()
    with whole_folder(tmp_path / "store") as unfinished:
        (unfinished / "content.txt").touch()
    assert names(tmp_path / "store") == ["content.txt"]


def test_equal_values_are_equal_json_files(tmp_path):
    write_json(tmp_path / "a.json", {"b": "β", "a": 1})
    write_json(tmp_path / "b.json", {"a": 1, "b": "β"})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes() == '{\n  "a": 1,\n  "b": "β"\n}\n'.encode()
    assert read_json(tmp_path / "a.json") == {"a": 1, "b": "β"}


def test_a_number_that_is_none_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="JSON compliant"):
        write_json(tmp_path / "a.json", {"loss": float("nan")})
    assert names(tmp_path) == []


@pytest.mark.parametrize(("content", "problem"), [(None, "no such file"), (b"{", "not valid JSON"), (b"\xff{}", "not valid JSON")])
def test_json_that_is_none(tmp_path, content, problem):
    path = tmp_path / "a.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=rf"a\.json: {problem}"):
        read_json(path)


def zstd(content: bytes) -> bytes:
    return pa.Codec("zstd").compress(content, asbytes=True)


@pytest.mark.parametrize("name, pack", [("a.txt", bytes), ("a.txt.gz", gzip.compress), ("a.txt.zst", zstd)])
def test_plain_and_packed_text(tmp_path, name, pack):
    content = b"\xef\xbb\xbfone\r\n\xce\xb2 two\n"
    (tmp_path / name).write_bytes(pack(content))
    with open_text(tmp_path / name) as stream:
        assert list(stream) == ["one\r\n", "β two\n"]
    with open_binary(tmp_path / name) as stream:
        assert stream.read() == content


def spoiled(packed: bytes, how: str) -> bytes:
    middle = len(packed) // 2
    flipped = bytes(byte ^ 0xFF for byte in packed[middle : middle + 8])
    return {
        "truncated": packed[:middle],
        "corrupt": packed[:middle] + flipped + packed[middle + 8 :],
        "wrong checksum": packed[:-8] + b"\0\0\0\0" + packed[-4:],
        "not gzip": b"<html>404</html>",
    }[how]


@pytest.mark.parametrize("opened", [open_binary, open_text])
@pytest.mark.parametrize("how", ["truncated", "corrupt", "wrong checksum", "not gzip"])
def test_spoiled_gzip(tmp_path, opened, how):
    path = tmp_path / "a.xml.gz"
    path.write_bytes(spoiled(gzip.compress(" ".join(map(str, range(5000))).encode()), how))
    line = r"a\.xml\.gz: corrupt or truncated gzip .*; delete the file and download it again"
    with pytest.raises(InputError, match=line), opened(path) as stream:
        stream.read()


@pytest.mark.parametrize("opened", [open_binary, open_text])
@pytest.mark.parametrize("spoil", [lambda packed: packed[:-2], lambda packed: packed + b"<html>", lambda packed: b"<html>404</html>"])
def test_spoiled_zstd(tmp_path, opened, spoil):
    path = tmp_path / "a.txt.zst"
    path.write_bytes(spoil(zstd(" ".join(map(str, range(5000))).encode())))
    line = r"a\.txt\.zst: corrupt or truncated zstd .*; delete the file and download it again"
    with pytest.raises(InputError, match=line), opened(path) as stream:
        stream.read()


def test_a_full_disk_is_not_taken_for_a_corrupt_file(tmp_path):
    (tmp_path / "a.txt.gz").write_bytes(gzip.compress(b"text"))
    with pytest.raises(OSError, match="No space left"), open_binary(tmp_path / "a.txt.gz"):
        raise OSError(errno.ENOSPC, "No space left on device")


def test_without_room_the_file_is_named_and_the_old_one_stands(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, limits[1]))
    try:
        with pytest.raises(OSError) as caught, whole_file(path) as unfinished, unfinished.open("wb") as stream:
            stream.write(bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (caught.value.errno, caught.value.filename) == (errno.EFBIG, str(path))
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_line_that_is_not_utf8_is_named_wherever_the_buffer_began(tmp_path):
    (tmp_path / "a.txt").write_bytes(b"caf\xc3\xa9 au lait\n" * 9_999 + b"caf\xe9\n" + b"tea\n" * 9)
    with pytest.raises(InputError, match=r"a\.txt: line 10000: not UTF-8"), open_text(tmp_path / "a.txt") as stream:
        stream.read()


def test_text_that_is_not_utf8(tmp_path):
    (tmp_path / "a.txt").write_bytes("naïve".encode("latin-1"))
    with pytest.raises(InputError, match=r"a\.txt: line 1: not UTF-8 .*; convert it to UTF-8"), open_text(tmp_path / "a.txt") as stream:
        stream.read()


def test_a_file_that_is_absent(tmp_path):
    with pytest.raises(InputError, match=r"a\.txt: no such file"), open_text(tmp_path / "a.txt"):
        pass


def test_digests(tmp_path):
    write_text(tmp_path / "a.txt", "naïve")
    assert digest(tmp_path / "a.txt") == hashlib.sha256("naïve".encode()).hexdigest()
    assert digest(tmp_path / "a.txt", "md5") == hashlib.md5("naïve".encode()).hexdigest()


def test_lists_of_inputs_are_relative_to_themselves(tmp_path):
    for name in ("a.xml", "lists/b c.xml", "lists/d.xml"):
        write_text(tmp_path / name, "")
    (tmp_path / "lists" / "files.txt").write_bytes(b"\xef\xbb\xbfb c.xml\r\n\n  \nd.xml")
    found = expand_inputs([f"{tmp_path}/a.xml", f"@{tmp_path}/lists/files.txt"])
    assert found == [tmp_path / "a.xml", tmp_path / "lists" / "b c.xml", tmp_path / "lists" / "d.xml"]


def test_inputs_that_are_absent(tmp_path):
    write_text(tmp_path / "files.txt", "gone.xml\n")
    for names_given, line in (
        ([f"{tmp_path}/gone.xml"], r"gone\.xml: no such file"),
        ([f"@{tmp_path}/files.txt"], r"gone\.xml: no such file"),
        ([f"@{tmp_path}/lost.txt"], r"lost\.txt: no such list of files"),
    ):
        with pytest.raises(InputError, match=line):
            expand_inputs(names_given)


def test_a_list_that_is_not_text(tmp_path):
    (tmp_path / "a.xml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match=r"a\.xml: line 1: not UTF-8"):
        expand_inputs([f"@{tmp_path}/a.xml"])


@pytest.mark.parametrize("name, kind", [("a.xml.gz", "gzip"), ("a.txt.zst", "zstd")])
def test_an_empty_pack_is_not_an_empty_text(tmp_path, name, kind):
    (tmp_path / name).touch()
    with pytest.raises(InputError, match=rf"{name}: an empty file, not a {kind}; delete"), open_text(tmp_path / name):
        pass
