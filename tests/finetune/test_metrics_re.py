"""Scores over labels: what counts is the catalogue's list, not what a file happens to hold."""

import pytest

from bioalbert.errors import InputError
from bioalbert.finetune.metrics.re import join, read_labels, score_re, write_labels

LABELS = ("false", "a", "b")
POSITIVE = ("a", "b")


def test_micro_f1_leaves_the_negative_class_out() -> None:
    gold = ["false", "false", "false", "a", "a", "b"]
    found = ["false", "false", "a", "a", "false", "b"]
    score = score_re(gold, found, LABELS, POSITIVE, "micro-f1")
    assert (score["precision"], score["recall"], score["f1"]) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    assert score["classes"]["a"] == {"precision": 0.5, "recall": 0.5, "f1": 0.5, "gold": 2, "predicted": 2, "correct": 1}
    assert score_re(gold, found, LABELS, POSITIVE, "macro-f1")["f1"] == pytest.approx((0.5 + 1) / 2)
    assert score_re(gold, found, LABELS, (), "accuracy")["accuracy"] == pytest.approx(4 / 6)


def test_a_positive_class_that_is_absent_from_the_file_changes_nothing_for_the_others() -> None:
    gold, found = ["a", "a", "false"], ["a", "false", "false"]
    score = score_re(gold, found, LABELS, POSITIVE, "micro-f1")
    assert (score["precision"], score["recall"]) == (1.0, 0.5)
    assert score["classes"]["b"] == {"precision": 0, "recall": 0, "f1": 0, "gold": 0, "predicted": 0, "correct": 0}


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


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(InputError, match="no scorer for the metric 'pearson' yet; there are: micro-f1"):
        score_re([], [], LABELS, POSITIVE, "pearson")


def test_labels_are_read_back_as_written(tmp_path) -> None:
    rows = [("x1", "a"), ("x2", "false")]
    write_labels(tmp_path / "labels.tsv", rows)
    assert list(read_labels(tmp_path / "labels.tsv", LABELS).items()) == rows


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("x1\ta\nx1\tb\n", "line 2: the index 'x1' stands there twice"),
        ("x1\tA\n", "line 1: the label 'A' is not in the catalogue"),
        ("index\tlabel\nx1 a\n", "line 2: 1 columns where 2 are expected"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path, text: str, told: str) -> None:
    file = tmp_path / "labels.tsv"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_labels(file, LABELS)


def test_predictions_are_joined_by_index_whatever_their_order(tmp_path) -> None:
    assert join({"1": "a", "2": "b"}, {"2": "b", "1": "false"}, tmp_path) == ["false", "b"]
    with pytest.raises(InputError, match="no prediction for the index '2'"):
        join({"1": "a", "2": "b"}, {"1": "a"}, tmp_path)
    with pytest.raises(InputError, match="the index '3' is not in the gold file"):
        join({"1": "a"}, {"1": "a", "3": "a"}, tmp_path)
