import gzip
import itertools
import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from bioalbert.cli import main
from bioalbert.corpus import versions
from bioalbert.corpus.cli import run_corpus, run_index
from bioalbert.corpus.documents import read_documents
from bioalbert.corpus.versions import Occurrences


def citation(
    pmid: object, title: str = "A title.", *, version: int = 1, language: str = "eng", kind: str = "Journal Article", rest=""
) -> str:
    """A PubmedArticle; rest: XML behind the title, such as an Abstract."""
    return (
        f'<PubmedArticle><MedlineCitation><PMID Version="{version}">{pmid}</PMID><Article><ArticleTitle>{title}</ArticleTitle>{rest}'
        f"<Language>{language}</Language><PublicationTypeList><PublicationType>{kind}</PublicationType></PublicationTypeList></Article>"
        '<CommentsCorrectionsList><CommentsCorrections><PMID Version="1">77</PMID></CommentsCorrections></CommentsCorrectionsList>'
        "</MedlineCitation><PubmedData/></PubmedArticle>"
    )


def deletion(*pmids: int, version: int = 1) -> str:
    return "<DeleteCitation>" + "".join(f'<PMID Version="{version}">{pmid}</PMID>' for pmid in pmids) + "</DeleteCitation>"


@pytest.fixture
def pubmed_file(tmp_path: Path) -> Callable[..., Path]:
    """pubmed_file(number, citation, ..., doctype=) -> path of an official-looking .xml.gz."""

    def write(number: int, *citations: str, doctype: str = "") -> Path:
        path = tmp_path / f"pubmed26n{number:04d}.xml.gz"
        body = "\n".join(citations)
        xml = f'<?xml version="1.0" encoding="utf-8"?>\n{doctype}<PubmedArticleSet>\n{body}\n</PubmedArticleSet>\n'
        path.write_bytes(gzip.compress(xml.encode(), mtime=0))
        return path

    return write


def titles(made):
    return {document.pmid: document.title for document in made}


def test_structured_abstract(corpus, pubmed_file):
    abstract = (
        '<Abstract><AbstractText Label="BACKGROUND" NlmCategory="X">We look. We see.</AbstractText>'
        '<AbstractText Label="UNLABELLED">More.</AbstractText><CopyrightInformation>(c) X</CopyrightInformation></Abstract>'
        "<OtherAbstract><AbstractText>Autre.</AbstractText></OtherAbstract><VernacularTitle>Titre</VernacularTitle>"
    )
    made, stats = corpus("pubmed", pubmed_file(1, citation(5, "A title.", rest=abstract)))
    assert [(d.id, d.source, d.pmid, d.title, d.restricted) for d in made] == [("pubmed:5", "pubmed", "5", "A title.", False)]
    assert made[0].sentences == ["A title.", "We look.", "We see.", "More."]
    assert made[0].sections == ["", "BACKGROUND", "BACKGROUND", ""]
    assert (stats["documents"], stats["sentences"], stats["characters"], stats["dropped"]) == (1, 4, 28, {})


@pytest.mark.parametrize(
    "markup, text",
    [
        ("The <i>BRCA1</i> gene and H<sub>2</sub>O", "The BRCA1 gene and H2O"),
        ("10<sup>6</sup> cells, 10<sup>-3</sup> m, flg22<sup>417</sup>, m<sup>2</sup>", "10^6 cells, 10^-3 m, flg22417, m2"),
        ("<b>A</b> <i>b<sup>c</sup></i>d", "A bcd"),
        ("a\n   <i>b</i>\n c", "a b c"),
        (
            'n (<mml:math xmlns:mml="http://www.w3.org/1998/Math/MathML"><mml:mi>x</mml:mi><mml:mo>=</mml:mo>\n<mml:mn>3</mml:mn></mml:math>)',
            "n (x = 3)",
        ),
        ("5 &lt; 6 &amp; &#945;", "5 < 6 & α"),
        ("a<!-- no -->b<?pi no?>c", "abc"),
        ("<![CDATA[1 < 2]]>", "1 < 2"),
    ],
)
def test_markup_becomes_text(corpus, pubmed_file, markup, text):
    made, _ = corpus("pubmed", pubmed_file(1, citation(1, markup)))
    assert made[0].title == text


