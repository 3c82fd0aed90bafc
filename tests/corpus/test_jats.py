"""What is cut out of an article's bytes before it is parsed changes nothing of its text."""

from pathlib import Path

import pytest
from lxml import etree

from bioalbert.corpus import jats
from bioalbert.errors import InputError

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE article PUBLIC "-//NLM//DTD JATS v1.1//EN" "JATS.dtd">\n'
FRONT = "<front><article-meta><abstract><p>Short.</p></abstract></article-meta></front>"
BACK = "<back><ref-list><ref><mixed-citation>Cited.</mixed-citation></ref></ref-list></back>"
TABLE = '<table-wrap id="t"><label>1</label><caption><p>Bad.</p></caption><table><tr><td>Bad</td></tr></table></table-wrap>'
FIGURE = '<fig id="f" position="float"><caption><p>Bad.</p></caption></fig>'
FILE = Path("PMC42.1.xml")


def article(body: str, behind: str = BACK, front: str = FRONT, head: str = HEAD) -> bytes:
    return f'{head}<article xmlns:m="http://www.w3.org/1998/Math/MathML">{front}<body>{body}</body>{behind}</article>\n'.encode()


def read(xml: bytes) -> list[tuple[str, str]]:
    return list(jats.paragraphs(jats.parse(xml, FILE)))


def uncut(xml: bytes) -> list[tuple[str, str]]:
    """The reference: the tree of the whole."""
    return list(jats.paragraphs(etree.fromstring(xml, etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True))))


@pytest.fixture
def only_cut(monkeypatch):
    """The whole must not be parsed."""
    monkeypatch.setattr(jats, "well_formed", lambda *_: pytest.fail("parsed as a whole"))


PLAIN = {
    "usual": article(f"<p>a{FIGURE} b</p>{TABLE}<p>c</p>"),
    "nothing behind the body": article("<p>a</p>", behind=""),
    "other floats": article(f"<table-wrap-group>{TABLE}</table-wrap-group><fig><p>Bad</p></fig><table-wrap>x</table-wrap><p>a</p>"),
    "a figure within a table and the other way": article(
        f"{TABLE.replace('<label>', FIGURE + '<label>')}{FIGURE.replace('<caption>', TABLE + '<caption>')}<p>a</p>"
    ),
    "a review": article(f"<p>a</p>{TABLE}", behind=f"<sub-article><body><p>Review.</p>{TABLE}</body></sub-article>"),
    "a comment in the body": article(f'<p>a<!-- <fig id="n"> -->{FIGURE} b</p><p>c<?pi </fig>?></p>{TABLE}'),
    "CDATA in the body": article(f'<p>a<![CDATA[ <fig id="n"> ]]>{FIGURE} b<![CDATA[ </table-wrap> ]]></p>'),
    "a comment with <body": article(f"<p>a</p>{TABLE}", front=f"<!-- <body --><?x <body?>{FRONT}"),
    "> and a tag's name in attributes": article(f'<p id="a > </fig">a</p>{FIGURE}<p>b</p>'.replace('</fig"', 'fig"')),
    "ä, Greek and entities": article("<p>ä α &lt;fig id=&quot;x&quot;&gt; &#945; &beta;&unknown;</p>" + TABLE),
}
UNUSUAL = {
    "nested floats": article(f"{TABLE.replace('<label>', TABLE + '<label>')}<p>a</p>"),
    "body's end in a comment": article("<p>a<!-- </body> --></p><p>b</p>"),
    "body's end in CDATA": article("<p>a<![CDATA[ </body> ]]></p><p>b</p>"),
    "body's end in an instruction": article("<p>a<?x </body> ?></p><p>b</p>"),
    "body's end in an entity": article("<p>a</p>", head='<!DOCTYPE article [<!ENTITY e "<body></body>">]>'),
    "a body in a box": article("<boxed-text><body><p>a</p></body></boxed-text><p>b</p>"),
    "space in the end tags": article(f"<p>a</p>{TABLE}").replace(b"</body>", b"</body >", 1).replace(b"</article>", b"</article\n>"),
    "a review's body alone": article("", behind="<sub-article><body><p>a</p></body></sub-article>").replace(b"<body></body>", b"", 1),
    "a set of articles": b"<set>" + article("<p>a</p>", head="") + article("<p>b</p>", head="") + b"</set>",
    "a comment behind": article("<p>a</p>") + b"<!-- end -->",
    "UTF-16": article(f"<p>ä</p>{TABLE}", head="").decode().encode("utf-16"),
    "no body": article("").replace(b"<body></body>", b""),
}


