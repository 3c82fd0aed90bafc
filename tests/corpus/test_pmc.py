import io
import re
import tarfile
from pathlib import Path
from typing import get_args

import pytest

from bioalbert.cli import main
from bioalbert.config.model import Corpus
from bioalbert.corpus import jats
from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import read_documents, stats_path
from bioalbert.files import read_json, write_json

ARTICLE = """<?xml version="1.0"?>
<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.1//EN" "JATS.dtd" [{entities}]>
<article xml:lang="{language}" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:mml="http://www.w3.org/1998/Math/MathML">
<front><article-meta>
<article-id pub-id-type="pmcid">PMC{number}</article-id><article-id pub-id-type="pmid">11</article-id>
<title-group><article-title>On <italic>E. coli</italic><xref ref-type="fn">*</xref></article-title></title-group>
<permissions><license xlink:href="https://creativecommons.org/licenses/by-nc/4.0/"><license-p>Free.</license-p></license></permissions>
<abstract><sec><title>Aim</title><p>We look.</p></sec></abstract>
<abstract abstract-type="teaser"><p>Read it!</p></abstract>
<trans-abstract xml:lang="fr"><p>Nous regardons.</p></trans-abstract>
</article-meta></front>
<body>{body}</body>
<back><ack><p>Thanks.</p></ack><ref-list><ref id="r"><mixed-citation>Cited.</mixed-citation></ref></ref-list></back>
<sub-article><body><p>Review.</p></body></sub-article>
</article>"""


@pytest.fixture
def article(tmp_path):
    """article(body, ...) -> path of PMC42.1/PMC42.1.xml."""

    def write(body: str, language: str = "en", entities: str = "", name: str = "PMC42.1/PMC42.1.xml") -> Path:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(ARTICLE.format(body=body, language=language, entities=entities, number=42))
        return path

    return write


def body_of(document):
    """(section, sentence) behind the title and the abstract."""
    return list(zip(document.sections, document.sentences))[2:]


def test_title_abstract_and_body(corpus, article):
    body = """<p>Before.</p><sec><title>1. Methods <xref ref-type="fn">a</xref></title><p>Mice. Rats.</p>
        <sec><title>Sub</title><p>Inner.</p></sec></sec><sec><p>Untitled.</p></sec>"""
    made, stats = corpus("pmc", article(body))
    assert (made[0].id, made[0].source, made[0].pmid, made[0].licence) == ("pmc:PMC42.1", "pmc", "11", "CC BY-NC")
    assert list(zip(made[0].sections, made[0].sentences))[:2] == [("", "On E. coli"), ("Aim", "We look.")]
    wanted = [("", "Before."), ("1. Methods a", "Mice."), ("1. Methods a", "Rats."), ("Sub", "Inner."), ("", "Untitled.")]
    assert body_of(made[0]) == wanted
    assert stats["documents"] == 1


@pytest.mark.parametrize(
    "left_out",
    [
        "<table-wrap><caption><p>Bad.</p></caption><table><tbody><tr><td>Bad</td></tr></tbody></table></table-wrap>",
        "<fig><label>Bad</label><caption><title>Bad</title><p>Bad.</p></caption></fig>",
        "<disp-formula>Bad <mml:math><mml:mi>Bad</mml:mi></mml:math></disp-formula>",
        "<disp-formula-group><disp-formula>Bad</disp-formula></disp-formula-group>",
        "<supplementary-material><p>Bad.</p></supplementary-material>",
        "<fn><p>Bad.</p></fn>",
    ],
)
def test_what_is_no_running_text_is_left_out(corpus, article, left_out):
    made, _ = corpus("pmc", article(f"<sec><title>S</title><p>Seen {left_out} here.</p>{left_out}<p>End.</p></sec>"))
    assert body_of(made[0]) == [("S", "Seen here."), ("S", "End.")]


