"""PubMed, PMC and MIMIC-III in the layouts of the real ones."""

import csv
import gzip
import hashlib
import json
import re
from pathlib import Path

import pytest
from lxml import etree

from bioalbert.demo.pubmed import CITATIONS


@pytest.fixture(scope="module")
def pubmed(demo: Path) -> dict[str, etree._Element]:
    """File name -> its parsed XML."""
    files = sorted((demo / "mirror/ftp.ncbi.nlm.nih.gov/pubmed").rglob("*.xml.gz"))
    return {f"{file.parent.name}/{file.name}": etree.fromstring(gzip.decompress(file.read_bytes())) for file in files}


@pytest.fixture(scope="module")
def bucket(demo: Path) -> Path:
    return demo / "mirror/pmc-oa-opendata.s3.amazonaws.com"


def pmids(root: etree._Element) -> list[str]:
    return root.xpath("PubmedArticle/MedlineCitation/PMID/text()")


def test_readme_names_the_range_of_the_baseline(demo: Path, pubmed: dict):
    readme = (demo / "mirror/ftp.ncbi.nlm.nih.gov/pubmed/baseline/README.txt").read_text()
    first, last = re.search(r"files (pubmed26n\d{4}\.xml) through (pubmed26n\d{4}\.xml)", readme).groups()
    assert [name for name in pubmed if name.startswith("baseline/")] == [f"baseline/{first}.gz", f"baseline/{last}.gz"]
    update = re.search(r"first Update file is (pubmed26n\d{4}\.xml)", readme).group(1)
    assert f"updatefiles/{update}.gz" in pubmed


def test_update_file_revises_adds_and_deletes(pubmed: dict):
    first, second, update = pubmed.values()
    old = pmids(first) + pmids(second)
    assert len(set(old)) == len(old) == 2 * CITATIONS
    revised = [pmid for pmid in pmids(update) if pmid in old]
    deleted = update.xpath("DeleteCitation/PMID/text()")
    assert len(revised) == 5
    assert len(deleted) == 3
    assert set(deleted) <= set(old) - set(revised)
    assert len(pmids(update)) == 16
    assert set(update.xpath("PubmedArticle/MedlineCitation/PMID/@Version")) == {"1", "2"}


@pytest.mark.parametrize(
    "path",
    [
        "MedlineCitation/Article[Language='fre'][VernacularTitle]",
        "MedlineCitation/Article/PublicationTypeList/PublicationType[text()='Retracted Publication']",
        "MedlineCitation/Article[ArticleTitle][not(Abstract)]",
        "MedlineCitation/OtherAbstract[@Language='fre']",
    ],
)
def test_first_baseline_file_has_one_of_each_special_citation(pubmed: dict, path: str):
    assert len(pubmed["baseline/pubmed26n0001.xml.gz"].xpath(f"PubmedArticle/{path}")) == 1


def test_abstracts_are_structured_plain_and_marked_up(pubmed: dict):
    root = pubmed["baseline/pubmed26n0002.xml.gz"]
    assert set(root.xpath("//AbstractText/@NlmCategory")) == {"BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS"}
    assert root.xpath("//Abstract[count(AbstractText) = 1]/AbstractText[not(@Label)]")
    assert {node.tag for node in root.xpath("//AbstractText/*")} == {"i", "sup", "sub"}


def test_pmc_inventory_metadata_and_articles_agree(bucket: Path):
    (manifest,) = bucket.glob("inventory-reports/pmc-oa-opendata/metadata/*/manifest.json")
    (listed,) = json.loads(manifest.read_text())["files"]
    packed = (bucket / listed["key"]).read_bytes()
    assert hashlib.md5(packed).hexdigest() == listed["MD5checksum"]
    rows = list(csv.reader(gzip.decompress(packed).decode().splitlines()))
    assert {row[1] for row in rows} == {f"metadata/{file.name}" for file in (bucket / "metadata").iterdir()}
    for _, key, size, _, etag in rows:
        text = (bucket / key).read_bytes()
        assert (len(text), hashlib.md5(text).hexdigest()) == (int(size), etag)
        address, md5 = json.loads(text)["xml_url"].removeprefix("s3://pmc-oa-opendata/").split("?md5=")
        assert hashlib.md5((bucket / address).read_bytes()).hexdigest() == md5


def test_pmc_has_every_case(bucket: Path, pubmed: dict):
    metadata = [json.loads(file.read_text()) for file in (bucket / "metadata").iterdir()]
    assert {record["license_code"] for record in metadata} == {"CC BY", "CC0", "CC BY-NC"}
    assert sum(record["is_retracted"] for record in metadata) == 1
    shared = {record["pmid"] for record in metadata} - {None}
    assert len(shared) == 20
    assert shared <= set(pmids(pubmed["baseline/pubmed26n0002.xml.gz"]))


def test_articles_have_sections_floats_and_references(bucket: Path):
    for file in bucket.glob("PMC*/*.xml"):
        article = etree.parse(file)
        assert article.xpath("body/sec/title/text()") == ["Introduction", "Methods", "Results", "Discussion"]
        for path in ("//table-wrap//td", "//fig/caption/p", "//disp-formula", "//ref-list/ref", "//abstract/sec/p", "//xref"):
            assert article.xpath(path), f"{file.name} lacks {path}"


def test_notes_have_the_columns_lines_brackets_and_errors_of_mimic(demo: Path):
    with gzip.open(demo / "NOTEEVENTS.csv.gz", "rt", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert ",".join(rows[0]) == "ROW_ID,SUBJECT_ID,HADM_ID,CHARTDATE,CHARTTIME,STORETIME,CATEGORY,DESCRIPTION,CGID,ISERROR,TEXT"
    assert sum(row["ISERROR"] == "1" for row in rows) == len(rows) // 40
    assert all("\n\n" in row["TEXT"] and re.search(r"\[\*\*.+\*\*\]", row["TEXT"]) for row in rows)
