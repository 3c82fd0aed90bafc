"""Entity counts equal conlleval.pl's, on its own fixtures and, by way of seqeval, on random tags."""

import pytest
from seqeval.metrics import f1_score, precision_score, recall_score
from seqeval.metrics.sequence_labeling import precision_recall_fscore_support

from bioalbert.draws import generator
from bioalbert.finetune.metrics.ner import entities, read_tags, score_ner, write_tags

# gold | predicted -> entities in gold, found, correct; as conlleval.pl counts them
CONLLEVAL = [
    ("O B-D I-D O", "O I-D I-D O", (1, 1, 1)),
    ("B-D B-D O", "B-D I-D O", (2, 1, 0)),
    ("B-D I-D O", "B-D I-C O", (1, 2, 0)),
    ("O B-D / B-D O", "O B-D / I-D O", (2, 2, 2)),
    ("O O", "O O", (0, 0, 0)),
    ("B I O", "O O O", (1, 0, 0)),
]


def tags(text: str) -> list[list[str]]:
    return [sentence.split() for sentence in text.split(" / ")]


@pytest.mark.parametrize(("gold", "predicted", "expected"), CONLLEVAL)
def test_entities_are_counted_as_conlleval_does(gold: str, predicted: str, expected: tuple[int, int, int]) -> None:
    entity = score_ner(tags(gold), tags(predicted))["entity"]
    assert (entity["gold"], entity["predicted"], entity["correct"]) == expected


@pytest.mark.parametrize("kinds", [["O", "B-D", "I-D", "B-C", "I-C"], ["O", "B", "I"]], ids=["typed", "bare"])
@pytest.mark.parametrize("seed", range(100))
def test_random_tags_score_as_in_seqeval(seed: int, kinds: list[str]) -> None:
    draw = generator(seed, "tags")
    lengths = draw.integers(1, 12, size=8)
    gold = [[kinds[k] for k in draw.integers(0, len(kinds), size=n)] for n in lengths]
    found = [[tag if draw.random() < 0.6 else kinds[draw.integers(0, len(kinds))] for tag in sentence] for sentence in gold]
    score = score_ner(gold, found)
    expected = [float(measure(gold, found)) for measure in (precision_score, recall_score, f1_score)]
    assert [score["entity"][key] for key in ("precision", "recall", "f1")] == pytest.approx(expected)
    assert ("types" in score) == ("B-D" in kinds)
    if "types" in score:
        of_each = precision_recall_fscore_support(gold, found, average=None)  # types in alphabetical order
        for number, figures in enumerate(score["types"].values()):
            assert [figures[key] for key in ("precision", "recall", "f1", "gold")] == pytest.approx([column[number] for column in of_each])
        assert list(score["types"]) == ["C", "D"]
        for key in ("gold", "predicted", "correct"):
            assert sum(figures[key] for figures in score["types"].values()) == score["entity"][key]


def test_a_type_that_is_only_predicted_is_shown() -> None:
    types = score_ner(tags("B-D I-D O"), tags("B-D I-C O"))["types"]
    nothing = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "correct": 0}
    assert types == {"C": nothing | {"gold": 0, "predicted": 1}, "D": nothing | {"gold": 1, "predicted": 1}}


def test_token_figures_compare_whole_tags_of_words_that_are_not_o_on_both_sides() -> None:
    token = score_ner(tags("B I O O O"), tags("B B O I O"))["token"]
    assert token == pytest.approx({"accuracy": 3 / 5, "precision": 1 / 3, "recall": 1 / 2, "f1": 2 / 5})


def test_entities_of_bare_tags() -> None:
    assert entities(["I", "I", "O", "B", "B", "I"]) == {(0, 2, ""), (3, 4, ""), (4, 6, "")}


def test_sentences_of_other_lengths_are_no_score() -> None:
    with pytest.raises(ValueError):
        score_ner([["O", "O"]], [["O"]])


def test_a_type_may_hold_a_hyphen() -> None:
    assert entities(["B-cell-line", "I-cell-line"]) == {(0, 2, "cell-line")}


def test_tags_are_read_back_as_written(tmp_path) -> None:
    file = tmp_path / "predictions.txt"
    write_tags(file, [(["β", "IL-2"], ["B", "I"], ["B", "O"]), (["x"], ["O"], ["O"])])
    assert file.read_text(encoding="utf-8") == "β B B\nIL-2 I O\n\nx O O\n"
    assert [(one.words, one.tags) for one in read_tags(file)] == [(("β", "IL-2"), ("B", "O")), (("x",), ("O",))]
