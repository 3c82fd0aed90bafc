"""Several labels a document: BLUE's measure and BLURB's, on documents that are split into sentences or are not."""

import random
from functools import partial

import numpy as np
import pytest
from sklearn.metrics import precision_recall_fscore_support

from bioalbert.catalogue.entries import load
from bioalbert.finetune.metrics.classification import document_of, score_labels

LABELS = ("a", "b", "c")


def test_both_measures_by_hand() -> None:
    gold = [("a", "b"), ("c",), ("a",)]
    found = [("a",), ("c", "b"), ()]
    score = score_labels(["1", "2", "3"], gold, found, LABELS, "example-f1")
    precision, recall = (1 + 1 / 2 + 0) / 3, (1 / 2 + 1 + 0) / 3  # no prediction: precision 0, as in BLUE
    assert (score["precision"], score["recall"]) == pytest.approx((precision, recall))
    assert score["f1"] == score["example_f1"] == pytest.approx(2 * precision * recall / (precision + recall))
    assert score["micro_f1"] == pytest.approx(2 * 2 / (3 + 4))
    micro = score_labels(["1", "2", "3"], gold, found, LABELS, "micro-f1")
    assert micro["f1"] == micro["micro_f1"] == score["micro_f1"] and micro["example_f1"] == score["example_f1"]
    assert score["classes"]["b"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 1, "predicted": 1, "correct": 0}
    assert score["documents"] == 3


def test_the_sentences_of_a_document_are_united() -> None:
    rows = ["7_s0", "7_s1", "8_s0", "7_s2"]
    documents = [document_of(row) for row in rows]
    assert documents == ["7", "7", "8", "7"]
    gold = [("a",), (), ("b",), ("c",)]
    found = [(), ("a",), ("b",), ("c", "a")]  # the label of a document counts, whichever sentence it comes from
    score = score_labels(documents, gold, found, LABELS, "micro-f1")
    assert score["f1"] == 1.0 and score["documents"] == 2
    assert score_labels(rows, gold, found, LABELS, "micro-f1")["f1"] < 1


def test_an_index_that_numbers_no_sentence_is_the_document() -> None:
    assert [document_of(index) for index in ("11872299", "a_b", "12", "x_s", "PMC_s3a")] == ["11872299", "a_b", "12", "x_s", "PMC_s3a"]


@pytest.mark.parametrize(("found", "example", "micro"), [((), 1.0, 1.0), (("a",), 0.5, 2 / 3)])
def test_a_document_without_labels_is_scored(found: tuple, example: float, micro: float) -> None:
    """BLUE's script divides by the number of its labels."""
    score = score_labels(["1", "2"], [(), ("b",)], [found, ("b",)], LABELS, "example-f1")
    assert (score["precision"], score["recall"], score["f1"]) == (example, example, example)
    assert score["micro_f1"] == pytest.approx(micro)


def test_no_rows_score_zero() -> None:
    score = score_labels([], [], [], LABELS, "example-f1")
    assert (score["example_f1"], score["micro_f1"]) == (0, 0)


def blue(gold: np.ndarray, found: np.ndarray) -> tuple[float, float, float]:
    """The arithmetic of BLUE's eval_hoc.py over bool [documents, labels]: mean precision, mean recall, their harmonic mean."""
    both = (gold & found).sum(axis=1)
    precision = np.divide(both, found.sum(axis=1), out=np.zeros(len(gold)), where=found.any(axis=1)).mean()
    recall = (both / gold.sum(axis=1)).mean()
    return precision, recall, 2 * precision * recall / (precision + recall)


def test_both_measures_differ_as_they_do_in_the_peers_scripts() -> None:
    labels, draws = load("hoc").labels, np.random.default_rng(1)
    assert len(labels) == 10
    gold = draws.random((315, 10)) < 0.15
    gold[np.arange(315), draws.integers(0, 10, 315)] = True
    found = np.where(draws.random(gold.shape) < 0.06, ~gold, gold)
    named = [[tuple(label for label, on in zip(labels, row) if on) for row in matrix] for matrix in (gold, found)]
    order = random.Random(2).sample(range(315), 315)
    shuffled = [[rows[place] for place in order] for rows in named]
    score = score_labels([str(place) for place in order], *shuffled, labels, "example-f1")
    assert (score["precision"], score["recall"], score["example_f1"]) == pytest.approx(blue(gold, found))
    measure = partial(precision_recall_fscore_support, gold, found, zero_division=0)
    wanted = {average: measure(average=average)[2] for average in ("micro", "samples")}
    assert score["micro_f1"] == pytest.approx(wanted["micro"])
    assert len({round(value, 3) for value in (score["example_f1"], *wanted.values())}) == 3  # three measures, three figures