def test_left_out_by_rule(corpus, dropped, pubmed_file):
    file = pubmed_file(
        1,
        citation(1, language="ger"),
        citation(2, kind="Retracted Publication"),
        citation(3, kind="Retraction Notice"),
        citation(4, language="fre</Language><Language>eng"),
        citation(5, title=""),
    )
    made, stats = corpus("pubmed", file)
    assert [document.pmid for document in made] == ["3", "4"]
    assert stats["dropped"] == {"another language": 1, "retracted": 1, "no text": 1}
    assert [line["id"] for line in dropped()] == ["pubmed:1", "pubmed:2", "pubmed:5"]


@pytest.mark.parametrize(
    "languages, kept",
    [(["eng"], ["1", "4"]), (["fre"], ["2", "4"]), (["eng", "ger"], ["1", "3", "4"]), (["all"], ["1", "2", "3", "4", "5"])],
)
def test_languages(corpus, pubmed_file, languages, kept):
    """Of the article: its title and abstract are English all the same."""
    codes = ["eng", "fre", "ger", "fre</Language><Language>eng", ""]
    file = pubmed_file(1, *(citation(number, language=code) for number, code in enumerate(codes, start=1)))
    made, stats = corpus("pubmed", file, languages=languages)
    assert [document.pmid for document in made] == kept
    assert stats["dropped"] == ({"another language": 5 - len(kept)} if len(kept) < 5 else {})


def test_languages_and_types_are_columns(corpus, pubmed_file):
    file = pubmed_file(
        1, citation(1, language="fre</Language><Language>eng", kind="Review</PublicationType><PublicationType>Meta-Analysis")
    )
    assert [(d.languages, d.types) for d in corpus("pubmed", file)[0]] == [(["fre", "eng"], ["Review", "Meta-Analysis"])]


@pytest.mark.parametrize("code", ["en", "ENG", "english"])
def test_languages_are_codes_of_three_letters(capsys, code):
    with pytest.raises(SystemExit):
        main(["corpus", "pubmed", "--input", "a.xml.gz", "--output", "a.parquet", "--languages", "eng", code])
    assert f"'{code}' is no three-letter code of MEDLINE's" in capsys.readouterr().err


def test_a_citation_that_is_broken_alone_is_skipped(corpus, dropped, pubmed_file):
    no_article = '<PubmedArticle><MedlineCitation><PMID Version="1">9</PMID></MedlineCitation></PubmedArticle>'
    file = pubmed_file(1, citation(""), citation("12a"), no_article, "<PubmedArticle/>", citation(8))
    made, stats = corpus("pubmed", file)
    assert [document.pmid for document in made] == ["8"]
    assert stats["dropped"] == {"broken citation": 4}
    assert [line["id"] for line in dropped()] == ["pubmed26n0001.xml.gz#1", "pubmed26n0001.xml.gz#2", "pubmed:9", "pubmed26n0001.xml.gz#4"]


HISTORY = {
    1: [citation(1, "one"), citation(2, "two"), citation(3, "three"), citation(4, "four"), citation(6, "six"), citation(7, "seven v1")],
    2: [citation(1, "one again"), citation(7, "seven v2", version=2), citation(5, "five early"), deletion(2, 3, 99)],
    3: [citation(3, "three is back"), citation(5, "five"), citation(7, "seven v1 late"), citation(6, "six, then not"), deletion(6)],
}
NEWEST = {"1": "one again", "3": "three is back", "4": "four", "5": "five", "7": "seven v2"}


