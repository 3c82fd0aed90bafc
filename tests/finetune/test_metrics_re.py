"""Scores over labels: what counts is the catalogue's list, not what a file happens to hold."""

import random

import pytest
from sklearn.metrics import accuracy_score, f1_score, precision_recall_fscore_support

from bioalbert.catalogue.entries import load
from bioalbert.finetune.metrics.re import score_re

LABELS = ("false", "a", "b")
POSITIVE = ("a", "b")


def test_micro_f1_leaves_the_negative_class_out() -> None:
    gold = ["false", "false", "false", "a", "a", "b"]
    found = ["false", "false", "a", "a", "false", "b"]
    score = score_re(gold, found, LABELS, POSITIVE, "micro-f1")
    assert (score["precision"], score["recall"], score["f1"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert score["classes"]["a"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 2, "predicted": 2, "correct": 1}
    assert score_re(gold, found, LABELS, POSITIVE, "macro-f1")["f1"] == pytest.approx((0.5 + 1) / 2)


def test_accuracy_has_the_mean_f1_over_all_labels_beside_it() -> None:
    gold, found = ["yes", "yes", "yes", "no"], ["yes", "yes", "no", "no"]
    score = score_re(gold, found, ("yes", "no"), (), "accuracy")
    assert score["accuracy"] == 0.75 and "f1" not in score
    assert score["classes"]["yes"]["f1"] == pytest.approx(0.8) and score["classes"]["no"]["f1"] == pytest.approx(2 / 3)
    assert score["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 2)
    assert score_re(gold, found, ("yes", "no", "maybe"), (), "accuracy")["macro_f1"] == pytest.approx((0.8 + 2 / 3) / 3)  # it may not occur


def test_a_positive_class_that_is_absent_from_the_file_changes_nothing_for_the_others() -> None:
    gold, found = ["a", "a", "false"], ["a", "false", "false"]
    score = score_re(gold, found, LABELS, POSITIVE, "micro-f1")
    assert (score["precision"], score["recall"]) == (1.0, 0.5)
    assert score["classes"]["b"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 0, "predicted": 0, "correct": 0}


def drawn(labels: tuple[str, ...], weights: list[int], right: float, count: int = 3000) -> tuple[list[str], list[str]]:
    """Gold labels, and predictions of which a share is right."""
    draws = random.Random(5)
    gold = draws.choices(labels, weights, k=count)
    return gold, [one if draws.random() < right else draws.choice(labels) for one in gold]


@pytest.mark.parametrize(("name", "positive"), [("chemprot", 5), ("ddi", 4), ("i2b2-2010", 8)])
def test_the_multi_class_sets_against_scikit_learn(name: str, positive: int) -> None:
    entry = load(name)
    assert len(entry.positive) == positive and len(entry.labels) == positive + 1
    gold, found = drawn(entry.labels, [40, *range(1, positive + 1)], right=0.9)
    for metric, average in (("micro-f1", "micro"), ("macro-f1", "macro")):
        score = score_re(gold, found, entry.labels, entry.positive, metric)
        wanted = precision_recall_fscore_support(gold, found, labels=list(entry.positive), average=average)[:3]
        assert (score["precision"], score["recall"]) == pytest.approx(wanted[:2])
        if metric == "micro-f1":
            assert score["f1"] == pytest.approx(wanted[2])
            assert score["f1"] < accuracy_score(gold, found) - 0.03  # micro over all classes is accuracy: BLUE's script leaves DDI-false in
        else:
            assert score["f1"] == pytest.approx(wanted[2])


def test_an_absent_class_does_not_shift_the_others_as_in_biobert_s_script() -> None:
    """re_eval.py numbers the labels that the test file holds; the predictions are numbers of the model's labels."""
    entry = load("chemprot")
    gold, found = drawn(entry.labels, [40, 5, 0, 5, 5, 5], right=0.95)  # no CPR:4
    assert "CPR:4" not in gold
    numbers = {label: number for number, label in enumerate(sorted(set(gold)))}  # theirs: five labels for six
    model = {label: number for number, label in enumerate(sorted(entry.labels))}
    theirs = f1_score([numbers[one] for one in gold], [model[one] for one in found], labels=list(range(5)), average="micro")
    ours = score_re(gold, found, entry.labels, entry.positive, "micro-f1")["f1"]
    assert ours == pytest.approx(f1_score(gold, found, labels=list(entry.positive), average="micro"))
    assert theirs < ours / 2


def test_class_1_f1_of_a_binary_set() -> None:
    score = score_re(list("110100"), list("101100"), ("0", "1"), ("1",), "micro-f1")
    assert (score["precision"], score["recall"], score["f1"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))


@pytest.mark.parametrize("label", ["0", "1"])
def test_a_fold_with_a_single_class_is_scored(label: str) -> None:
    score = score_re([label] * 3, [label] * 3, ("0", "1"), ("1",), "micro-f1")
    assert score["f1"] == float(label)


def test_no_rows_score_zero() -> None:
    assert score_re([], [], LABELS, POSITIVE, "micro-f1")["f1"] == 0
    assert score_re([], [], LABELS, POSITIVE, "accuracy")["accuracy"] == 0
