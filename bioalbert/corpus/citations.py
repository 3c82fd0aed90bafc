"""The citations of a PubMed file, cut out of its bytes, so that lxml parses only what is wanted of them.

In XML without comments, CDATA and processing instructions every "<" begins a tag, so a tag is found by a search for its bytes. NLM writes
such XML, each citation on the plan of its DTD. A file that is different in any way is read by lxml as a whole: the same result, at lxml's
speed. What is cut away (journal, authors, indexing, references) is not checked for being well-formed: the gzip's checksum and the
download's digest guard it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from bioalbert.corpus.markup import PROLOG, SAFE, has_tags_only, records
from bioalbert.files import open_binary

BLOCK = 1 << 18  # bytes; stays in a core's cache, a tenth faster than 1 MB
HEAD = re.compile(PROLOG + rb"<PubmedArticleSet>")
PMID = re.compile(rb'\s*<PubmedArticle>\s*<MedlineCitation(?:\s[^<>]*)?>\s*<PMID(?: Version="(\d{1,9})")?>(\d{1,9})</PMID>')
TAG = b"PubmedArticle>"  # what the first and the last tag of a citation end with
TAIL = re.compile(rb"\s*(<DeleteCitation>.*</DeleteCitation>)?\s*</PubmedArticleSet>\s*", re.DOTALL)
NUMBER = re.compile(r"[0-9]{1,9}")

Key = tuple[int, int]  # PMID, version


@dataclass(slots=True)
class Citation:
    """A PubmedArticle. key: None where PMID or version is no number. article: its Article element, if it has one and it was asked for."""

    key: Key | None
    article: etree._Element | None = None


@dataclass(slots=True)
class Deletion:
    """A DeleteCitation."""

    keys: list[Key | None]


class _Unusual(Exception):
    """Not written as NLM writes its files."""


def read(file: Path, articles: bool = True) -> Iterator[Citation | Deletion]:
    """All citations and deletions of a file, in order. An article is there until the next citation is asked for.

    articles: whether the citations' articles are wanted. They may lack Journal, AuthorList, DataBankList and GrantList.
    Raises InputError for a file that is no PubMed file, is corrupt or not well-formed.
    """
    done = 0
    try:
        for entry in _cut(file, articles):
            yield entry
            done += 1
    except _Unusual:
        yield from islice(_parsed(file), done, None)


def _parsed(file: Path) -> Iterator[Citation | Deletion]:
    """The same by lxml alone."""
    for element in records(file, "PubmedArticleSet", "PubmedArticle", "DeleteCitation"):
        yield _deletion(element) if element.tag == "DeleteCitation" else _citation(element)


def _citation(element: etree._Element) -> Citation:
    return Citation(_key(element.find("MedlineCitation/PMID")), element.find("MedlineCitation/Article"))


def _deletion(element: etree._Element) -> Deletion:
    return Deletion([_key(pmid) for pmid in element.iterfind("PMID")])


def _key(pmid: etree._Element | None) -> Key | None:
    numbers = ("", "") if pmid is None else ((pmid.text or "").strip(), pmid.get("Version", "1"))
    return (int(numbers[0]), int(numbers[1])) if all(map(NUMBER.fullmatch, numbers)) else None


def _cut(file: Path, articles: bool) -> Iterator[Citation | Deletion]:
    parser = etree.XMLParser(**SAFE)
    with open_binary(file) as stream:
        for piece in _pieces(stream):
            if piece.endswith(b"</PubmedArticle>"):
                yield _cut_citation(piece, articles, parser)
            elif not (tail := TAIL.fullmatch(piece)):
                raise _Unusual
            elif tail[1]:
                yield _deletion(_element(tail[1], parser))


def _cut_citation(piece: bytes, articles: bool, parser: etree.XMLParser) -> Citation:
    start = PMID.match(piece)
    article = _article(piece, start.end()) if start and articles else b""
    if start is None or article is None:  # on another plan
        return _citation(_element(piece, parser))
    return Citation((int(start[2]), int(start[1] or 1)), _element(article, parser) if article else None)


def _pieces(stream: BinaryIO) -> Iterator[bytes]:
    """What stands behind the head: each citation with the white space before it, then the rest of the file."""
    buffer = stream.read(BLOCK)
    head = HEAD.match(buffer)
    if not head:
        raise _Unusual
    start = head.end()
    while True:
        opening = buffer.find(TAG, start)
        closing = buffer.find(TAG, opening + 1) if opening >= 0 else -1
        if closing >= 0:
            end = closing + len(TAG)
            yield _checked(buffer[start:end])
            start = end
        elif more := stream.read(BLOCK):
            buffer, start = buffer[start:] + more, 0
        else:
            yield _checked(buffer[start:])
            return


def _checked(piece: bytes) -> bytes:
    if not has_tags_only(piece):
        raise _Unusual
    return piece


def _article(piece: bytes, at: int) -> bytes | None:
    """The citation's Article without what stands before the title, between abstract and languages, and between these and the types.

    That is Journal, AuthorList, DataBankList and GrantList. at: behind the PMID. None where the order is not that of the DTD.
    """
    title = piece.find(b"<ArticleTitle", at)
    text_end = piece.find(b"</Abstract>", title)
    language = piece.find(b"<Language>", max(title, text_end))
    types = piece.find(b"<PublicationTypeList", language)
    stop = piece.find(b"</Article>", types)
    if text_end < 0:
        text_end = piece.find(b"</ArticleTitle>", title, language)
    languages_end = piece.rfind(b"</Language>", language, types)
    if min(title, language, types, stop, text_end, languages_end) < 0:
        return None
    if piece.find(b"<Abstract", at, title) >= 0 or piece.find(b"<Abstract", text_end, types) >= 0:
        return None
    text = piece[title : piece.index(b">", text_end)]
    return b"<Article>" + text + b">" + piece[language:languages_end] + b"</Language>" + piece[types:stop] + b"</Article>"


def _element(xml: bytes, parser: etree.XMLParser) -> etree._Element:
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError:
        raise _Unusual from None