@pytest.mark.parametrize("order", list(itertools.permutations([1, 2, 3])))
def test_newest_version_wins_in_any_order(corpus, pubmed_file, order):
    made, stats = corpus("pubmed", *[pubmed_file(number, *HISTORY[number]) for number in order])
    assert titles(made) == NEWEST
    # deleted: the last citations of 2 and 6; superseded: 1, 3, 5, 6 and two of 7
    assert stats["dropped"] == {"deleted": 2, "superseded": 6}


def test_deletion_of_one_version_leaves_the_other(corpus, pubmed_file):
    first = pubmed_file(1, citation(1, "v1"), citation(1, "v2", version=2), citation(2, "v1"), citation(2, "v2", version=2))
    made, _ = corpus("pubmed", first, pubmed_file(2, deletion(1, version=2), deletion(2)))
    assert titles(made) == {"1": "v1", "2": "v2"}


def test_index_serves_shards_that_are_made_apart(corpus, pubmed_file, tmp_path):
    files = [pubmed_file(number, *history) for number, history in HISTORY.items()]
    run_index([str(file) for file in random.Random(1).sample(files, 3)], str(tmp_path / "index"))
    made = [corpus("pubmed", file, index=tmp_path / "index")[0] for file in reversed(files)]
    assert titles(itertools.chain(*made)) == NEWEST
    assert sum(map(len, made)) == len(NEWEST)


def test_index_is_the_same_bytes_whatever_the_order(pubmed_file, tmp_path):
    files = [str(pubmed_file(number, *history)) for number, history in HISTORY.items()]
    run_index(files, str(tmp_path / "a"))
    run_index(files[::-1], str(tmp_path / "b"))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_a_shard_reads_its_part_of_the_index_only(tmp_path):
    """Over all of PubMed an index has 40 million rows."""
    names = [f"pubmed26n{number:04d}.xml.gz" for number in range(1, 1_335)]
    rows = np.repeat(np.arange(len(names)), 300)
    table = pd.DataFrame({"pmid": np.arange(len(rows)), "version": 1, "position": np.arange(len(rows)) % 300, "deleted": False})
    Occurrences(table.assign(file=pd.Categorical.from_codes(rows, names)), names).save(tmp_path / "index")
    found = Occurrences.load(tmp_path / "index", [Path(names[1_000]), Path(names[3])])
    assert list(found.table.pmid) == [*range(900, 1_200), *range(300_000, 300_300)]
    assert found.of(Path(names[3])) == dict.fromkeys(range(300), "newest")
    assert versions._row_groups(pq.ParquetFile(tmp_path / "index"), [names[1_000]]) == [3]


def test_shard_is_the_same_bytes_twice(corpus, pubmed_file, tmp_path):
    file = pubmed_file(1, *HISTORY[1])
    corpus("pubmed", file)
    first = (tmp_path / "made" / "pubmed.parquet").read_bytes()
    corpus("pubmed", file)
    assert (tmp_path / "made" / "pubmed.parquet").read_bytes() == first


def test_an_index_that_does_not_know_a_file_is_refused(pubmed_file, tmp_path, refused):
    known, unknown = pubmed_file(1, citation(1)), pubmed_file(2, citation(2))
    run_index([str(known)], str(tmp_path / "index"))
    call = ["corpus", "pubmed", "--input", unknown, "--output", tmp_path / "a.parquet", "--index"]
    assert "pubmed26n0002.xml.gz: not in the index; make the index over all PubMed files" in refused(*call, tmp_path / "index")
    assert "not an index" in refused(*call, known)
    assert "no such index" in refused(*call, tmp_path / "absent")
    assert not (tmp_path / "a.parquet").exists()


def test_malformed_xml_names_file_and_line(pubmed_file, tmp_path, refused):
    good, bad = pubmed_file(1, citation(1)), pubmed_file(2, citation(2), "<PubmedArticle><PMID></PubmedArticle>")
    message = refused("corpus", "pubmed", "--input", good, bad, "--output", tmp_path / "a.parquet")
    assert "pubmed26n0002.xml.gz: line 4: malformed XML" in message
    assert "; delete the file" in message
    assert not list(tmp_path.glob("*.part")) and not (tmp_path / "a.parquet").exists()


