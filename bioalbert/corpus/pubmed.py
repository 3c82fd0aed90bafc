"""PubMed citations (pubmedYYnNNNN.xml.gz: baseline and update files) to documents."""

from collections.abc import Collection, Iterator
from pathlib import Path

from lxml import etree

from bioalbert.corpus import citations
from bioalbert.corpus.citations import Citation
from bioalbert.corpus.documents import Document, Drop
from bioalbert.corpus.markup import plain
from bioalbert.corpus.sentences import document
from bioalbert.corpus.versions import Occurrences

LICENCE = "NLM data terms; abstracts may be under their publishers' copyright"
RETRACTED = "Retracted Publication"
TAGS = ("ArticleTitle", "AbstractText", "Language", "PublicationType")
ENGLISH = ("eng",)
EVERY = "all"  # languages
UNLABELLED = "UNLABELLED"  # PubMed's filler where the publisher gave no label


def read(file: Path, occurrences: Occurrences, drop: Drop, languages: Collection[str] = ENGLISH) -> Iterator[Document]:
    """The documents of one file's citations; what is left out is told to `drop`.

    occurrences: which of the citations are the newest of their PMID and not deleted. languages: of the articles, MEDLINE's codes, or EVERY.
    Title and abstract are PubMed's English ones whatever the article's language; a translated title stands in brackets.
    Raises InputError for a file that is no PubMed file, is corrupt or not well-formed; a citation that is broken alone is dropped.
    """
    winners = occurrences.of(file)
    for position, entry in enumerate(citations.read(file)):
        if isinstance(entry, Citation):
            found = _document(entry, winners.get(position, "superseded"), languages)
            if isinstance(found, Document):
                yield found
            else:
                drop(f"pubmed:{entry.key[0]}" if entry.key else f"{file.name}#{position + 1}", found)


def _document(citation: Citation, fate: str, wanted: Collection[str]) -> Document | str:
    """The citation's document, or the reason why there is none."""
    article = citation.article
    if citation.key is None or article is None:
        return "broken citation"
    if fate != "newest":
        return fate
    parts: dict[str, list[etree._Element]] = {tag: [] for tag in TAGS}
    for part in article.iter(*TAGS):
        parts[part.tag].append(part)
    languages, types = ([part.text or "" for part in parts[tag]] for tag in ("Language", "PublicationType"))
    if EVERY not in wanted and not any(language in wanted for language in languages):
        return "another language"
    if RETRACTED in types:
        return "retracted"
    pmid, title = str(citation.key[0]), " ".join(map(plain, parts["ArticleTitle"]))
    paragraphs = [(_label(part), plain(part)) for part in parts["AbstractText"] if part.getparent().tag == "Abstract"]
    facts = {"pmid": pmid, "licence": LICENCE, "languages": languages, "types": types}
    return document(f"pubmed:{pmid}", title, paragraphs, source="pubmed", **facts) or "no text"


def _label(part: etree._Element) -> str:
    label = part.get("Label", "")
    return "" if label == UNLABELLED else label
