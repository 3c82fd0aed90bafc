"""What readers give and the engine takes: a labelled sentence, text or question; text as in the file, labels as in the catalogue.

Every class has `texts`: all that a model reads of an example, in its order.
"""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Sentence:
    """A sentence of a tagging task. `tags`: one for each of the `words` ("O", "B", "I" or typed: "B-Disease")."""

    words: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return (" ".join(self.words),)


@dataclass(frozen=True)
class Noticed:
    """What a reader says among its examples of a thing in the file that is neither an error nor as expected, to be counted.

    what: the count's name in metrics.json ("stray_inside").
    """

    what: str
    number: int = 1


@dataclass(frozen=True)
class Relation:
    """A text with one label: a relation (entities already replaced by @GENE$ and the like) or, with `text_b`, a pair of sentences.

    index: the row's name in the set's own file, else its number from 0; predictions are joined to the gold labels by it.
    """

    index: str
    text: str
    label: str
    text_b: str | None = None

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,) if self.text_b is None else (self.text, self.text_b)


@dataclass(frozen=True)
class Labelled:
    """A text with any number of labels, () for none, in the catalogue's order. index: as in Relation."""

    index: str
    text: str
    labels: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text,)


@dataclass(frozen=True)
class Scored:
    """A pair of sentences and how like they are, on the data set's own scale. index: as in Relation."""

    index: str
    text: str
    text_b: str
    score: float

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.text, self.text_b)


@dataclass(frozen=True)
class Question:
    """A question over one context. `answers`: (text, start), with context[start:start + len(text)] == text; () where not given.

    id: as in the file. BioASQ's question is its first 24 characters (`question_id`); the rest counts its contexts.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[str, int], ...] = ()

    @property
    def texts(self) -> tuple[str, ...]:
        return (self.question, self.context)


Example = Sentence | Relation | Labelled | Scored | Question


def seen_in_training(train: Iterable[Example], test: Iterable[Example]) -> int:
    """How many of the test examples have texts that a training example has too, whatever its label. White space does not count."""
    known = {_words(example) for example in train}
    return sum(_words(example) in known for example in test)


def _words(example: Example) -> tuple[str, ...]:
    return tuple(" ".join(text.split()) for text in example.texts)