FLOATS = """<p>As Fig. 1 shows.</p>
    <fig id="f"><label>Bad</label><caption><title>Growth.</title><p>It grew. <bold>A</bold> Mice.</p></caption><graphic/></fig>
    <table-wrap id="t"><label>Bad</label><caption><p>Mice by age</p></caption>
    <table><thead><tr><th>Age</th><th>n<sup>a</sup></th></tr></thead><tbody><tr><td>4</td><td>10<sup>3</sup></td></tr></tbody></table>
    <table-wrap-foot><fn><p>Bad.</p></fn></table-wrap-foot></table-wrap>
    <p>as in<disp-formula id="e"><alternatives><tex-math>Bad</tex-math>
    <mml:math><mml:mi>k</mml:mi><mml:mo>=</mml:mo><mml:mn>2</mml:mn></mml:math></alternatives><label>Bad</label></disp-formula>where</p>"""
CAPTIONS, ROWS = ["Growth.", "It grew.", "A Mice.", "Mice by age"], ["Age na", "4 10^3"]


@pytest.mark.parametrize(
    "include, sentences",
    [
        ([], ["As Fig. 1 shows.", "as in where"]),
        (["captions"], ["As Fig. 1 shows.", *CAPTIONS, "as in where"]),
        (["tables"], ["As Fig. 1 shows.", *ROWS, "as in where"]),
        (["formulas"], ["As Fig. 1 shows.", "as in k = 2 where"]),
        (["formulas", "tables", "captions"], ["As Fig. 1 shows.", *CAPTIONS, *ROWS, "as in k = 2 where"]),
    ],
)
@pytest.mark.parametrize("floating", [False, True])
def test_what_can_be_included(corpus, article, include, sentences, floating):
    """Figures and tables stand where they are mentioned, or behind the article."""
    file = article(FLOATS)
    if floating:
        start, end = FLOATS.index("<fig"), FLOATS.index("<p>as in")
        file = article(FLOATS[:start] + FLOATS[end:])
        file.write_text(file.read_text().replace("</back>", f"</back><floats-group>{FLOATS[start:end]}</floats-group>"))
        sentences = [sentences[0], sentences[-1], *sentences[1:-1]]
    assert body_of(corpus("pmc", file, include=include)[0][0]) == [("", sentence) for sentence in sentences]


def test_options_are_the_same_everywhere(capsys):
    """In the reader, the configuration and the command line."""
    names = set(jats.INCLUDABLE)
    assert set(get_args(get_args(Corpus.model_fields["include"].annotation)[0])) == names
    with pytest.raises(SystemExit):
        main(["corpus", "pmc", "--input", "a.xml", "--output", "a.parquet", "--include", "all"])
    assert set(re.findall(r"\w+", capsys.readouterr().err.partition("choose from")[2].partition(")")[0])) == names


def test_language_and_type_are_columns(corpus, article):
    file = article("<p>Text.</p>")
    assert [(d.languages, d.types) for d in corpus("pmc", file)[0]] == [(["en"], [])]
    file.write_text(file.read_text().replace("<article ", '<article article-type="review-article" '))
    assert [d.types for d in corpus("pmc", file)[0]] == [["review-article"]]


@pytest.mark.parametrize(
    "markup, sentences",
    [
        ("It grew<sup><xref ref-type='bibr'>1</xref>,<xref ref-type='bibr'>2</xref></sup>. So did", ["It grew.", "So did"]),
        ("It grew.<xref ref-type='bibr'><sup>12</sup></xref> So did", ["It grew.", "So did"]),
        ("HMMER 3<xref ref-type='fn'><sup>4</sup></xref> 5<sup><xref ref-type='fn'>6</xref></sup>", ["HMMER 34 56"]),
        ("<table-wrap id='t'/>is<disp-formula id='e'><graphic/></disp-formula>which", ["is which"]),
        ("as shown [<xref ref-type='bibr'>1</xref>]", ["as shown [1]"]),
        ("10<sup>6</sup> H<sub>2</sub>O<break/>x", ["10^6 H2O x"]),
        (
            "let <inline-formula><alternatives><tex-math>\\usepackage</tex-math><mml:math><mml:mi>k</mml:mi><mml:mn>2</mml:mn></mml:math>"
            "</alternatives></inline-formula> be",
            ["let k 2 be"],
        ),
        (
            "list:<list><list-item><label>1</label><p>one</p></list-item><list-item><p>two</p></list-item></list>end",
            ["list:", "one", "two", "end"],
        ),
    ],
)
def test_markup_within_a_paragraph(corpus, article, markup, sentences):
    made, _ = corpus("pmc", article(f"<p>{markup}</p>"))
    assert body_of(made[0]) == [("", sentence) for sentence in sentences]


