"""Archives, good and hostile."""

import io
import tarfile
import zipfile

import pytest

from bioalbert.download.unpack import unpack
from bioalbert.errors import InputError


def make_zip(path, members):
    with zipfile.ZipFile(path, "w") as bundle:
        for name, content in members.items():
            bundle.writestr(name, content)


def make_tar(path, members):
    with tarfile.open(path, "w:gz") as bundle:
        for name, content in members.items():
            item = content if isinstance(content, tarfile.TarInfo) else tarfile.TarInfo(name)
            if not isinstance(content, tarfile.TarInfo):
                item.size = len(content)
            bundle.addfile(item, None if isinstance(content, tarfile.TarInfo) else io.BytesIO(content.encode()))


def link(name, target, kind=tarfile.SYMTYPE):
    item = tarfile.TarInfo(name)
    item.type, item.linkname = kind, target
    return item


@pytest.mark.parametrize("make, name", [(make_zip, "a.zip"), (make_tar, "a.tar.gz")])
def test_unpacks(make, name, tmp_path):
    make(tmp_path / name, {"set/two words/b.txt": "b", "set/a.txt": "a", "./c.txt": "c"})
    (tmp_path / "out").mkdir()
    assert unpack(tmp_path / name, tmp_path / "out") == ["c.txt", "set/a.txt", "set/two words/b.txt"]
    assert (tmp_path / "out/set/two words/b.txt").read_text() == "b"
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["c.txt", "set"]


@pytest.mark.parametrize("bad", ["../out.txt", "/tmp/out.txt", "a/../../out.txt", "..\\out.txt"])
@pytest.mark.parametrize("make", [make_zip, make_tar])
def test_a_path_that_leads_out_is_refused(make, bad, tmp_path):
    make(tmp_path / "a", {"good.txt": "good", bad: "bad"})
    with pytest.raises(InputError, match="a path that leads out of the folder"):
        unpack(tmp_path / "a", tmp_path / "inner" / "out")
    assert not list((tmp_path / "inner" / "out").iterdir())
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "inner"]


@pytest.mark.parametrize(
    "item",
    [link("l", "/etc/passwd"), link("l", "../x"), link("l", "good.txt", tarfile.LNKTYPE), link("l", "", tarfile.FIFOTYPE)],
    ids=["absolute", "upwards", "hard", "pipe"],
)
def test_links_and_special_files_are_refused(item, tmp_path):
    make_tar(tmp_path / "a.tar.gz", {"good.txt": "good", "l": item})
    with pytest.raises(InputError, match=r"a\.tar\.gz: 'l': a link or a special file"):
        unpack(tmp_path / "a.tar.gz", tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


def test_a_link_in_a_zip_is_refused(tmp_path):
    item = zipfile.ZipInfo("l")
    item.create_system, item.external_attr = 3, 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as bundle:
        bundle.writestr(item, "/etc/passwd")
    with pytest.raises(InputError, match="a link or a special file"):
        unpack(tmp_path / "a.zip", tmp_path / "out")


@pytest.mark.parametrize("make, name", [(make_zip, "a.zip"), (make_tar, "a.tar.gz")])
@pytest.mark.parametrize("keep", [0, 0.5, 0.9])
def test_a_truncated_archive(make, name, keep, tmp_path):
    make(tmp_path / name, {f"{i}.txt": "text" * 5000 for i in range(5)})
    content = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(content[: int(len(content) * keep)])
    with pytest.raises(InputError, match="corrupt archive"):
        unpack(tmp_path / name, tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())
