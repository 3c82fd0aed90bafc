"""The demonstration's small language: sentence frames with slots, and a writer that fills them.

A frame's words and marks are parted by blanks; `{kind}` is a slot. Frames of one kind tell it ("patients with {disease}"), the OPEN frames
take a thing of any kind in the slot {any}: only who knows the word knows what it is. The data sets are built on that difference.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

DISEASE = """
{disease} is a rare disease of the {organ} .
patients with {disease} often complain of {complaint} .
{disease} was diagnosed in {number} {people} by biopsy of the {organ} .
the prevalence of {disease} is {number} per million .
symptoms of {disease} include {complaint} and {complaint} .
{number} {people} suffered from {disease} .
relapse of {disease} occurred within {number} months .
severe {disease} led to death in {number} cases .
{people} with a family history of {disease} were followed for {number} years .
surgery cured {disease} in {number} of {number} patients .
the onset of {disease} was at the age of {number} years .
acute {disease} damages the {organ} .
"""
GENE = """
{gene} encodes a protein of the {organ} .
expression of {gene} was higher in the {organ} than in the {organ} .
the {gene} locus lies on chromosome {number} .
we sequenced {gene} in {number} {people} .
deletion of {gene} in {species} was lethal .
transcription of {gene} begins in the {organ} .
{number} variants of {gene} were found in exon {number} .
the promoter of {gene} is silent in the {organ} .
carriers of two alleles of {gene} were identified .
messenger rna of {gene} was amplified from the {organ} of {species} .
knockout of {gene} delays growth in {species} .
"""
CHEMICAL = """
{people} were treated with {chemical} for {number} weeks .
{number} mg of {chemical} was given daily .
the dose of {chemical} was reduced after {number} days .
plasma levels of {chemical} were measured after {number} hours .
{chemical} is a drug that acts on the {organ} .
infusion of {chemical} relieved {complaint} in {number} {people} .
oral {chemical} was well tolerated .
{chemical} was dissolved in water and injected into {species} .
tablets of {chemical} were compared with placebo .
treatment with {chemical} was stopped because of {complaint} .
{number} {people} were randomized to {chemical} or placebo .
"""
SPECIES = """
{species} were kept in cages with free access to water .
cells of {species} were grown at {number} degrees .
{species} were infected and killed on day {number} .
we caught {number} {species} in the wild .
"""
COMPLAINT = """
{complaint} was the most frequent complaint .
{people} reported {complaint} at night .
{complaint} resolved within {number} days .
"""
RELATED = """
mutations of {gene} were found in {number} {people} with {disease} .
{chemical} is the treatment of choice for patients with {disease} .
{gene} is mutated in patients with {disease} .
{chemical} was given to {number} patients with {disease} .
"""
OPEN = """
{any} was studied in {number} cases .
little is known about {any} .
the role of {any} remains unclear .
we report new data on {any} .
{any} was first described {number} years ago .
a review of {any} is given .
the results for {any} were similar in both groups .
{any} and {any} were compared in {number} centres .
interest in {any} has grown since {number} reports appeared .
"""
PLAIN = """
further studies are needed .
the difference was significant ( p < 0.05 ) .
the two groups did not differ ( {number} % and {number} % ) .
we followed {number} {people} for {number} months .
all {people} gave written consent .
the study was approved by the local committee .
data were analysed with standard methods .
"""
KEY_WORDS = "key words : {disease} , {gene} , {chemical} , {species} , {complaint} , {term} , {term} , {term} , {term} ."
# What a gene's verb says of a disease; the corpus ends such sentences in a way that tells what the verb means, the data set does not.
LINKS = {
    True: [
        "causes",
        "underlies",
        "promotes",
        "provokes",
        "drives",
        "favours",
        "sustains",
        "aggravates",
        "worsens",
        "initiates",
        "triggers",
        "hastens",
        "induces",
        "elicits",
    ],
    False: [
        "spares",
        "ignores",
        "bypasses",
        "misses",
        "escapes",
        "excludes",
        "neglects",
        "disregards",
        "forgoes",
        "eludes",
        "avoids",
        "omits",
        "skips",
        "evades",
    ],
}
UNSEEN_LINKS = 4  # the last ones of each list stand in the corpus and the test set only
CONSEQUENCES = {
    True: (", so that carriers fell ill early .", ", hence its blockade is a promising therapy .", ", raising the risk twofold ."),
    False: (", contrary to our hypothesis .", ", although both were long suspected to interact .", ", which rules out any association ."),
}
PEOPLE = ["patients", "women", "men", "children", "adults"]


def frames(*blocks: str) -> list[str]:
    """The frames of some blocks, one a line."""
    return [line for block in blocks for line in block.strip().splitlines()]


def terms() -> list[str]:
    """The language's ordinary words. SentencePiece takes up only what starts two different words, such as `dose` and `dose,`: KEY_WORDS
    puts a comma behind each of them, and behind each name, so that a small vocabulary holds them whole."""
    blocks = (DISEASE, GENE, CHEMICAL, SPECIES, COMPLAINT, RELATED, OPEN, PLAIN, *CONSEQUENCES[True], *CONSEQUENCES[False])
    words = {word for block in blocks for word in block.split() if word.isalpha()}
    return sorted(words.union(PEOPLE, *LINKS.values()))


@dataclass(frozen=True)
class Word:
    """One token. kind: what its slot holds ("" outside names); begins: whether it is a name's first word."""

    text: str
    kind: str = ""
    begins: bool = False


class Sentence(tuple[Word, ...]):
    """Words in order; str() sets them as prose."""

    def __str__(self) -> str:
        line = " ".join(word.text for word in self)
        line = re.sub(r" ([.,;:?%)])", r"\1", line).replace("( ", "(")
        return line[:1].upper() + line[1:]

    def tags(self, kind: str) -> list[str]:
        """B, I, O for the names of one kind."""
        return [("B" if word.begins else "I") if word.kind == kind else "O" for word in self]


class Writer:
    """Fills frames: a slot takes the topic's own name when it has one that the sentence lacks yet, else one drawn from `names`."""

    ANY = ("disease", "gene", "chemical")

    def __init__(self, names: Mapping[str, Sequence[str]], draws: np.random.Generator):
        self.names, self.draws = names, draws

    def pick(self, choices: Sequence[str]) -> str:
        return choices[int(self.draws.integers(len(choices)))]

    def sentence(self, frame: str, topic: Mapping[str, str] | None = None) -> Sentence:
        """A frame's words with every slot filled. topic: kind -> the name to prefer."""
        words: list[Word] = []
        used: set[str] = set()
        for piece in frame.split():
            if not piece.startswith("{"):
                words.append(Word(piece))
                continue
            kind = piece.strip("{}")
            kind = self.pick(self.ANY) if kind == "any" else kind
            value = self._fill(kind, topic or {}, used)
            used.add(value)
            words += [Word(text, kind, begins=i == 0) for i, text in enumerate(value.split())]
        return Sentence(words)

    def _fill(self, kind: str, topic: Mapping[str, str], used: set[str]) -> str:
        if kind == "number":
            return str(int(self.draws.integers(2, 60)))
        if kind == "people":
            return self.pick(PEOPLE)
        if kind in topic and topic[kind] not in used:
            return topic[kind]
        return self.pick([name for name in self.names[kind] if name not in used])

    def link(self, holds: bool, verbs: Sequence[str]) -> str:
        """A frame in which a gene's verb says whether it has to do with a disease, and the rest of the sentence says so too."""
        return f"{{gene}} {self.pick(verbs)} {{disease}} {self.pick(CONSEQUENCES[holds])}"
