"""PubMed's folders: what is in them, in whose parts."""

import hashlib

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.download.pubmed import download_pubmed, file_names
from bioalbert.download.source import Source
from bioalbert.errors import InputError

BASE = "https://ftp.ncbi.nlm.nih.gov/pubmed/"
README = "The complete baseline consists of files\npubmed31n0001.xml through pubmed31n0005.xml. The first Update file is pubmed31n0006.xml."
EXPECTED = [f"baseline/pubmed31n{i:04d}.xml.gz" for i in range(1, 6)] + [f"updatefiles/pubmed31n{i:04d}.xml.gz" for i in (6, 7)]


@pytest.fixture
def site(put):
    """A small PubMed site of another year, with a file of the last release and one of the next in its update folder."""
    for name in [*EXPECTED, "updatefiles/pubmed30n1500.xml.gz", "updatefiles/pubmed32n0001.xml.gz"]:
        put(BASE + name, name)
        put(f"{BASE}{name}.md5", f"MD5({name.split('/')[1]})= {hashlib.md5(name.encode()).hexdigest()}\n")
    put(f"{BASE}updatefiles/pubmed31n0006_stats.html", "")
    put(f"{BASE}baseline/README.txt", README)
    return put


@pytest.fixture
def source(tmp_path) -> Source:
    return Source(str(tmp_path / "mirror"))


def test_names_come_from_the_folders(site, source):
    assert file_names(source, BASE) == EXPECTED


def test_names_from_a_web_server_s_index(site, server):
    server.files["/ftp.ncbi.nlm.nih.gov/pubmed/baseline/README.txt"] = README.encode()
    for folder in ("baseline", "updatefiles"):
        names = [name.split("/")[1] for name in EXPECTED if name.startswith(folder)]
        links = "".join(f'<a href="{name}">{name}</a> <a href="{name}.md5">{name}.md5</a>\n' for name in reversed(names))
        page = f'<html><a href="?C=N;O=D">Name</a><a href="/pubmed/">Parent</a><pre>{links}</pre></html>'
        server.files[f"/ftp.ncbi.nlm.nih.gov/pubmed/{folder}/"] = page.encode()
    assert file_names(Source(server.base, tries=1), BASE) == EXPECTED


def test_without_the_readme_s_sentence_the_listing_counts(site, source, capsys):
    site(f"{BASE}baseline/README.txt", "Reworded.")
    assert file_names(source, BASE) == EXPECTED
    assert "README.txt states no range" in capsys.readouterr().err


def test_an_incomplete_folder_is_refused(site, source, tmp_path):
    (tmp_path / "mirror" / BASE.removeprefix("https://") / "baseline/pubmed31n0003.xml.gz").unlink()
    with pytest.raises(InputError, match=r"baseline/: 1 of the files .* the first pubmed31n0003\.xml\.gz"):
        file_names(source, BASE)


@pytest.mark.parametrize("parts", [1, 2, 3, 10])
def test_parts_partition_the_files(site, source, tmp_path, parts):
    seen = []
    for number in range(1, parts + 1):
        listing = download_pubmed(load("pubmed"), source, tmp_path / "raw", (number, parts))
        assert listing == tmp_path / f"raw/pubmed/part-{number}-of-{parts}.txt"
        names = listing.read_text().splitlines()
        assert all((listing.parent / name).read_text() == name for name in names)
        seen += names
    assert sorted(seen) == EXPECTED


def test_max_files_takes_the_baseline_first(site, source, tmp_path):
    listing = download_pubmed(load("pubmed"), source, tmp_path / "raw", (2, 2), max_files=6)
    assert listing.read_text().splitlines() == EXPECTED[:6][1::2]


def test_a_bad_file_stops_it_and_leaves_no_list(site, source, tmp_path):
    site(f"{BASE}{EXPECTED[3]}", "damaged")
    with pytest.raises(InputError, match=r"pubmed31n0004\.xml\.gz: wrong md5: .*pubmed31n0004\.xml\.gz\.md5"):
        download_pubmed(load("pubmed"), source, tmp_path / "raw")
    assert not list((tmp_path / "raw/pubmed").glob("part-*"))
    assert not (tmp_path / "raw/pubmed" / EXPECTED[3]).exists()


def test_real_files(mirror, tmp_path):
    listing = download_pubmed(load("pubmed"), Source(str(mirror)), tmp_path)
    names = listing.read_text().splitlines()
    assert names == [f"{'baseline' if i < 4 else 'updatefiles'}/pubmed26n000{i}.xml.gz" for i in (1, 2, 3, 4)]
    official = mirror / "ftp.ncbi.nlm.nih.gov/pubmed"
    assert all((listing.parent / name).read_bytes() == (official / name).read_bytes() for name in names)
