"""The DDI corpus as its authors publish it: a zip of XML files, a document each, with the pairs of drugs of every sentence."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree import ElementTree

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.readers.archives import members
from bioalbert.finetune.readers.common import check_label, present, rows
from bioalbert.finetune.readers.marking import Mention, marked

PAIRS = ("index", "text", "label")
BLANKS = str.maketrans("\n\r\t", "   ")  # as in BLURB's script; offsets stay as they are


@dataclass(frozen=True)
class DdiOptions:
    """Options of the format ddi-xml.

    folder: of the archive; what is elsewhere in it (the test set of the DrugNER task) is not read. marks: "drug", every drug is @DRUG$
    and two that overlap @DRUG-DRUG$ (BLURB); "type", @drug$, @brand$, @group$, @drug_n$ and @drug-group$ (BLUE's script).
    only, without: ids of the documents that are read, or left out; or one .tsv file of BLUE's form beside the archive, whose index
    names pairs.
    """

    folder: str
    marks: Literal["drug", "type"] = "drug"
    only: tuple[str, ...] = ()
    without: tuple[str, ...] = ()


def read_ddi_xml(file: Path, entry: Entry, options: DdiOptions, folder: Path) -> Iterator[Relation]:
    """The pairs in the order of the files' names; the index is the pair's id.

    A pair that is said to interact, but not how (DDI-DrugBank.d236.s29.p0), is DDI-false: none of the four types is known of it, and so
    it counts in the copy that BLURB was made from.
    """
    only, without = (_listed(names, entry, folder) for names in (options.only, options.without))
    met: set[str] = set()
    for name, text in members(file, f"{options.folder}/*.xml").items():
        for document, sentence, pair in _pairs(text, file, name):
            names = {document, pair.get("id")}
            met |= names
            if not names & without and (not only or names & only):
                yield _relation(sentence, pair, options.marks, entry, file)
    if missing := sorted((only | without) - met):
        raise InputError(f"{options.folder} has no {missing[0]}", file=file, fix=f"correct {entry.id}.yaml, or take the published archive")


def _listed(names: tuple[str, ...], entry: Entry, folder: Path) -> set[str]:
    if len(names) == 1 and names[0].endswith(".tsv"):
        return {fields["index"] for _, fields in rows(present(entry, folder / names[0]), PAIRS, lambda fields: "." in fields["index"])}
    return set(names)


def _pairs(text: str, file: Path, name: str) -> Iterator[tuple[str, ElementTree.Element, ElementTree.Element]]:
    """(id of the document, sentence, pair)."""
    try:
        document = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise InputError(f"not XML ({error})", file=file, place=name, fix="take the published archive") from None
    for sentence in document.iter("sentence"):
        for pair in sentence.iter("pair"):
            yield document.get("id"), sentence, pair


def _relation(sentence: ElementTree.Element, pair: ElementTree.Element, marks: str, entry: Entry, file: Path) -> Relation:
    try:
        index, text = pair.attrib["id"], sentence.attrib["text"].translate(BLANKS)
        drugs = {drug.attrib["id"]: drug for drug in sentence.iter("entity")}
        first, second = (_mention(drugs[pair.attrib[end]], marks) for end in ("e1", "e2"))
        kind = pair.get("type") if pair.attrib["ddi"] == "true" else None
    except (KeyError, ValueError) as error:
        raise InputError(
            f"a pair without all it needs ({error!r})", file=file, place=str(pair.attrib), fix="take the published archive"
        ) from None
    label = f"DDI-{kind or 'false'}"
    check_label(label, entry, file, index)
    return Relation(index, marked(text, first, second, f"{first.mark}-{second.mark}", touching=marks == "type"), label)


def _mention(drug: ElementTree.Element, marks: str) -> Mention:
    """charOffset: "15-24", or "44-46;70-86" in parts, both ends inclusive."""
    parts = drug.attrib["charOffset"].replace(";", "-").split("-")
    return Mention(drug.attrib["id"], int(parts[0]), int(parts[-1]) + 1, drug.attrib["type"] if marks == "type" else "DRUG")
