"""Sentence splitters on articles with gold boundaries: accuracy and speed of ours and of PyPI's, in one run.

    python -m benchmarks.sentences FOLDER

FOLDER: NAME.txt (text, a paragraph a line) and NAME.sents (the same text, a sentence a line) of each article. Of the articles sorted by
name, every second one from the first is the tuning half, whose errors the rules were written on; nobody looked at those of the other half.
Scored are the boundaries within paragraphs, by their place among the characters that are no white space.
"""

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from bioalbert.corpus.sentences import clean
from bioalbert.corpus.splitter import split

Splitter = Callable[[str], list[str]]
RESAMPLES = 2_000

# PyPI's name -> (module, how its splitter is made from the module).
ALTERNATIVES: dict[str, tuple[str, Callable[..., Splitter]]] = {
    "nupunkt": ("nupunkt", lambda module: module.load("default").tokenize),
    "segtok": ("segtok.segmenter", lambda module: lambda text: list(module.split_single(text))),
    "blingfire": ("blingfire", lambda module: lambda text: module.text_to_sentences(text).split("\n")),
    "sentence-splitter": ("sentence_splitter", lambda module: module.SentenceSplitter(language="en").split),
    "pysbd": ("pysbd", lambda module: module.Segmenter(language="en", clean=False).segment),
    "sentencex": ("sentencex", lambda module: lambda text: list(module.segment("en", text))),
}


@dataclass(frozen=True)
class Article:
    """Paragraphs of clean text, and for each the places of its gold boundaries, its own end left out."""

    paragraphs: list[str]
    gold: list[set[int]]


@dataclass(frozen=True)
class Score:
    """Counts of boundaries, and of the paragraphs that have some (`several`) and have all of them right and no other (`exact`)."""

    right: int = 0
    given: int = 0
    gold: int = 0
    exact: int = 0
    several: int = 0
    altered: int = 0  # paragraphs whose characters the splitter changed: all of their boundaries are missed

    def __add__(self, other: "Score") -> "Score":
        return Score(*map(sum, zip(astuple(self), astuple(other))))

    @property
    def f1(self) -> float:
        return 2 * self.right / (self.given + self.gold)


def read(folder: Path) -> tuple[list[Article], list[Article]]:
    """The tuning half and the held-out half."""
    articles = [_article(file) for file in sorted(folder.glob("*.sents"))]
    return articles[0::2], articles[1::2]


def _article(file: Path) -> Article:
    paragraphs = [clean(line) for line in file.with_suffix(".txt").read_text(encoding="utf-8").splitlines() if line.strip()]
    sentence_ends = set(_ends(file.read_text(encoding="utf-8").splitlines()))
    paragraph_ends = _ends(paragraphs)
    gold = [{end - first for end in sentence_ends if first < end < last} for first, last in zip([0, *paragraph_ends], paragraph_ends)]
    return Article(paragraphs, gold)


def _ends(pieces: Iterable[str]) -> list[int]:
    """Where each piece ends, counted in characters that are no white space."""
    ends, at = [], 0
    for piece in pieces:
        at += len("".join(piece.split()))
        ends.append(at)
    return ends


def score(article: Article, splitter: Splitter) -> Score:
    total = Score()
    for paragraph, gold in zip(article.paragraphs, article.gold):
        sentences = splitter(paragraph)
        altered = "".join("".join(sentences).split()) != "".join(paragraph.split())
        found = set() if altered else set(_ends(sentences)[:-1])
        total += Score(len(found & gold), len(found), len(gold), bool(gold) and found == gold, bool(gold), altered)
    return total


def intervals(scores: list[Score], ours: list[Score]) -> tuple[tuple[float, float], tuple[float, float]]:
    """95 % bootstrap intervals of F1 and of ours minus it: articles are drawn, with replacement, from all that were scored."""
    generator, values, leads = random.Random(0), [], []
    for _ in range(RESAMPLES):
        drawn = generator.choices(range(len(scores)), k=len(scores))
        values.append(sum((scores[i] for i in drawn), Score()).f1)
        leads.append(sum((ours[i] for i in drawn), Score()).f1 - values[-1])
    return _middle(values), _middle(leads)


def _middle(values: list[float]) -> tuple[float, float]:
    ordered = sorted(values)
    return ordered[int(0.025 * len(ordered))], ordered[int(0.975 * len(ordered))]


def speed(articles: list[Article], splitter: Splitter) -> float:
    """Sentences a second of CPU time, in one pass: some splitters remember texts that they have seen."""
    splitter("Loads what is loaded at the first use. No more.")
    start = time.process_time()
    count = sum(len(splitter(paragraph)) for article in articles for paragraph in article.paragraphs)
    return count / (time.process_time() - start)


def splitters() -> Iterator[tuple[str, Splitter]]:
    """Ours, then the alternatives that are installed; a line for each that is not."""
    yield "ours", split
    for name, (module, make) in ALTERNATIVES.items():
        try:
            yield name, make(importlib.import_module(module))
        except ImportError:
            print(f"{name}: not installed; python -m pip install {name}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="holds the .txt and .sents files")
    arguments = parser.parse_args()
    tuning, held_out = read(arguments.folder)
    if not held_out:
        parser.error(f"{arguments.folder}: fewer than two .sents files")
    print("| splitter | articles | F1 (95 %) | behind ours (95 %) | P | R | exact paragraphs | altered | sentences/s/core |")
    print("|---" * 9 + "|")
    halves = {"held out": held_out, "tuning": tuning}
    ours = {half: [score(article, split) for article in articles] for half, articles in halves.items()}
    for name, splitter in splitters():
        rate = speed(tuning + held_out, splitter)
        for half, articles in halves.items():
            print(_row(name, half, [score(article, splitter) for article in articles], ours[half], rate), flush=True)


def _row(name: str, half: str, scores: list[Score], ours: list[Score], rate: float) -> str:
    total, ((low, high), (least, most)) = sum(scores, Score()), intervals(scores, ours)
    cells = [name, half, f"{100 * total.f1:.2f} ({100 * low:.2f}-{100 * high:.2f})"]
    cells += ["" if scores == ours else f"{100 * least:.2f} to {100 * most:.2f}"]
    cells += [f"{100 * total.right / total.given:.2f}", f"{100 * total.right / total.gold:.2f}"]
    return f"| {' | '.join(cells)} | {total.exact / total.several:.1%} | {total.altered} | {rate:,.0f} |"


if __name__ == "__main__":
    main()
