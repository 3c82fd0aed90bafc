"""PMC full-text articles (JATS XML) to documents: title, abstract and the paragraphs of the body."""

import re
from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from lxml import etree

from bioalbert.corpus import archives, jats
from bioalbert.corpus.documents import Document, Drop
from bioalbert.corpus.markup import plain
from bioalbert.corpus.sentences import document
from bioalbert.errors import InputError
from bioalbert.files import open_binary, read_json

LICENCE_URL = re.compile(r"creativecommons\.org/(?:licenses/([a-z-]+)|(publicdomain/zero))")
# The mark of a retracted article; "retracted-article" is that of the notice.
RETRACTED = etree.XPath("boolean(front/article-meta/related-article[@related-article-type='retraction-forward'])")
NAME = re.compile(r"(PMC\d+\.\d+)\.n?xml(?:\.gz)?")


def read(file: Path, drop: Drop, include: Collection[str] = ()) -> Iterator[Document]:
    """The documents of a file's articles that are in English and were not retracted; the others are told to `drop`.

    file: a JATS article, or a .tar(.gz) of some. Licence, PMID and retraction come from ../metadata/NAME.json where that is there,
    else from the article. include: of jats.INCLUDABLE, what is taken in beside running text.
    Raises InputError for a file that is no JATS article, is corrupt or not well-formed.
    """
    archive = file.name.endswith(archives.SUFFIXES)
    for member, xml in archives.members(file) if archive else [("", _content(file))]:
        root = jats.parse(xml, file, member, include)
        article = root if root.tag == "article" else root.find("article")
        if article is None:
            problem, fix = f"the root element is {root.tag}, not article", "give JATS articles of PMC"
            raise InputError(problem, file=file, place=member or None, fix=fix)
        name = _name(article, PurePosixPath(member).name if archive else file.name)
        record = file.parent.parent / "metadata" / f"{name}.json"
        metadata = read_json(record) if not archive and record.is_file() else {}
        found = _document(article, name, metadata, include)
        if isinstance(found, Document):
            yield found
        else:
            drop(f"pmc:{name}" if name else f"{file.name}#{member}" if archive else file.name, found)


def _content(file: Path) -> bytes:
    with open_binary(file) as stream:
        return stream.read()


def _document(article: etree._Element, name: str | None, metadata: dict, include: Collection[str]) -> Document | str:
    """The article's document, or the reason why there is none."""
    if name is None:
        return "no PMC id"
    language = article.get("{http://www.w3.org/XML/1998/namespace}lang", "en")
    if language.lower()[:2] != "en":
        return "not English"
    if metadata.get("is_retracted") or RETRACTED(article):
        return "retracted"
    facts = {
        "licence": metadata.get("license_code") or _licence(article),
        "pmid": metadata.get("pmid") or article.findtext("front/article-meta/article-id[@pub-id-type='pmid']"),
        "languages": [language],
        "types": [kind] if (kind := article.get("article-type")) else [],
    }
    title = article.find("front/article-meta/title-group/article-title")
    if title is not None:
        etree.strip_elements(title, "xref", "fn", with_tail=False)
    return document(f"pmc:{name}", plain(title), jats.paragraphs(article, include), source="pmc", **facts) or "no text"


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
