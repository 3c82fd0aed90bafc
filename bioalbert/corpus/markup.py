"""XML read safely and turned into text: no entity is expanded, no DTD is read, nothing is fetched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.entities import html5
from itertools import pairwise
from pathlib import Path

from lxml import etree

from bioalbert.errors import InputError
from bioalbert.files import open_binary

# libxml2's own limits on depth, text length and entity growth stay on unless a reader says more (huge_tree).
SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "remove_comments": True, "remove_pis": True}
# What may stand before a root element of UTF-8 where no entity is declared, so that none but XML's five can be expanded.
PROLOG = rb"""(?x:
    (?:\xef\xbb\xbf)?(?:<\?xml[ ]version=["']1\.0["'](?:[ ]encoding=["'](?i:utf-8)["'])?(?:[ ]standalone=["'](?:yes|no)["'])?[ ]?\?>)?
    \s*(?:<!DOCTYPE[^<>\[\]]*>)?\s*)"""
MATH = "{http://www.w3.org/1998/Math/MathML}math"

RAISED = "\ufdd2"  # stands before what was a superscript: a code point that Unicode keeps for a program's own use
NUMBER, EXPONENT = re.compile(r"(?<!\w)\d+$"), re.compile(r"[-\u2212]?\d")
REACH = 24  # characters: no number before an exponent is longer

_string = etree.XPath("string()", smart_strings=False)


@contextmanager
def well_formed(path: Path, member: str = "") -> Iterator[None]:
    """XML that is not well-formed, or beyond a limit, raises InputError with its line. member: which file of the archive `path` is read."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        problem, fix = f"malformed XML ({error.msg.split(', line ')[0]})", "delete the file and get it again"
        if error.code == etree.ErrorTypes.ERR_RESOURCE_LIMIT:
            problem, fix = f"XML beyond a limit that keeps hostile files harmless ({error.msg.split(', ')[0]})", "leave the file out"
        place = f"{member}: line {error.lineno}" if member else f"line {error.lineno}"
        raise InputError(problem, file=path, place=place, fix=fix) from None


def records(path: Path, root: str, *tags: str) -> Iterator[etree._Element]:
    """Elements with these tags, each thrown away after use: memory stays flat whatever the file's size."""
    with open_binary(path) as stream, well_formed(path):
        parser = etree.iterparse(stream, tag=tags, **SAFE)
        for _, element in parser:
            yield element
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
        if parser.root.tag != root:
            raise InputError(f"the root element is {parser.root.tag}, not {root}", file=path, fix="give files of the right corpus")


def has_tags_only(xml: bytes) -> bool:
    """Whether no comment, CDATA or processing instruction is there, so that every "<" begins a tag."""
    for mark in (b"!", b"?"):
        at = xml.find(mark)  # some ten times as fast as to look for two bytes
        while at >= 0:
            if xml[at - 1 : at] == b"<":
                return False
            at = xml.find(mark, at + 1)
    return True


def plain(element: etree._Element | None) -> str:
    """An element's text, markup taken off so that no words or numbers are glued. White space is left as it is. Alters the element.

    Formulas in MathML become their tokens with a space between. A superscript number after a number is its power: 10<sup>6</sup> is
    10^6. Named entities that HTML knows become their character, others nothing.
    """
    if element is None:
        return ""
    if not len(element):
        return element.text or ""
    for entity in list(element.iter(etree.Entity)):
        replace(entity, html5.get(f"{entity.name};", ""))
    for formula in list(element.iter(MATH)):
        replace(formula, " ".join(" ".join(formula.itertext()).split()))
    for raised in element.iter("sup"):
        if raised.text:
            raised.text = RAISED + raised.text
    return powers(_string(element))


def powers(text: str) -> str:
    """The text with "^" for RAISED where a number stands on both its sides, and without it elsewhere."""
    pieces = text.split(RAISED)
    for place, (before, behind) in enumerate(pairwise(pieces), start=1):
        if EXPONENT.match(behind) and NUMBER.search(before[-REACH:]):
            pieces[place] = "^" + behind
    return "".join(pieces)


def replace(element: etree._Element, text: str) -> None:
    """Puts text in the element's place; what follows the element stays."""
    parent, previous, text = element.getparent(), element.getprevious(), text + (element.tail or "")
    if previous is None:
        parent.text = (parent.text or "") + text
    else:
        previous.tail = (previous.tail or "") + text
    parent.remove(element)
