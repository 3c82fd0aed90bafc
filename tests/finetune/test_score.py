"""`bioalbert score`: the printed JSON, and what it refuses."""

import json

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.cli import main

DEV = load("pubmedqa").format_options["ori_pqal.json#dev"]["dev"]


def printed(capsys, *arguments: object) -> dict:
    assert main([str(argument) for argument in arguments]) == 0
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def files(tmp_path):
    def write(gold: str, predicted: str) -> tuple:
        (tmp_path / "gold").write_text(gold)
        (tmp_path / "predicted").write_text(predicted)
        return tmp_path / "gold", tmp_path / "predicted"

    return write


def test_ner(files, capsys) -> None:
    gold, predicted = files("BRCA1\tB\ngene\tI\n\nx\tO\n", "BRCA1 B B\ngene I O\n\nx O O\n")
    score = printed(capsys, "score", "ner", "--gold", gold, "--predicted", predicted)
    assert score == {
        "entity": {"precision": 0.0, "recall": 0.0, "f1": 0.0, "gold": 1, "predicted": 1, "correct": 0},
        "token": {"accuracy": 2 / 3, "precision": 1.0, "recall": 0.5, "f1": 2 / 3},
    }


@pytest.mark.parametrize(
    ("predicted", "told"),
    [
        ("BRCA1\tB\ngenes\tI\n\nx\tO\n", "line 2: the word 'genes' stands where the gold file has 'gene'"),
        ("BRCA1\tB\n\nx\tO\n", "line 1: a sentence of 1 words where the gold file has 2"),
        ("BRCA1\tB\ngene\tI\n", "1 sentences where the gold file has 2"),
        ("", "0 sentences where the gold file has 2"),
        ("BRCA1\tB\ngene\tE\n\nx\tO\n", "line 2: 'E' is not a BIO tag; tags are O, B, I, B-TYPE, I-TYPE (of BIOES: S is B, E is I)"),
    ],
)
def test_tagged_files_of_other_words_are_refused(files, refused, predicted: str, told: str) -> None:
    gold, predicted = files("BRCA1\tB\ngene\tI\n\nx\tO\n", predicted)
    message = refused("score", "ner", "--gold", gold, "--predicted", predicted)
    assert told in message and str(predicted) in message


def test_files_without_a_word_and_folders_are_refused(files, refused, tmp_path) -> None:
    gold, predicted = files("\n", "\n")
    assert f"{gold}: no tagged words in it" in refused("score", "ner", "--gold", gold, "--predicted", predicted)
    assert f"{tmp_path}: a folder where a file is wanted" in refused("score", "ner", "--gold", tmp_path, "--predicted", predicted)


def test_re(files, capsys) -> None:
    gold, predicted = files("index\tsentence\tlabel\n0\ta\t1\n1\tb\t0\n2\tc\t1\n", "2\t1\n0\t0\n1\t0\n")
    score = printed(capsys, "score", "re", "--protocol", "gad@biobert", "--gold", gold, "--predicted", predicted)
    assert (score["precision"], score["recall"], list(score["classes"])) == (1.0, 0.5, ["0", "1"])
    assert (score["protocol"], score["metric"]) == ("gad@biobert", "micro-f1")


def test_a_row_without_a_prediction_is_refused(files, refused) -> None:
    gold, predicted = files("index\tsentence\tlabel\n0\ta\t1\n1\tb\t0\n", "0\t0\n")
    assert "no prediction for the index '1'" in refused("score", "re", "--protocol", "gad", "--gold", gold, "--predicted", predicted)


def test_a_part_of_a_file_is_scored_by_its_name(files, refused, tmp_path, capsys) -> None:
    """PubMedQA's file holds all splits: the ground truth names the test questions, the protocol those of dev."""
    held = {key: {"QUESTION": "?", "CONTEXTS": ["x"], "final_decision": answer} for key, answer in zip(DEV, ["yes"] * 30 + ["no"] * 20)}
    gold, predicted = files(json.dumps(held), "".join(f"{key}\tyes\n" for key in DEV))
    (tmp_path / "test_ground_truth.json").write_text("{}")
    arguments = ("score", "re", "--protocol", "pubmedqa", "--predicted", predicted)
    assert printed(capsys, *arguments, "--gold", f"{gold}#dev")["accuracy"] == 0.6
    message = refused(*arguments, "--gold", f"{gold}#devel")
    assert "gold#devel: no part 'devel' in the protocol; did you mean dev?" in message


def test_qa(files, capsys) -> None:
    golden = {"questions": [{"id": "q1", "type": "factoid", "exact_answer": [["x"]]}, {"id": "q2", "type": "yesno", "exact_answer": "yes"}]}
    answers = {"questions": [{"id": "q1", "exact_answer": [["y"], ["X"]]}]}
    gold, predicted = files(json.dumps(golden), json.dumps(answers))
    score = printed(capsys, "score", "qa", "--golden", gold, "--predicted", predicted, "--average", "pooled")
    assert score == {"strict_accuracy": 0.0, "lenient_accuracy": 1.0, "mrr": 0.5, "questions": 1}


def test_answers_to_other_questions_are_refused(files, refused) -> None:
    gold, predicted = files('{"questions": [{"id": "q", "type": "summary"}]}', '{"questions": [{"id": "q_000", "exact_answer": []}]}')
    assert "answers no question of the golden files" in refused("score", "qa", "--golden", gold, "--predicted", predicted)


def test_pubmedqas_ground_truth_is_gold_by_itself(files, refused, capsys) -> None:
    gold, predicted = files('{"7": "maybe", "8": "yes"}', "8\tyes\n7\tno\n")
    score = printed(capsys, "score", "re", "--protocol", "pubmedqa", "--gold", gold, "--predicted", predicted)
    assert score["accuracy"] == 0.5
    gold, predicted = files('{"7": "perhaps"}', "7\tno\n")
    assert "gold: 7: the label 'perhaps' is not in" in refused(
        "score", "re", "--protocol", "pubmedqa", "--gold", gold, "--predicted", predicted
    )
