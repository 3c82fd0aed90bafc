"""What a demonstration document tells: a title and labelled sections of sentences about one syndrome of the invented world."""

from dataclasses import asdict, dataclass

import numpy as np

from bioalbert.demo import grammar
from bioalbert.demo.grammar import Sentence, Writer
from bioalbert.demo.world import Syndrome, World

TITLES = """
{chemical} in the treatment of {disease}
mutations of {gene} in {people} with {disease}
{disease} of the {organ} : a report of {number} cases
{gene} and the {organ} of {species}
levels of {chemical} in {people} with {complaint}
"""
# Section -> blocks of frames that a sentence of it is drawn from, one block after another.
PLAN = {
    "Background": [grammar.DISEASE, grammar.GENE, grammar.CHEMICAL, grammar.OPEN],
    "Methods": [grammar.PLAIN, grammar.GENE, grammar.CHEMICAL, grammar.SPECIES],
    "Results": [grammar.RELATED, grammar.DISEASE, grammar.COMPLAINT, grammar.GENE, grammar.CHEMICAL, grammar.OPEN],
    "Conclusions": [grammar.DISEASE, grammar.PLAIN],
}
LINKED = ("Background", "Results", "Conclusions")  # sections that also say what a gene does to the disease


@dataclass(frozen=True)
class Section:
    title: str
    sentences: list[Sentence]

    def __str__(self) -> str:
        return " ".join(map(str, self.sentences))


@dataclass(frozen=True)
class Story:
    title: str
    syndrome: Syndrome
    sections: list[Section]


class Narrator:
    """Tells stories of a world; the same draws give the same stories."""

    def __init__(self, world: World, draws: np.random.Generator):
        self.world, self.draws = world, draws
        short = [name.split()[0] for kind in Writer.ANY for name in world.names[kind] if " " in name]
        self.writer = Writer(world.names | {"term": grammar.terms() + short}, draws)

    def story(self, number: int, rounds: int = 1) -> Story:
        """Story number `number` (syndromes take turns); each section goes `rounds` times through its plan."""
        syndrome = self.world.syndromes[number % len(self.world.syndromes)]
        sections = [Section(title, self._sentences(syndrome, title, rounds)) for title in PLAN]
        sections[-1].sentences.append(self.writer.sentence(grammar.KEY_WORDS, asdict(syndrome)))
        title = self.writer.sentence(self.writer.pick(grammar.frames(TITLES)), asdict(syndrome))
        return Story(str(title) + ".", syndrome, sections)

    def _sentences(self, syndrome: Syndrome, section: str, rounds: int) -> list[Sentence]:
        told = []
        for _ in range(rounds):
            for block in PLAN[section]:
                told.append(self.about(syndrome, self.writer.pick(grammar.frames(block))))
            if section in LINKED:
                told.append(self.linked(syndrome))
        return told

    def about(self, syndrome: Syndrome, frame: str) -> Sentence:
        """A frame filled with the names of the syndrome or (every other time) of another one, so that what it relates is so."""
        other = self.world.syndromes[int(self.draws.integers(len(self.world.syndromes)))]
        return self.writer.sentence(frame, asdict(syndrome if self.draws.random() < 0.5 else other))

    def linked(self, syndrome: Syndrome) -> Sentence:
        """Says that the syndrome's gene has to do with its disease, or that another gene has not."""
        holds = bool(self.draws.random() < 0.5)
        gene = syndrome.gene
        while not holds and gene == syndrome.gene:
            gene = self.writer.pick(self.world.names["gene"])
        return self.writer.sentence(self.writer.link(holds, grammar.LINKS[holds]), {"gene": gene, "disease": syndrome.disease})
