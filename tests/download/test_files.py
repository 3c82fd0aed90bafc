"""Catalogue entries that name their files, from a generated mirror."""

import hashlib
import io
import tarfile
import zipfile

import pytest

from bioalbert.catalogue.entries import Entry, RemoteFile, files_of
from bioalbert.download.files import download_files
from bioalbert.download.source import Source
from bioalbert.errors import InputError

URL = "https://example.org/set"


def entry(*files: RemoteFile, folds: int = 0) -> Entry:
    return Entry(id="set", kind="dataset", title="A set", licence="CC0", folds=folds, files=files)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()


@pytest.fixture
def download(tmp_path):
    """Downloads an entry from tmp_path/mirror; returns the lines of its files.txt."""

    def run(wanted: Entry) -> list[str]:
        download_files(wanted, Source(str(tmp_path / "mirror")), tmp_path / "raw")
        return (tmp_path / "raw/set/files.txt").read_text().splitlines()

    return run


def test_each_kind_of_digest(put, download, tmp_path):
    put(f"{URL}/a", "a")
    put(f"{URL}/b", "test content\n")
    put(f"{URL}/c", "c")
    put(f"{URL}/c.md5", f"MD5(c)= {md5('c')}")
    files = (
        RemoteFile("a", f"{URL}/a", sha256=sha256("a")),
        RemoteFile("sub/b", f"{URL}/b", git_blob="d670460b4b4aece5915caf5c68d12f560a9fe3e4"),
        RemoteFile("c", f"{URL}/c", md5_beside=True),
    )
    assert download(entry(*files)) == ["a", "sub/b", "c"]
    assert (tmp_path / "raw/set/sub/b").read_text() == "test content\n"


@pytest.mark.parametrize("options", [{"sha256": "0" * 64}, {"git_blob": "0" * 40}, {"md5_beside": True}])
def test_a_wrong_digest_stops_and_nothing_claims_to_be_complete(put, download, tmp_path, options):
    put(f"{URL}/a", "a")
    put(f"{URL}/b", "changed")
    put(f"{URL}/b.md5", f"{md5('b')}  b")
    with pytest.raises(InputError, match=r"example\.org/set/b: wrong "):
        download(entry(RemoteFile("a", f"{URL}/a", sha256=sha256("a")), RemoteFile("b", f"{URL}/b", **options)))
    assert [path.name for path in (tmp_path / "raw/set").iterdir()] == ["a"]


def test_folds(put, download):
    for fold in (1, 2, 3):
        put(f"{URL}/{fold}/train.tsv", f"fold {fold}")
        put(f"{URL}/{fold}/train.tsv.md5", md5(f"fold {fold}"))
    put(f"{URL}/all.tsv", "all")
    folded = entry(
        RemoteFile("{fold}/train.tsv", URL + "/{fold}/train.tsv", md5_beside=True),
        RemoteFile("all.tsv", f"{URL}/all.tsv", sha256=sha256("all")),
        folds=3,
    )
    assert download(folded) == ["1/train.tsv", "2/train.tsv", "3/train.tsv", "all.tsv"]


def test_a_file_without_a_digest_is_recorded_and_then_enforced(put, download, tmp_path, capsys):
    put(f"{URL}/a", "a")
    wanted = entry(RemoteFile("a", f"{URL}/a"))
    download(wanted)
    assert "set: no digest of a is published: recorded in" in capsys.readouterr().err
    put(f"{URL}/a", "another")
    download(wanted)  # the right file is there: nothing is asked
    (tmp_path / "raw/set/a").unlink()
    with pytest.raises(InputError, match=r"wrong sha256.*recorded-digests\.json"):
        download(wanted)


def test_a_second_run_touches_nothing_and_repairs_what_is_missing(put, download, tmp_path):
    for name in "ab":
        put(f"{URL}/{name}", name)
    wanted = entry(*(RemoteFile(name, f"{URL}/{name}", sha256=sha256(name)) for name in "ab"))
    download(wanted)
    folder = tmp_path / "raw/set"
    before = {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}
    download(wanted)
    assert {path.name: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    (folder / "a").write_text("damaged")
    download(wanted)
    assert (folder / "a").read_text() == "a"
    assert (folder / "b").stat().st_mtime_ns == before["b"]


@pytest.mark.parametrize("kind", ["zip", "tar.gz"])
def test_an_archive_is_unpacked_and_its_members_are_listed(put, download, tmp_path, kind):
    packed = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(packed, "w") as bundle:
            bundle.writestr("in/x.txt", "x")
    else:
        with tarfile.open(fileobj=packed, mode="w:gz") as bundle:
            item = tarfile.TarInfo("in/x.txt")
            item.size = 1
            bundle.addfile(item, io.BytesIO(b"x"))
    put(f"{URL}/a.{kind}", packed.getvalue())
    wanted = entry(RemoteFile(f"a.{kind}", f"{URL}/a.{kind}", unpack=True))
    assert download(wanted) == ["in/x.txt"]
    (tmp_path / "raw/set/in/x.txt").unlink()
    assert download(wanted) == ["in/x.txt"]
    assert (tmp_path / "raw/set/in/x.txt").read_text() == "x"


def test_an_optional_file_may_be_absent_but_not_wrong(put, download, capsys):
    put(f"{URL}/a", "a")
    needed, optional = RemoteFile("a", f"{URL}/a", sha256=sha256("a")), RemoteFile("b", f"{URL}/b", sha256=sha256("b"), optional=True)
    assert download(entry(optional, needed)) == ["a"]
    told = capsys.readouterr().err
    assert "set: the protocols that need b cannot be run: " in told and "set: 1/2 files" in told
    put(f"{URL}/b", "b")
    assert download(entry(optional, needed)) == ["b", "a"]
    put(f"{URL}/c", "changed")
    with pytest.raises(InputError, match="wrong sha256"):
        download(entry(RemoteFile("c", f"{URL}/c", sha256=sha256("c"), optional=True)))
    with pytest.raises(InputError, match="the mirror has no such file"):
        download(entry(RemoteFile("d", f"{URL}/d", sha256=sha256("d"))))


@pytest.mark.parametrize("name", ["../a", "/tmp/a", ""])
def test_a_catalogue_file_cannot_write_elsewhere(name):
    with pytest.raises(InputError, match="leads out of the folder"):
        list(files_of(entry(RemoteFile(name, f"{URL}/a"))))
