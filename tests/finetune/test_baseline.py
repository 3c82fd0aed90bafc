"""The answer that needs no text."""

from bioalbert.finetune.baseline import majority
from bioalbert.finetune.examples import Labelled, Relation, Scored


def test_the_label_of_most_training_examples() -> None:
    assert majority([Relation(str(place), "x", label) for place, label in enumerate("01101")]) == "1"
    assert majority([Relation(str(place), "x", label) for place, label in enumerate("01")]) == "0"  # the first met of equals


def test_the_one_label_of_most_texts_where_they_may_have_several() -> None:
    train = [Labelled("0", "x", ("a", "b")), Labelled("1", "x", ()), Labelled("2", "x", ()), Labelled("3", "x", ("b", "c"))]
    assert majority(train) == ("b",)


def test_the_mean_score() -> None:
    assert majority([Scored(str(value), "x", "y", value) for value in (0.0, 1.0, 3.5)]) == 1.5
