"""The invented world that every demonstration text is about: names, and which gene and drug belong to which disease."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bioalbert.draws import generator

PARTS = {"train": 40, "devel": 6, "test": 24}  # syndromes a part; the data sets of a part name nothing of another part
STRANGERS = 100  # names a kind that only the NER training set holds, about once each: what they are is to be read from the sentence
HELPERS = 12  # species and complaints: few, the same in every part

ONSETS = ["b", "br", "d", "dr", "f", "fl", "g", "gl", "k", "kr", "l", "m", "n", "p", "pl", "r", "s", "st", "t", "tr", "v", "z"]
VOWELS = ["a", "e", "i", "o", "u"]
CODAS = ["l", "m", "n", "r", "s", "t", "k", "x"]
SECOND_WORDS = ["major", "minor", "alpha", "beta"]
ORGANS = ["liver", "heart", "kidney", "lung", "brain", "skin", "spleen", "stomach", "bladder", "retina"]


@dataclass(frozen=True)
class Syndrome:
    """A disease with the gene that is mutated in it, the chemical that treats it and what else is told of it."""

    disease: str
    gene: str
    chemical: str
    species: str
    complaint: str
    organ: str
    part: str


@dataclass(frozen=True)
class World:
    syndromes: tuple[Syndrome, ...]
    strangers: dict[str, tuple[str, ...]]  # kind -> names that belong to no syndrome

    @cached_property
    def names(self) -> dict[str, tuple[str, ...]]:
        """Kind -> all its names."""
        return self.names_of(*PARTS)

    def names_of(self, *parts: str) -> dict[str, tuple[str, ...]]:
        """Kind -> the names of some parts' syndromes, each once, in order."""
        kinds = ("disease", "gene", "chemical", "species", "complaint", "organ")
        chosen = self.of(*parts)
        return {kind: tuple(dict.fromkeys(getattr(syndrome, kind) for syndrome in chosen)) for kind in kinds}

    def of(self, *parts: str) -> list[Syndrome]:
        return [syndrome for syndrome in self.syndromes if syndrome.part in parts]


def make_world(seed: int) -> World:
    """Draws every name from one and the same sound pattern, so that spelling tells nothing about the kind of a thing."""
    draws = generator(seed, "demo world")
    parts = [part for part, count in PARTS.items() for _ in range(count)]
    count = len(parts)
    words = iter(_words(draws, 3 * (count + STRANGERS) + 2 * HELPERS))
    diseases, genes, chemicals = ([_named(next(words), draws) for _ in range(count)] for _ in range(3))
    species, complaints = ([next(words) for _ in range(HELPERS)] for _ in range(2))
    shared = ((species[i % HELPERS], complaints[i % HELPERS], ORGANS[i % len(ORGANS)]) for i in range(count))
    syndromes = (Syndrome(*each[:3], *each[3], each[4]) for each in zip(diseases, genes, chemicals, shared, parts))
    return World(tuple(syndromes), {kind: tuple(next(words) for _ in range(STRANGERS)) for kind in ("disease", "gene", "chemical")})


def _words(draws: np.random.Generator, count: int) -> list[str]:
    """Different words, consonant and vowel twice and a consonant at the end."""
    words: dict[str, None] = {}
    while len(words) < count:
        one, two = draws.choice(ONSETS, 2)
        words[one + draws.choice(VOWELS) + two + draws.choice(VOWELS) + draws.choice(CODAS)] = None
    return list(words)


def _named(word: str, draws: np.random.Generator) -> str:
    """A quarter of the diseases, genes and chemicals have a second word, the same few for all three."""
    return f"{word} {draws.choice(SECOND_WORDS)}" if draws.random() < 0.25 else word