def test_text_behind_a_section_in_a_box_keeps_its_own_label(corpus, article):
    boxed = "<sec><title>Outer</title><p>a</p><boxed-text><sec><title>Box</title><p>b</p></sec></boxed-text><p>c</p></sec>"
    assert body_of(corpus("pmc", article(boxed))[0][0]) == [("Outer", "a"), ("Box", "b"), ("Outer", "c")]


def test_metadata_beside_the_article_wins(corpus, article, tmp_path):
    file = article("<p>Text.</p>")
    (tmp_path / "metadata").mkdir()
    write_json(tmp_path / "metadata" / "PMC42.1.json", {"license_code": "CC0", "pmid": "99", "is_retracted": False})
    assert [(d.licence, d.pmid) for d in corpus("pmc", file)[0]] == [("CC0", "99")]
    write_json(tmp_path / "metadata" / "PMC42.1.json", {"license_code": "CC0", "is_retracted": True})
    made, stats = corpus("pmc", file)
    assert (made, stats["dropped"]) == ([], {"retracted": 1})


@pytest.mark.parametrize("code", ["CC BY", "CC BY-NC", "CC BY (data CC0)", "TDM"])
def test_the_licence_of_the_metadata_is_kept_to_the_letter(corpus, article, tmp_path, code):
    file = article("<p>Text.</p>")
    write_json(tmp_path / "metadata" / "PMC42.1.json", {"license_code": code})
    assert [document.licence for document in corpus("pmc", file)[0]] == [code]


def test_retracted_articles_are_left_out(corpus, dropped, article):
    """By the mark within the article; that of a notice, which points to the retracted article, is another."""
    meta = '<related-article related-article-type="{}" ext-link-type="pmc" xlink:href="1"/></article-meta>'
    for kind, kept in (("retraction-forward", 0), ("retracted-article", 1), ("companion", 1)):
        file = article("<p>Text.</p>")
        file.write_text(file.read_text().replace("</article-meta>", meta.format(kind)))
        assert len(corpus("pmc", file)[0]) == kept
        assert dropped() == [{"id": "pmc:PMC42.1", "reason": "retracted"}][: 1 - kept]


def test_other_languages_are_left_out(corpus, article):
    made, stats = corpus("pmc", article("<p>Texte.</p>", language="fr"))
    assert (made, stats["dropped"]) == ([], {"not English": 1})


def test_an_article_under_another_name_takes_its_own_id(corpus, article):
    assert corpus("pmc", article("<p>Text.</p>", name="paper.xml"))[0][0].id == "pmc:PMC42.1"


def test_entities_are_neither_expanded_nor_fetched(corpus, article, tmp_path):
    (tmp_path / "secret.txt").write_text("SECRET")
    entities = f'<!ENTITY own "OWN"><!ENTITY leak SYSTEM "{(tmp_path / "secret.txt").as_uri()}">'
    made, _ = corpus("pmc", article("<p>a &own; b&leak; &beta;c</p>", entities=entities))
    assert body_of(made[0]) == [("", "a b βc")]


def test_an_entity_bomb_is_refused(article, tmp_path, refused):
    bombs = '<!ENTITY b0 "boom">' + "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))
    file = article("<p>&b11;</p>", entities=bombs)
    assert "entity amplification" in refused("corpus", "pmc", "--input", file, "--output", tmp_path / "a.parquet")


