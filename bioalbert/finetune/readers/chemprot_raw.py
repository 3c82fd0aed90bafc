"""ChemProt as BioCreative VI publishes it: a zip of zips with tables of abstracts, entities and relations."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from pathlib import Path
from typing import Literal

from bioalbert.catalogue.entries import Entry
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Noticed, Relation
from bioalbert.finetune.readers.archives import members
from bioalbert.finetune.readers.common import Indices
from bioalbert.finetune.readers.marking import Mention, marked
from bioalbert.finetune.words import sentence_spans

NO_RELATION = "false"
MARKS = {"CHEMICAL": "CHEMICAL", "GENE": "GENE", "GENE-Y": "GENE", "GENE-N": "GENE"}
SHIFT = 3  # characters that an entity's offsets may be wrong by: in one training abstract (PMID 23194825) almost all are, by 1 or 2


@dataclass(frozen=True)
class ChemprotOptions:
    """Options of the format chemprot-raw.

    archive: the inner zip. style: "blurb", a row for each pair, which has the last label that the relations give it; "blue", a row for
    each of a pair's labels. Relations that do not count in the task (CPR:0 to 2, 7, 8, 10) are no labels.
    """

    archive: str
    style: Literal["blurb", "blue"] = "blurb"


def read_chemprot_raw(file: Path, entry: Entry, options: ChemprotOptions, folder: Path) -> Iterator[Relation | Noticed]:
    """Every chemical with every gene of the same sentence (the corpus' own splitter); the index is PMID.T1.T2.

    Noticed are the relations that count and that no row holds, because they join two sentences or because another label of their pair
    came later, and the entities that were not where their offsets say.
    """
    mentions = _entities(file, options.archive)
    relations = _relations(file, options.archive)
    indices, met, noticed = Indices(), set(), Counter()
    for _, (pmid, title, abstract) in _table(file, options.archive, "abstracts", 3):
        text = f"{title}\t{abstract}"
        placed = [_placed(mention, words, text, file, pmid) for mention, words in mentions[pmid]]
        noticed["entities_moved"] += sum(one != mention for one, (mention, _) in zip(placed, mentions[pmid], strict=True))
        for start, end in _sentences(text, len(title), placed):
            inside = [replace(one, start=one.start - start, end=one.end - start) for one in placed if start <= one.start and one.end <= end]
            chemicals, genes = ([one for one in inside if one.mark == mark] for mark in ("CHEMICAL", "GENE"))
            for chemical, gene in product(chemicals, genes):
                sentence = marked(text[start:end], chemical, gene, "CHEM-GENE", touching=options.style == "blue")
                pair = (pmid, chemical.id, gene.id)
                met.add(pair)
                given = relations.get(pair, [])
                labels = _labels(given, options.style, entry)
                noticed["relations_overwritten"] += sum(one in entry.positive and one not in labels for one in given)
                for label in labels:
                    yield Relation(indices.new(".".join(pair), (sentence,), file, pmid), sentence, label)
    apart = (label for pair, labels in relations.items() if pair not in met for label in labels)
    noticed["relations_across_sentences"] = sum(label in entry.positive for label in apart)
    yield from (Noticed(what, number) for what, number in noticed.items() if number)


def _labels(given: list[str], style: str, entry: Entry) -> list[str]:
    counted = [label if label in entry.positive else NO_RELATION for label in given]
    if style == "blurb":
        return counted[-1:] or [NO_RELATION]
    return list(dict.fromkeys(label for label in counted if label != NO_RELATION)) or [NO_RELATION]


def _sentences(text: str, title: int, mentions: list[Mention]) -> Iterator[tuple[int, int]]:
    """(start, end) of the sentences; the title is one, and none ends within an entity."""
    yield 0, title
    spans = [(title + 1 + start, title + 1 + end) for start, end in sentence_spans(text[title + 1 :])]
    first = None
    for place, (start, end) in enumerate(spans):
        first = start if first is None else first
        if place + 1 == len(spans) or not any(one.start < end < one.end for one in mentions):
            yield first, end
            first = None


def _placed(mention: Mention, words: str, text: str, file: Path, pmid: str) -> Mention:
    """The mention where its words are, at most SHIFT characters from where its offsets say."""
    if text[mention.start : mention.end] == words:
        return mention
    for shift in sorted(range(-SHIFT, SHIFT + 1), key=abs):
        start = mention.start + shift
        if start >= 0 and text.startswith(words, start):
            return replace(mention, start=start, end=start + len(words))
    problem = f"{words!r} is not at {mention.start}"
    raise InputError(problem, file=file, place=f"{pmid} {mention.id}", fix="the abstracts and the entities must be of one release")


def _entities(file: Path, archive: str) -> dict[str, list[tuple[Mention, str]]]:
    """{PMID: [(mention, its words)]}"""
    found = defaultdict(list)
    for place, (pmid, id, kind, start, end, words) in _table(file, archive, "entities", 6):
        try:
            found[pmid].append((Mention(id, int(start), int(end), MARKS[kind]), words))
        except (KeyError, ValueError) as error:
            raise InputError(
                f"not an entity ({error!r})", file=file, place=place, fix="a row is PMID, id, type, start, end, text"
            ) from None
    return found


def _relations(file: Path, archive: str) -> dict[tuple[str, str, str], list[str]]:
    """{(PMID, id of the chemical, id of the gene): its groups in the file's order}"""
    found = defaultdict(list)
    for place, (pmid, group, _, _, first, second) in _table(file, archive, "relations", 6):
        ends = [end.removeprefix(name) for name, end in (("Arg1:", first), ("Arg2:", second))]
        if ends == [first, second] or not group.startswith("CPR:"):
            raise InputError("not a relation", file=file, place=place, fix="a row is PMID, CPR:N, Y or N, name, Arg1:T1, Arg2:T2")
        found[pmid, *ends].append(group)
    return found


def _table(file: Path, archive: str, name: str, columns: int) -> Iterator[tuple[str, list[str]]]:
    """(place, fields) of each row of the table *_NAME*.tsv."""
    for member, text in members(file, f"*_{name}*.tsv", archive).items():
        for number, line in enumerate(text.split("\n"), start=1):
            fields = line.rstrip("\r").split("\t")
            if fields == [""]:
                continue
            if len(fields) != columns:
                raise InputError(f"{len(fields)} columns where {columns} are expected", file=file, place=f"{member} line {number}")
            yield f"{member} line {number}", fields
