"""Clean text, and the sentences of a document."""

import re
from collections.abc import Iterable

from bioalbert.corpus.documents import Document
from bioalbert.corpus.splitter import split

# Control characters (white space among them is left to str.split) and lone surrogates, which no UTF-8 file can hold.
UNWANTED = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff]")


def clean(text: str) -> str:
    """The text with each run of white space as one space, without control characters."""
    if text.isprintable() and "  " not in text:  # most text: nothing to do
        return text.strip(" ")
    text = " ".join(text.split())
    return text if text.isprintable() else " ".join(UNWANTED.sub("", text).split())


def document(id: str, title: str, paragraphs: Iterable[tuple[str, str]], **facts) -> Document | None:
    """A document from its title and its (section label, paragraph) pairs, all of them raw; None when nothing is left of it.

    The title is the first sentence, whole, with the section label "". facts: the other fields of Document.
    """
    title = clean(title)
    sentences, sections = ([title], [""]) if title else ([], [])
    for label, paragraph in paragraphs:
        found = split(clean(paragraph))
        sentences += found
        sections += [clean(label)] * len(found)
    return Document(id=id, title=title, sentences=sentences, sections=sections, **facts) if sentences else None
