"""What is counted of a vocabulary on a text."""

from collections import Counter
from pathlib import Path

import pytest

from bioalbert.vocabulary.coverage import SplitTerm, coverage, frequent, most_split, words
from bioalbert.vocabulary.folder import read_vocabulary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The cells, (n=5) died.", ["The", "cells", "n=5", "died"]),
        ("the cells , ( n = 5 ) died .", ["the", "cells", "n", "5", "died"]),
        ("NF-κB-induced “IL-2” 5′ @GENE$ _x_", ["NF-κB-induced", "IL-2", "5", "GENE", "x"]),
        (" \u00a0… -- ", []),
        ("", []),
    ],
)
def test_words_stand_without_the_punctuation_around_them(text: str, expected: list[str]):
    assert words(text) == expected


def test_counts_are_those_of_the_encoder_word_by_word(vocabulary: Path, documents: list):
    encoder = read_vocabulary(vocabulary)[1]
    texts = [sentence for document in documents[:20] for sentence in document.sentences] + ["疾病 the 疾病, cells", ""]
    encoded = [encoder.encode(word) for text in texts for word in words(text)]
    found = coverage(encoder, texts)
    assert (found.words, found.word_pieces) == (len(encoded), sum(map(len, encoded)))
    assert found.whole == sum(len(ids) == 1 for ids in encoded) > 0
    assert found.pieces == sum(len(encoder.encode(text)) for text in texts)
    assert found.unknown == 2
    assert found.rates == {
        "pieces_per_word": found.word_pieces / found.words,
        "whole_words": found.whole / found.words,
        "unknown_rate": 2 / found.pieces,
    }


def test_batches_change_nothing(vocabulary: Path, documents: list, monkeypatch):
    encoder = read_vocabulary(vocabulary)[1]
    texts = [sentence for document in documents[:20] for sentence in document.sentences]
    whole = coverage(encoder, texts)
    monkeypatch.setattr("bioalbert.vocabulary.coverage.TEXTS_A_BATCH", 7)
    assert coverage(encoder, texts) == whole


def test_no_text_has_rates_of_zero(vocabulary: Path):
    assert set(coverage(read_vocabulary(vocabulary)[1], []).rates.values()) == {0}


def test_spellings_in_other_case_are_one_term():
    counts = Counter({"Kinase": 5, "kinase": 4, "KINASE": 1, "zap": 3, "ZAP": 3, "rare": 2})
    assert frequent(counts, 6) == {"Kinase": 10, "zap": 6}
    assert frequent(Counter(dict(reversed(counts.items()))), 6) == {"Kinase": 10, "zap": 6}


class Table:
    """An encoder that gives each term as many pieces as the table says."""

    def __init__(self, **lengths: int):
        self._lengths = lengths

    def encode_all(self, texts: list[str]) -> list[list[int]]:
        return [[0] * self._lengths[text] for text in texts]


def test_terms_are_ranked_by_the_pieces_beyond_the_best_other_vocabulary():
    terms = {"a": 10, "b": 30, "c": 20, "d": 99}
    encoders = {"one": Table(a=5, b=2, c=2, d=1), "two": Table(a=2, b=1, c=1, d=3), "three": Table(a=4, b=1, c=9, d=1)}
    found = most_split(encoders, terms, 2)
    assert [(row.vocabulary, row.term, row.count) for row in found] == [
        ("one", "a", 10),
        ("one", "b", 30),
        ("two", "d", 99),
        ("three", "c", 20),
        ("three", "a", 10),
    ]
    assert found[0] == SplitTerm("one", "a", 10, {"one": [0] * 5, "two": [0] * 2, "three": [0] * 4})


def test_a_vocabulary_alone_lists_what_it_splits_into_most_pieces():
    found = most_split({"one": Table(a=5, b=1, c=7)}, {"a": 1, "b": 1, "c": 1}, 9)
    assert [row.term for row in found] == ["c", "a"]
