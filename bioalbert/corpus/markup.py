"""XML read safely and turned into text: no entity is expanded, no DTD is read, nothing is fetched."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from html.entities import html5
from pathlib import Path
from typing import BinaryIO

from lxml import etree

from bioalbert.errors import InputError
from bioalbert.files import open_binary

# libxml2's own limits on depth, text length and entity growth stay on (no huge_tree): no real file comes near them.
SAFE = {"resolve_entities": False, "load_dtd": False, "no_network": True, "remove_comments": True, "remove_pis": True}
MATH = "{http://www.w3.org/1998/Math/MathML}math"

NUMBER, EXPONENT = re.compile(r"(?<!\w)\d+$"), re.compile(r"[-\u2212]?\d")

_string = etree.XPath("string()", smart_strings=False)


@contextmanager
def well_formed(path: Path, member: str = "") -> Iterator[None]:
    """XML that is not well-formed raises InputError with its line. member: which file of the archive `path` is read."""
    try:
        yield
    except etree.XMLSyntaxError as error:
        fix, problem = "delete the file and get it again", error.msg.split(", line ")[0]
        place = f"{member}: line {error.lineno}" if member else f"line {error.lineno}"
        raise InputError(f"malformed XML ({problem})", file=path, place=place, fix=fix) from None


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


def parse(path: Path) -> etree._Element:
    """The root element of a small file."""
    with open_binary(path) as stream:
        return parse_stream(stream, path)


def parse_stream(stream: BinaryIO, path: Path, member: str = "") -> etree._Element:
    """The root element of a small file, or of one that is a member of the archive `path`."""
    with well_formed(path, member):
        return etree.parse(stream, etree.XMLParser(**SAFE)).getroot()


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
    for power in element.iter("sup"):
        if EXPONENT.match(power.text or "") and NUMBER.search(_before(power)):
            power.text = "^" + power.text
    return _string(element)


def replace(element: etree._Element, text: str) -> None:
    """Puts text in the element's place; what follows the element stays."""
    parent, previous, text = element.getparent(), element.getprevious(), text + (element.tail or "")
    if previous is None:
        parent.text = (parent.text or "") + text
    else:
        previous.tail = (previous.tail or "") + text
    parent.remove(element)


def _before(element: etree._Element) -> str:
    previous = element.getprevious()
    return (element.getparent().text if previous is None else previous.tail) or ""
