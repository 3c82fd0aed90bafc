"""The running text of a JATS article (XML of PMC): what of its bytes is parsed, and the paragraphs that the tree becomes."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from html.entities import html5
from pathlib import Path

from lxml import etree

from bioalbert.corpus.markup import MATH, PROLOG, RAISED, SAFE, has_tags_only, powers, replace, well_formed

# Not running text. A formula within a sentence stays as its MathML tokens; its LaTeX twin does not. A section's title is its label.
LEFT_OUT = {
    *("table-wrap", "table-wrap-group", "table-wrap-foot", "table", "array", "fig", "fig-group", "floats-group", "caption", "graphic"),
    *("inline-graphic", "media", "disp-formula", "tex-math", "chem-struct-wrap", "supplementary-material"),
    *("inline-supplementary-material", "ref-list", "fn", "fn-group", "glossary", "def-list", "code", "preformat", "permissions"),
    *("sec-meta", "title", "label", "object-id", "alt-text", "long-desc", "attrib"),
}
# What of it can be taken in, and where that lies.
INCLUDABLE = {
    "captions": {"caption", "fig", "fig-group", "floats-group", "table-wrap", "table-wrap-group"},
    "tables": {"floats-group", "table", "table-wrap", "table-wrap-group"},
    "formulas": {"disp-formula"},
}
# Code points that Unicode keeps for a program's own use: they end a paragraph, and open the titles of sections and what follows a section.
END, TITLE, BACK = "\ufdd0", "\ufdd1", "\ufdd3"
# To the text of abstracts (the typed ones, like teasers, repeat it), body and floating figures, with these marks. Superscript citation
# numbers would be glued to the word before ("growth<sup>12</sup>") and go; those in brackets stay. No superscript link is a power.
# Displayed formulas, there or not, leave a space. Few patterns have conditions, and only on rare elements: they take most of the time.
STYLESHEET = f"""
<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:m="{MATH[1:].removesuffix("}math")}">
  <xsl:output method="text"/>
  <xsl:template match="/">
    <xsl:apply-templates select="*/front/article-meta/abstract[not(@abstract-type)] | */body[1] | */floats-group"/>
  </xsl:template>
  <xsl:template match="abstract">{END}{TITLE}Abstract{END}<xsl:apply-templates/>{END}{BACK}{END}</xsl:template>
  <xsl:template match="sec">{END}<xsl:apply-templates/>{END}</xsl:template>
  <xsl:template match="sec[title]">
    <xsl:text>{END}{TITLE}</xsl:text><xsl:apply-templates select="title[1]/node()"/><xsl:text>{END}</xsl:text>
    <xsl:apply-templates/>
    <xsl:text>{END}{BACK}{END}</xsl:text>
  </xsl:template>
  <xsl:template match="p | list-item | disp-quote | boxed-text | verse-line | tr">{END}<xsl:apply-templates/>{END}</xsl:template>
  <xsl:template match="caption/title" priority="2">{END}<xsl:apply-templates/>{END}</xsl:template>
  <xsl:template match="td | th"><xsl:apply-templates/><xsl:text> </xsl:text></xsl:template>
  <xsl:template match="disp-formula"><xsl:text> </xsl:text><xsl:apply-templates/><xsl:text> </xsl:text></xsl:template>
  <xsl:template match="break"><xsl:text> </xsl:text></xsl:template>
  <xsl:template match="sup[not(parent::xref or *[1][not(preceding-sibling::text())])]">{RAISED}<xsl:apply-templates/></xsl:template>
  <xsl:template match="sup[.//xref/@ref-type = 'bibr'] | xref[@ref-type = 'bibr']/sup" priority="2"/>
  <xsl:template match="m:math">
    <xsl:for-each select=".//text()[normalize-space() and not(ancestor::m:annotation)]">
      <xsl:if test="position() > 1"><xsl:text> </xsl:text></xsl:if><xsl:value-of select="normalize-space()"/>
    </xsl:for-each>
  </xsl:template>
  <xsl:template match="LEFT_OUT"><xsl:if test="self::disp-formula"><xsl:text> </xsl:text></xsl:if></xsl:template>
</xsl:stylesheet>"""
HEAD = re.compile(PROLOG + rb"<article[\s>]")
FLOATS = (b"table-wrap", b"fig")


def parse(xml: bytes, path: Path, member: str = "", include: Collection[str] = ()) -> etree._Element:
    """The root element of the article, without all or most of what `paragraphs` leaves out.

    path, member: where it stands, for messages. Raises InputError where the XML is not well-formed, but for what is cut away.
    """
    parser = etree.XMLParser(**SAFE, huge_tree=HEAD.match(xml) is not None)
    if not include:
        try:
            return etree.fromstring(_cut(xml), parser)
        except etree.XMLSyntaxError:
            pass  # of the whole it will be seen what is wrong, and where
    with well_formed(path, member):
        return etree.fromstring(xml, parser)


def _cut(xml: bytes) -> bytes:
    """The article to the end of its body, tables and figures left out: in real ones less than half of the bytes.

    Where the body's end is that of another element, or no tag at all, the result is not well-formed.
    """
    start = xml.find(b"<body")
    end = xml.find(b"</body>", start)
    if min(start, end) < 0 or not xml.endswith(b"</article>", 0, len(xml.rstrip())):
        return xml
    body = xml[start:end]
    if has_tags_only(body):
        for name in FLOATS:
            first, *pieces = body.split(b"<" + name + b' id="')
            parts = [piece.partition(b"</" + name + b">") for piece in pieces]
            if not all(closed for _, closed, _ in parts):  # nested, or never closed
                return xml
            body = first + b"".join(behind for _, _, behind in parts)
    return xml[:start] + body + b"</body></article>"


def paragraphs(article: etree._Element, include: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """(title of the innermost section, paragraph) of abstract and body in order, both raw. include: of INCLUDABLE. Alters the article."""
    for entity in list(article.iter(etree.Entity)):
        replace(entity, html5.get(f"{entity.name};", ""))
    titles = [""]
    for chunk in powers(str(_text(frozenset(include))(article))).split(END):
        if chunk.startswith(TITLE):
            titles.append(chunk[1:])
        elif chunk == BACK:
            titles = titles[:-1] or [""]
        elif chunk and not chunk.isspace():
            yield titles[-1], chunk


@cache
def _text(include: frozenset[str]) -> etree.XSLT:
    left_out = LEFT_OUT.difference(*(INCLUDABLE[name] for name in include))
    return etree.XSLT(etree.XML(STYLESHEET.replace("LEFT_OUT", " | ".join(sorted(left_out)))))