@pytest.mark.parametrize("name", PLAIN)
def test_usual_articles_are_cut(only_cut, name):
    assert read(PLAIN[name]) == uncut(PLAIN[name]) != []
    assert len(jats._cut(PLAIN[name])) < len(PLAIN[name])
    assert not any("Bad" in paragraph for _, paragraph in read(PLAIN[name]))


@pytest.mark.parametrize("name", UNUSUAL)
def test_unusual_articles_are_parsed_whole(name):
    assert read(UNUSUAL[name]) == uncut(UNUSUAL[name])


def test_real_articles_are_cut(mirror, only_cut):
    whole = parsed = 0
    for file in sorted((mirror / "pmc-oa-opendata.s3.amazonaws.com").glob("PMC*/*.xml"))[:60]:
        xml = file.read_bytes()
        assert read(xml) == uncut(xml)
        whole, parsed = whole + len(xml), parsed + len(jats._cut(xml))
    assert parsed < 0.6 * whole


@pytest.mark.parametrize(
    "xml, problem",
    [
        (article("<p>\n<b></p>"), "line 4: malformed XML"),
        (article("<p>a</p>")[:-20], "line 3: malformed XML"),  # cut off in what is not read
        (article("<p>a</p>").replace(b"</body>", b""), "line 3: malformed XML"),
        (article(f"{FIGURE}<p>a</p>").replace(b"</fig>", b""), "line 3: malformed XML"),
        (article(f"<p>a</p>{FIGURE}{FIGURE}").replace(b"</fig>", b"", 1), "line 3: malformed XML"),
        (article(f"<p>a</p>{FIGURE}{FIGURE}").replace(b"</fig>", b"</p>", 1), "line 3: malformed XML"),
        (b"", "line 1: malformed XML .Document is empty"),
    ],
)
def test_malformed_articles_are_refused(xml, problem):
    with pytest.raises(InputError, match=f"PMC42.1.xml: {problem}.*; delete the file and get it again"):
        read(xml)


def test_what_is_cut_away_is_not_judged():
    assert read(article("<p>a</p>" + TABLE.replace("</td>", ""), behind="<back><p></back>")) == [("Abstract", "Short."), ("", "a")]


def test_a_paragraph_of_18_mb():
    text = "Mice ate cheese. " * 1_100_000
    assert read(article(f"<p>{text}</p>"))[1:] == [("", text)]


BOMB = '<!ENTITY b0 "boom">' + "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 12))


@pytest.mark.parametrize(
    "head, body, limit",
    [
        (f"<!DOCTYPE article [{BOMB}]>", "<p>&b11;</p>", "entity amplification"),
        (f"<!DOCTYPE article [{BOMB}]>", '<p id="&b11;"/>', "entity amplification"),
        (f'<!DOCTYPE article SYSTEM "JATS.dtd" [{BOMB}]>', f'<p id="&b11;">{"a b " * 3_000_000}</p>', "entity amplification"),
        ('<!DOCTYPE article [<!ENTITY a "b">]>', f"<p>{'a b ' * 3_000_000}</p>", "Text node too long"),
        (HEAD, "<p>" * 3_000 + "</p>" * 3_000, "Excessive depth"),
    ],
)
def test_limits_keep_hostile_articles_harmless(head, body, limit):
    """A long text is read only where no entity is declared: libxml2 has one switch for both limits."""
    with pytest.raises(InputError, match=f"beyond a limit that keeps hostile files harmless .*{limit}.*; leave the file out"):
        read(article(body, head=head))


def test_marks_of_our_own_in_a_text_do_no_harm():
    assert [text for _, text in read(article("<p>a&#xfdd0;&#xfdd3;&#xfdd0;c&#xfdd2;d&#xfdd0;&#xfdd1;b</p>"))] == ["Short.", "a", "cd"]