def test_truncated_and_corrupt_gzip_are_refused(pubmed_file, tmp_path, refused):
    file = pubmed_file(1, *[citation(number, f"Title {random.Random(number).random()}") for number in range(1, 3_000)])
    whole = file.read_bytes()
    call = ["corpus", "index", "--input", file, "--output", tmp_path / "index"]
    for broken in (whole[: len(whole) // 2], whole[:-6], whole[:-8] + b"\xff" * 8):
        file.write_bytes(broken)
        assert "pubmed26n0001.xml.gz: corrupt or truncated gzip" in refused(*call)
    file.write_bytes(whole[:5_000] + b"\xff" * 20 + whole[5_020:])  # unpacks to nonsense before the checksum is met
    assert "pubmed26n0001.xml.gz" in refused(*call)
    assert not (tmp_path / "index").exists()


def test_entities_are_neither_expanded_nor_fetched(corpus, pubmed_file, tmp_path):
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    doctype = (
        '<!DOCTYPE PubmedArticleSet SYSTEM "http://localhost:9/none.dtd" [<!ENTITY own "OWN">'
        f'<!ENTITY leak SYSTEM "{secret.as_uri()}"><!ENTITY % more SYSTEM "{secret.as_uri()}">%more;]>\n'
    )
    abstract = "<Abstract><AbstractText>p &alpha; <i>q&leak;</i> r.</AbstractText></Abstract>"
    made, _ = corpus("pubmed", pubmed_file(1, citation(1, "x &own; y&leak; z", rest=abstract), doctype=doctype))
    assert made[0].sentences == ["x y z", "p α q r."]


def test_an_entity_bomb_is_refused(pubmed_file, tmp_path, refused):
    bombs = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    file = pubmed_file(1, citation(1, "x &b11;"), doctype=f'<!DOCTYPE PubmedArticleSet [<!ENTITY b0 "boom">{bombs}]>\n')
    assert "entity amplification" in refused("corpus", "pubmed", "--input", file, "--output", tmp_path / "a.parquet")


def test_a_file_without_citations_is_an_empty_shard(corpus, pubmed_file):
    counts = {"documents": 0, "sentences": 0, "characters": 0, "restricted": False, "sources": {}, "dropped": {}}
    assert corpus("pubmed", pubmed_file(1)) == ([], counts)


def test_no_file_at_all_and_other_files_are_refused(tmp_path, refused):
    call = ["corpus", "pubmed", "--output", tmp_path / "a.parquet", "--input"]
    (tmp_path / "empty.xml.gz").write_bytes(gzip.compress(b""))
    assert "malformed XML" in refused(*call, tmp_path / "empty.xml.gz")
    (tmp_path / "other.xml").write_text("<article/>")
    assert "the root element is article, not PubmedArticleSet" in refused(*call, tmp_path / "other.xml")
    (tmp_path / "folder").mkdir()
    assert "no .xml or .xml.gz file in this folder" in refused(*call, tmp_path / "folder")
    assert "two input files have this name" in refused(*call, tmp_path / "other.xml", tmp_path / "other.xml")


def test_real_files(mirror, tmp_path):
    """The stand-in: 192 citations, of which 3 are deleted and 1 is in German only; 5 are revised."""
    folder = str(mirror / "ftp.ncbi.nlm.nih.gov" / "pubmed")
    run_index([folder], str(tmp_path / "index"))
    run_corpus("pubmed", [folder], str(tmp_path / "a.parquet"), index=str(tmp_path / "index"))
    made = titles(read_documents([tmp_path / "a.parquet"]))
    assert len(made) == 188
    assert {pmid for pmid, title in made.items() if title.endswith("(revised)")} == {
        "11618220",
        "11636720",
        "11873782",
        "219391",
        "23657305",
    }
    assert not {"25364329", "26415349", "26568896", "38048813"} & set(made)
