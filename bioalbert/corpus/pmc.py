"""PMC full-text articles (JATS XML) to documents: title, abstract and the paragraphs of the body."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from lxml import etree

from bioalbert.corpus import archives
from bioalbert.corpus.documents import Document, Drop
from bioalbert.corpus.markup import parse, plain, replace
from bioalbert.corpus.sentences import clean, document
from bioalbert.errors import InputError
from bioalbert.files import read_json

# Not running text. A formula within a sentence stays as its MathML tokens; its LaTeX twin does not.
LEFT_OUT = (
    *("table-wrap", "table-wrap-group", "table", "array", "fig", "fig-group", "graphic", "inline-graphic", "media", "caption"),
    *("disp-formula", "disp-formula-group", "tex-math", "{http://www.w3.org/1998/Math/MathML}annotation", "chem-struct-wrap"),
    *("ref-list", "fn", "fn-group", "supplementary-material", "inline-supplementary-material", "code", "preformat"),
    *("label", "object-id", "alt-text", "long-desc", "attrib", "permissions", "sec-meta", "glossary", "def-list"),
)
# Superscript citation numbers would be glued to the word before: "growth<sup>12</sup>". Those in brackets stay.
SUPERSCRIPT_CITATIONS = etree.XPath(".//sup[.//xref[@ref-type='bibr']] | .//xref[@ref-type='bibr'][sup]")
PARAGRAPHS = ("p", "list-item", "disp-quote", "boxed-text", "verse-line")
# Two of the code points that Unicode keeps for a program's own use mark the ends of paragraphs and the headings in a text.
END, HEADING = "\ufdd0", "\ufdd1"
LICENCE_URL = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)|(publicdomain/zero))")
# The mark of a retracted article; "retracted-article" is that of the notice.
RETRACTED = etree.XPath("boolean(front/article-meta/related-article[@related-article-type='retraction-forward'])")
NAME = re.compile(r"(PMC\d+\.\d+)\.n?xml(?:\.gz)?")


def read(file: Path, drop: Drop) -> Iterator[Document]:
    """The documents of a file's articles that are in English and were not retracted; the others are told to `drop`.

    file: a JATS article, or a .tar(.gz) of some. Licence, PMID and retraction come from ../metadata/NAME.json where that is there,
    else from the article. Raises InputError for a file that is no JATS article, is corrupt or not well-formed.
    """
    archive = file.name.endswith(archives.SUFFIXES)
    for member, root in archives.parse_members(file) if archive else [("", parse(file))]:
        article = root if root.tag == "article" else root.find("article")
        if article is None:
            problem, fix = f"the root element is {root.tag}, not article", "give JATS articles of PMC"
            raise InputError(problem, file=file, place=member or None, fix=fix)
        name = _name(article, PurePosixPath(member).name if archive else file.name)
        record = file.parent.parent / "metadata" / f"{name}.json"
        found = _document(article, name, read_json(record) if not archive and record.is_file() else {})
        if isinstance(found, Document):
            yield found
        else:
            drop(f"pmc:{name}" if name else f"{file.name}#{member}" if archive else file.name, found)


def _document(article: etree._Element, name: str | None, metadata: dict) -> Document | str:
    """The article's document, or the reason why there is none."""
    if name is None:
        return "no PMC id"
    if article.get("{http://www.w3.org/XML/1998/namespace}lang", "en").lower()[:2] != "en":
        return "not English"
    if metadata.get("is_retracted") or RETRACTED(article):
        return "retracted"
    facts = {
        "licence": metadata.get("license_code") or _licence(article),
        "pmid": metadata.get("pmid") or article.findtext("front/article-meta/article-id[@pub-id-type='pmid']"),
    }
    title = article.find("front/article-meta/title-group/article-title")
    if title is not None:
        etree.strip_elements(title, "xref", "fn", with_tail=False)
    parts = [pair for part in _parts(article) for pair in _paragraphs(*part)]
    return document(f"pmc:{name}", plain(title), parts, source="pmc", **facts) or "no text"


def _name(article: etree._Element, file: str) -> str | None:
    """PMC123.1: the file's name, or the article's own id with version 1."""
    if official := NAME.fullmatch(file):
        return official[1]
    number = article.xpath("string(front/article-meta/article-id[@pub-id-type='pmcid' or @pub-id-type='pmc'])").removeprefix("PMC")
    return f"PMC{number}.1" if number.isdecimal() else None


def _licence(article: etree._Element) -> str:
    """The code of a Creative Commons licence, "CC BY-NC" or "CC0", or "" when the article names none."""
    for licence in article.iterfind("front/article-meta/permissions//license"):
        match = LICENCE_URL.search(etree.tostring(licence, encoding="unicode", with_tail=False))
        if match:
            return "CC0" if match[2] else f"CC {match[1].upper()}"
    return ""


def _parts(article: etree._Element) -> Iterator[tuple[etree._Element, str]]:
    """Abstract and body with the section label of paragraphs that stand in no section."""
    for abstract in article.iterfind("front/article-meta/abstract"):
        if abstract.get("abstract-type") is None:  # the others (teaser, graphical, summary) repeat it
            yield abstract, "Abstract"
    body = article.find("body")
    if body is not None:
        yield body, ""


def _paragraphs(part: etree._Element, label: str) -> Iterator[tuple[str, str]]:
    """(title of the innermost section, paragraph) in order. Alters the part."""
    _mark(part, label)
    for chunk in plain(part).split(END):
        if chunk.startswith(HEADING):
            label = chunk[1:]
        elif chunk and not chunk.isspace():
            yield label, chunk


def _mark(part: etree._Element, label: str) -> None:
    """Leaves running text only, with END around each paragraph, and HEADING and the section's title where a section starts or ends."""
    etree.strip_elements(part, *LEFT_OUT, with_tail=False)
    for citation in SUPERSCRIPT_CITATIONS(part):
        if citation.getparent() is not None:
            replace(citation, "")
    labels = {part: label}
    for section in part.iter("sec"):
        title, outer = section.find("title"), labels[next(part_ for part_ in section.iterancestors() if part_ in labels)]
        labels[section] = clean(plain(title)) if title is not None else outer
        section.text = f"{END}{HEADING}{labels[section]}{END}"
        section.tail = f"{END}{HEADING}{outer}{END}{section.tail or ''}"
    etree.strip_elements(part, "title", with_tail=False)
    for paragraph in part.iter(*PARAGRAPHS):
        paragraph.text = END + (paragraph.text or "")
        paragraph.tail = END + (paragraph.tail or "")
    for line_end in part.iter("break"):
        line_end.tail = " " + (line_end.tail or "")
