"""PMC's bucket: the inventory, the licence filter, the parts, going on."""

import gzip
import hashlib
import json
import shutil

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.download.listings import s3_names
from bioalbert.download.pmc import allowed, download_pmc
from bioalbert.download.source import Source
from bioalbert.errors import InputError

BUCKET = "https://pmc-oa-opendata.s3.amazonaws.com/"
REPORTS = "inventory-reports/pmc-oa-opendata/metadata/"
LICENCES = {
    1: "CC BY",
    2: "CC BY-NC",
    3: "CC0",
    4: "TDM",
    5: "CC BY (data CC0)",
    6: None,
    7: "CC BY-ND",
    8: "CC BY",
    9: "CC BY",
    10: "CC BY",
}
TAKEN = [f"PMC{i}.1/PMC{i}.1.xml" for i in (1, 3, 5, 7)]  # 8 is retracted, 9 has no XML, 10 is withdrawn


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


def put_inventory(put, snapshot: str, numbers) -> None:
    """An inventory in two CSV files, the later articles in the first, with a key that is no article's and columns in another order."""
    keys = [f"metadata/PMC{i}.1.json" for i in numbers]
    files = []
    for name, part in (("x.csv.gz", keys[len(keys) // 2 :]), ("y.csv.gz", [*keys[: len(keys) // 2], "metadata/readme.txt"])):
        packed = gzip.compress("".join(f'"pmc-oa-opendata","1","{key}"\n' for key in part).encode())
        put(f"{BUCKET}{REPORTS}data/{snapshot}-{name}", packed)
        files.append({"key": f"{REPORTS}data/{snapshot}-{name}", "size": len(packed), "MD5checksum": md5(packed)})
    manifest = {"fileFormat": "CSV", "fileSchema": "Bucket, Size, Key", "files": files}
    put(f"{BUCKET}{REPORTS}{snapshot}/manifest.json", json.dumps(manifest))


@pytest.fixture
def bucket(put):
    """Ten articles, each with a reason to be taken or not, and an older inventory that lists only two."""
    for i, licence in list(LICENCES.items())[:-1]:
        xml = f"<article>{i}</article>".encode()
        address = None if i == 9 else f"s3://pmc-oa-opendata/PMC{i}.1/PMC{i}.1.xml?md5={md5(xml)}"
        metadata = {"pmcid": f"PMC{i}", "version": 1, "license_code": licence, "is_retracted": i == 8, "xml_url": address}
        put(f"{BUCKET}metadata/PMC{i}.1.json", json.dumps(metadata))
        put(f"{BUCKET}PMC{i}.1/PMC{i}.1.xml", xml)
    put_inventory(put, "2026-10-31T01-00Z", [1, 2])
    put_inventory(put, "2026-11-01T01-00Z", LICENCES)
    return put


@pytest.fixture
def download(tmp_path):
    """Downloads from tmp_path/mirror to tmp_path/raw; returns the list's lines and the counts beside it."""

    def run(part=(1, 1), **options) -> tuple[list[str], dict]:
        listing = download_pmc(load("pmc"), Source(str(tmp_path / "mirror")), tmp_path / "raw", part, **options)
        assert listing.name == f"part-{part[0]}-of-{part[1]}.txt"
        return listing.read_text().splitlines(), json.loads(listing.with_suffix(".stats.json").read_text())

    return run


def test_the_newest_inventory_and_the_filter(bucket, download, tmp_path, capsys):
    files, stats = download()
    assert files == TAKEN
    assert all((tmp_path / "raw/pmc" / file).is_file() for file in files)
    reasons = ["licence CC BY-NC", "licence None", "licence TDM", "no XML", "retracted", "withdrawn since the inventory was made"]
    assert stats == {
        "inventory": "2026-11-01T01-00Z",
        "listed": 10,
        "articles": 4,
        "left_out": dict.fromkeys(reasons, 1),
        "licences": "commercial",
    }
    assert not (tmp_path / "raw/pmc/PMC2.1").exists()
    assert "pmc: 4 of 10 articles" in capsys.readouterr().out


def test_licence_groups(bucket, download):
    assert len(download()[0]) == 4
    assert len(download(licences="non-commercial")[0]) == 5  # what an earlier run left out is looked at again
    assert len(download(licences="all")[0]) == 7


@pytest.mark.parametrize(
    "code, commercial, non_commercial",
    [
        ("CC0", True, True),
        ("CC BY-SA", True, True),
        ("CC BY-ND", True, True),
        ("CC BY (data CC0)", True, True),
        ("CC BY-NC-SA", False, True),
        ("CC BY-NC-ND", False, True),
        ("TDM", False, False),
        ("", False, False),
        (None, False, False),
        ("CC BYZANTINE", False, False),
    ],
)
def test_allowed(code, commercial, non_commercial):
    assert (allowed(code, "commercial"), allowed(code, "non-commercial")) == (commercial, non_commercial)
    assert allowed(code, "all")


@pytest.mark.parametrize("parts", [2, 3, 20])
def test_parts_partition_the_articles(bucket, download, parts):
    every = [download((number, parts)) for number in range(1, parts + 1)]
    assert sorted(file for files, _ in every for file in files) == TAKEN
    assert sum(stats["listed"] for _, stats in every) == 10


def test_max_files_counts_before_the_filter(bucket, download):
    files, stats = download(max_files=4)  # sorted as text: 1, 10, 2, 3
    assert (files, stats["listed"]) == ([TAKEN[0], TAKEN[1]], 4)


def test_all_parts_are_dealt_from_one_inventory(bucket, download):
    first, _ = download((1, 2))
    put_inventory(bucket, "2026-11-02T01-00Z", [0, *LICENCES])  # a newer one would shift every article
    second, _ = download((2, 2))
    assert sorted(first + second) == TAKEN


def test_a_second_run_fetches_nothing(bucket, download, tmp_path):
    download()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "raw/pmc").glob("PMC*/*.xml")}
    shutil.rmtree(tmp_path / "mirror" / BUCKET.removeprefix("https://"))
    assert download()[0] == TAKEN
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_an_article_that_was_corrected_is_fetched_anew(bucket, download, tmp_path):
    download()
    xml = b"<article>corrected</article>"
    address = f"s3://pmc-oa-opendata/PMC1.1/PMC1.1.xml?md5={md5(xml)}"
    metadata = {"pmcid": "PMC1", "version": 1, "license_code": "CC BY", "is_retracted": False, "xml_url": address}
    bucket(f"{BUCKET}metadata/PMC1.1.json", json.dumps(metadata))
    bucket(f"{BUCKET}PMC1.1/PMC1.1.xml", xml)
    (tmp_path / "raw/pmc/PMC1.1/PMC1.1.xml").unlink()
    download()
    assert (tmp_path / "raw/pmc/PMC1.1/PMC1.1.xml").read_bytes() == xml


def test_damaged_xml_stops_it(bucket, download, tmp_path):
    bucket(f"{BUCKET}PMC3.1/PMC3.1.xml", "<article>damaged</article>")
    with pytest.raises(InputError, match=r"PMC3\.1\.xml: wrong md5: .*PMC3\.1\.json"):
        download()
    assert not list((tmp_path / "raw/pmc").glob("part-*"))
    assert not (tmp_path / "raw/pmc/PMC3.1/PMC3.1.xml").exists()


@pytest.mark.parametrize(
    "metadata, message",
    [
        ("<html>busy</html>", "not valid JSON"),
        ("[]", "not an article's metadata"),
        ('{"pmcid": "PMC3", "version": 1}', "not an article's metadata: KeyError"),
        ('{"pmcid": "PMC4", "version": 1}', "it is about PMC4.1"),
        (
            '{"pmcid": "PMC3", "version": 1, "is_retracted": false, "license_code": "CC0", "xml_url": "s3://x/../y/z.xml?md5=1"}',
            "is not s3://bucket/key",
        ),
    ],
)
def test_bad_metadata_stops_it_and_is_not_kept(bucket, download, tmp_path, metadata, message):
    bucket(f"{BUCKET}metadata/PMC3.1.json", metadata)
    with pytest.raises(InputError, match=rf"PMC3\.1\.json.*{message}"):
        download()
    assert not (tmp_path / "raw/pmc/metadata/PMC3.1.json").exists()


def test_a_damaged_inventory_stops_it(bucket, download, tmp_path):
    bucket(f"{BUCKET}{REPORTS}data/2026-11-01T01-00Z-y.csv.gz", "damaged")
    with pytest.raises(InputError, match=r"y\.csv\.gz: wrong md5"):
        download()
    assert list((tmp_path / "raw/pmc").iterdir()) == []


def test_s3_listing_over_several_pages(server):
    page = "<ListBucketResult xmlns='http://s3.amazonaws.com/doc/2006-03-01/'>{}</ListBucketResult>"
    query = "/?list-type=2&delimiter=/&prefix=reports/"
    first = "<CommonPrefixes><Prefix>reports/b/</Prefix></CommonPrefixes><NextContinuationToken>1+/=</NextContinuationToken>"
    server.files[query] = page.format(first).encode()
    server.files[f"{query}&continuation-token=1%2B%2F%3D"] = page.format("<Contents><Key>reports/a.txt</Key></Contents>").encode()
    assert s3_names(Source(tries=1).read, f"{server.base}/", "reports/") == ["a.txt", "b"]


def test_s3_listing_opens_no_files(server, tmp_path):
    (tmp_path / "secret").write_text("secret")
    page = (
        f'<!DOCTYPE r [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
        "<r xmlns='http://s3.amazonaws.com/doc/2006-03-01/'><Contents><Key>&x;</Key></Contents></r>"
    )
    server.files["/?list-type=2&delimiter=/&prefix=p/"] = page.encode()
    assert "secret" not in s3_names(Source(tries=1).read, f"{server.base}/", "p/")


def test_a_page_that_is_no_s3_listing(server):
    server.files["/?list-type=2&delimiter=/&prefix=p/"] = b"busy"
    with pytest.raises(InputError, match="not a S3 listing"):
        s3_names(Source(tries=1).read, f"{server.base}/", "p/")


def test_real_articles(mirror, tmp_path):
    listing = download_pmc(load("pmc"), Source(str(mirror)), tmp_path, max_files=20)
    files = listing.read_text().splitlines()
    assert len(files) == 20
    official = mirror / "pmc-oa-opendata.s3.amazonaws.com"
    assert all((listing.parent / file).read_bytes() == (official / file).read_bytes() for file in files)