def test_control_characters(corpus, article, tmp_path, refused):
    assert body_of(corpus("pmc", article("<p>a&#127;b\tc\u0085d</p>"))[0][0]) == [("", "ab c d")]
    for character in "\x00\x0b":
        bad = article(f"<p>a{character}b</p>", name="bad.xml")
        assert "bad.xml: line 12: malformed XML" in refused("corpus", "pmc", "--input", bad, "--output", tmp_path / "a.parquet")


def test_an_article_of_60_mb(corpus, article):
    """With one paragraph that is longer than lxml's usual limit on a text, 10 MB."""
    paragraph = f"<p>{'Mice ate cheese. ' * 30}</p>"
    table = f"<table-wrap><table>{'<tr><td>12.5</td><td>0.05</td></tr>' * 150}</table></table-wrap>\n"
    file = article((paragraph + table) * 9_000 + f"<p>{'Rats did not. ' * 800_000}</p>")
    file.write_text(file.read_text().replace(" []>", ">"))
    assert file.stat().st_size > 60_000_000
    made = corpus("pmc", file)[0][0]
    assert len(made.sentences) == 2 + 9_000 * 30 + 800_000
    assert made.sentences[-1] == "Rats did not."


def tar_of(path, *members, **options):
    """A tar of (name, content) members; other members are added as they are."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w", **options) as archive:
        for member in members:
            if isinstance(member, tarfile.TarInfo):
                archive.addfile(member)
            else:
                info = tarfile.TarInfo(member[0])
                info.size = len(member[1])
                archive.addfile(info, io.BytesIO(member[1]))
    return path


def special(name, kind, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize("name", ["a.tar", "a.tar.gz"])
def test_articles_in_a_tar(corpus, dropped, article, tmp_path, name):
    content = article("<p>Text.</p>").read_bytes()
    german = content.replace(b'lang="en"', b'lang="de"')
    members = [("x/PMC1.2.xml", content), ("x/notes.txt", b"no XML"), ("x/PMC7.nxml", german), ("x/PMC3.1.nxml", content)]
    made, stats = corpus("pmc", tar_of(tmp_path / name, special("x", tarfile.DIRTYPE), *members))
    assert [(document.id, document.licence, document.sentences[-1]) for document in made] == [
        ("pmc:PMC1.2", "CC BY-NC", "Text."),
        ("pmc:PMC3.1", "CC BY-NC", "Text."),
    ]
    assert stats["dropped"] == {"not English": 1}
    assert dropped() == [{"id": "pmc:PMC42.1", "reason": "not English"}]
    assert corpus("pmc", tar_of(tmp_path / "empty.tar"))[0] == []


def test_hostile_members_do_no_harm(corpus, article, tmp_path):
    content = article("<p>Text.</p>").read_bytes()
    (tmp_path / "secret.xml").write_bytes(content.replace(b"Text", b"Secret"))
    inside = tmp_path / "inside"
    inside.mkdir()
    before = sorted(tmp_path.rglob("*"))
    hostile = [
        *((name, content) for name in ("../../PMC1.1.xml", f"{tmp_path}/PMC2.1.xml", "PMC3.1.xml/../.xml", "/etc/PMC4.1.xml")),
        special("PMC5.1.xml", tarfile.SYMTYPE, str(tmp_path / "secret.xml")),
        special("PMC6.1.xml", tarfile.LNKTYPE, "../secret.xml"),
        special("PMC7.1.xml", tarfile.CHRTYPE),
        special("PMC8.1.xml", tarfile.FIFOTYPE),
    ]
    archive = tar_of(inside / "a.tar", *hostile)
    made, _ = corpus("pmc", archive)
    assert [document.id for document in made] == ["pmc:PMC1.1", "pmc:PMC2.1", "pmc:PMC42.1", "pmc:PMC4.1"]
    assert not any("Secret" in sentence for document in made for sentence in document.sentences)
    archive.unlink()
    (tmp_path / "made" / "pmc.parquet").unlink()
    assert sorted(path for path in tmp_path.rglob("*") if not path.is_relative_to(tmp_path / "made")) == before


def test_broken_tars_are_refused(article, tmp_path, refused):
    content = article("<p>Text.</p>").read_bytes()
    call = ["corpus", "pmc", "--output", tmp_path / "a.parquet", "--input"]
    archive = tar_of(tmp_path / "a.tar", *((f"PMC{number}.1.xml", content) for number in range(1, 30)))
    whole = archive.read_bytes()
    member = 512 + -(-len(content) // 512) * 512
    for broken in (
        whole[: 3 * member + 700],  # within a member
        whole[: 3 * member + 100],  # within a header
        whole[: 3 * member],  # between two members
        whole[: 3 * member] + b"\xff" * 512 + whole[3 * member + 512 :],  # a spoiled header
        b"<html>404</html>" * 100,
        b"",
    ):
        archive.write_bytes(broken)
        assert "a.tar: corrupt or truncated tar (" in refused(*call, archive)
    packed = tar_of(tmp_path / "b.tar.gz", *((f"PMC{number}.1.xml", content) for number in range(1, 30)))
    packed.write_bytes(packed.read_bytes()[:-20])
    assert "b.tar.gz: corrupt or truncated gzip" in refused(*call, packed)
    assert not (tmp_path / "a.parquet").exists()


def test_a_broken_member_is_named(article, tmp_path, refused):
    content = article("<p>Text.</p>").read_bytes()
    call = ["corpus", "pmc", "--output", tmp_path / "a.parquet", "--input"]
    bad = tar_of(tmp_path / "a.tar", ("PMC1.1.xml", content), ("x/PMC2.1.xml", content.replace(b"</body>", b"")))
    assert "a.tar: x/PMC2.1.xml: line 14: malformed XML" in refused(*call, bad)
    assert "a.tar: b.xml: the root element is other, not article" in refused(*call, tar_of(tmp_path / "a.tar", ("b.xml", b"<other/>")))


def test_broken_and_other_files_are_refused(article, tmp_path, refused):
    call = ["corpus", "pmc", "--output", tmp_path / "a.parquet", "--input"]
    message = refused(*call, article("<p>a</p>"), article("<p>\n<b></p>", name="bad.xml"))
    assert "bad.xml: line 13: malformed XML" in message
    (tmp_path / "other.xml").write_text("<PubmedArticleSet/>")
    assert "the root element is PubmedArticleSet, not article" in refused(*call, tmp_path / "other.xml")
    assert not (tmp_path / "a.parquet").exists()


def test_real_articles(mirror, tmp_path):
    folder, shard = mirror / "pmc-oa-opendata.s3.amazonaws.com", tmp_path / "a.parquet"
    files = [str(file) for file in sorted(folder.glob("PMC*/*.xml"))[:12]]
    run_corpus("pmc", files, str(shard))
    made = list(read_documents([shard]))
    assert len(made) == 12
    assert all(document.licence.startswith("CC") and len(document.sentences) > 50 for document in made)
    assert made[0].pmid == "16504000" and made[0].sections[1] == "Background"
    assert not any("\\usepackage" in sentence for document in made for sentence in document.sentences)
    assert read_json(stats_path(shard))["dropped"] == {}


def test_real_articles_in_a_tar(mirror, corpus, tmp_path):
    files = sorted((mirror / "pmc-oa-opendata.s3.amazonaws.com").glob("PMC*/*.xml"))[:12]
    archive = tar_of(tmp_path / "articles.tar.gz", *((file.name, file.read_bytes()) for file in files))
    apart, together = corpus("pmc", *files)[0], corpus("pmc", archive)[0]
    assert [(d.id, d.sentences, d.sections) for d in together] == [(d.id, d.sentences, d.sections) for d in apart]
    assert {document.licence for document in together} <= {"CC BY", "CC0"}
