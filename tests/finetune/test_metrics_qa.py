"""BioASQ's measures equal the official evaluator's (EvaluatorTask1b -phaseB -e 5) on a fixture scored with it."""

from itertools import product

import pytest

from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json
from bioalbert.finetune.metrics.bioasq_json import read_golden, read_submission, write_submission
from bioalbert.finetune.metrics.qa import score_protocol, score_qa, score_squad


def question(key: str, kind: str, answer: object) -> dict:
    return {"id": key, "type": kind, "exact_answer": answer, "body": "?"}


GOLDEN = [
    question("f1", "factoid", [["Alpha", "ALPHA protein"]]),
    question("f2", "factoid", [["beta"], ["b2"]]),
    question("f3", "factoid", [["gamma"]]),
    question("f4", "factoid", [["delta"]]),
    question("f5", "factoid", [["eps"]]),
    question("y1", "yesno", "yes"),
    question("y2", "yesno", "No"),
    question("l1", "list", [["a", "A1"], ["b"], ["c"]]),
    {"id": "s1", "type": "summary", "body": "?"},
]
SUBMISSION = {
    "f1": [["alpha PROTEIN"], ["z"]],
    "f2": [["x"], ["B2"]],
    "f3": [["wrong", "gamma"], ["g"]],
    "f4": [["1"], ["2"], ["3"], ["4"], ["5"], ["delta"]],
    "f5": [],
    "y1": "yes",
    "y2": "yes",
    "l1": [["a"], ["a1"], ["d"]],
}


def test_without_the_cut_the_figures_are_those_of_the_official_evaluator() -> None:
    score = score_qa([GOLDEN], SUBMISSION, cut=100)
    yes_no, lists = score["yes_no"], score["list"]
    official = [yes_no["accuracy"], score["strict_accuracy"], score["lenient_accuracy"], score["mrr"]]
    official += [lists["precision"], lists["recall"], lists["f1"], yes_no["macro_f1"], yes_no["f1_yes"], yes_no["f1_no"]]
    assert official == pytest.approx([0.5, 0.2, 0.6, 0.33333333333333337, 1 / 3, 1 / 3, 1 / 3, 1 / 3, 2 / 3, 0.0])


def test_answers_after_the_fifth_are_not_looked_at() -> None:
    score = score_qa([GOLDEN], SUBMISSION)
    assert (score["strict_accuracy"], score["lenient_accuracy"], score["mrr"]) == pytest.approx((0.2, 0.4, 0.3))
    assert score["questions"] == 5


def test_nothing_but_letter_case_is_forgiven() -> None:
    golden = [question("f", "factoid", [["alpha protein"]])]
    assert score_qa([golden], {"f": [["Alpha Protein"]]})["strict_accuracy"] == 1
    assert score_qa([golden], {"f": [[" alpha  protein "]]})["strict_accuracy"] == 0


def test_batches_weigh_the_same_and_questions_do_when_pooled() -> None:
    batches = [[question("1", "factoid", [["x"]])], [question(key, "factoid", [["x"]]) for key in "234"], [GOLDEN[-1]]]
    submission = {"1": [["x"]], "2": [["y"], ["x"]]}
    assert score_qa(batches, submission)["strict_accuracy"] == 0.5
    assert score_qa(batches, submission)["mrr"] == pytest.approx((1 + 1 / 6) / 2)
    pooled = score_qa(batches, submission, average="pooled")
    assert (pooled["strict_accuracy"], pooled["questions"]) == (0.25, 4)
    with pytest.raises(InputError, match="batch or pooled"):
        score_qa(batches, submission, average="mean")


def test_a_question_that_is_missing_counts_as_wrong() -> None:
    assert score_qa([GOLDEN], {}) == {"strict_accuracy": 0, "lenient_accuracy": 0, "mrr": 0, "questions": 5}
    assert score_qa([GOLDEN], {"y1": "yes"})["yes_no"]["accuracy"] == 0.5


def test_a_submission_is_read_back_as_written(tmp_path) -> None:
    write_submission(tmp_path / "submission.json", [GOLDEN], SUBMISSION)
    assert read_submission(tmp_path / "submission.json") == SUBMISSION
    written = read_json(tmp_path / "submission.json")["questions"]
    assert written[0] == {"id": "f1", "type": "factoid", "body": "?", "exact_answer": SUBMISSION["f1"]}


def test_a_submission_may_lie_in_a_file_for_each_type(tmp_path) -> None:
    parts = [{key: answer for key, answer in SUBMISSION.items() if key.startswith(kind)} for kind in "fyl"]
    files = [tmp_path / f"{number}.json" for number in range(3)]
    for file, part in zip(files, parts):
        write_submission(file, [GOLDEN], part)
    assert read_submission(*files) == SUBMISSION
    with pytest.raises(InputError, match=r"0\.json: question f1: it stands there twice"):
        read_submission(files[0], files[0])


def test_a_yes_no_question_without_an_answer_counts_against_both_verdicts() -> None:
    """F1 of a verdict is 2 TP / (2 TP + all that is wrong), as the official evaluator's confusion matrix has it."""
    golden = [question(str(number), "yesno", answer) for number, answer in enumerate(("yes", "yes", "no", "no"))]
    score = score_qa([golden], {"0": "yes", "1": "", "2": "no"})["yes_no"]
    assert (score["accuracy"], score["f1_yes"], score["f1_no"]) == (0.5, 0.5, 0.5)


def test_a_protocols_metric_names_the_type_and_the_average() -> None:
    batches = [[question("1", "factoid", [["x"]])], [question(key, "factoid", [["x"]]) for key in "234"]]
    submission = {"1": [["x"]], "2": [["y"], ["x"]]}
    score = score_protocol("bioasq", batches, submission)
    assert (score["strict_accuracy"], score["pooled"]["strict_accuracy"]) == (0.5, 0.25)
    assert score_protocol("bioasq-pooled", batches, submission) == score["pooled"] | {"batch": {key: score[key] for key in score["pooled"]}}
    assert score_protocol("bioasq-list", [GOLDEN], SUBMISSION)["f1"] == pytest.approx(1 / 3)
    assert score_protocol("bioasq-yesno", [GOLDEN], SUBMISSION)["f1_yes"] == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="did you mean bioasq"):
        score_protocol("bioask", batches, submission)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"questions": [{"id": "q1", "exact_answer": ["a", "b"]}]}', "question q1: exact_answer is not a list of lists"),
        ('{"questions": [{"id": "q1", "exact_answer": [[5]]}]}', "question q1: exact_answer is not a list of lists of texts"),
        ('{"questions": [{"id": "q1", "exact_answer": 5}]}', "question q1: exact_answer is neither a text nor a list"),
        ('{"questions": [{"id": "q1", "exact_answer": "a"}, {"id": "q1", "exact_answer": "a"}]}', "question q1: it stands there twice"),
        ('{"questions": [{"exact_answer": "a"}]}', r"questions\[0\]: no id"),
        ('[{"id": "q1"}]', "no list of questions"),
        ("{", "not valid JSON"),
    ],
)
def test_a_malformed_submission_is_refused(tmp_path, text: str, told: str) -> None:
    file = tmp_path / "submission.json"
    file.write_text(text)
    with pytest.raises(InputError, match=told):
        read_submission(file)


def test_a_golden_file_without_answers_is_refused(tmp_path) -> None:
    file = tmp_path / "golden.json"
    file.write_text('{"questions": [{"id": "q1", "type": "factoid"}]}')
    with pytest.raises(InputError, match="question q1: no exact_answer"):
        read_golden(file)
    file.write_text('{"questions": [{"id": "q1", "exact_answer": "yes"}]}')
    with pytest.raises(InputError, match="question q1: no type"):
        read_golden(file)


@pytest.mark.parametrize(
    ("kind", "answer"),
    [*product(["factoid", "list", "yesno"], [None, 5, {}, [[5]], [None]]), *product(["yesno"], ["maybe", "", ["yes"]])],
)
def test_a_golden_answer_that_is_none_of_its_type_is_refused(tmp_path, kind: str, answer: object) -> None:
    file = tmp_path / "golden.json"
    write_json(file, {"questions": [question("s1", "summary", answer), question("q1", kind, answer)]})
    with pytest.raises(InputError, match="question q1: exact_answer is "):
        read_golden(file)


@pytest.mark.parametrize(("kind", "answer"), [("factoid", "x"), ("list", ["x", ["y", "z"]]), ("factoid", []), ("yesno", "Yes.")])
def test_golden_answers_of_every_year_are_read(tmp_path, kind: str, answer: object) -> None:
    write_json(tmp_path / "golden.json", {"questions": [question("q1", kind, answer)]})
    assert read_golden(tmp_path / "golden.json")[0]["exact_answer"] == answer


def test_a_type_that_is_none_of_bioasqs_is_refused(tmp_path) -> None:
    write_json(tmp_path / "golden.json", {"questions": [question("q1", "Factoid", [["x"]])]})
    with pytest.raises(InputError, match=r"question q1: the type 'Factoid' is unknown.*did you mean factoid"):
        read_golden(tmp_path / "golden.json")


@pytest.mark.parametrize(("key", "answer"), [("f1", "TP53"), ("l1", "a"), ("y1", [["yes"]])])
def test_an_answer_of_another_type_than_its_question_is_refused(tmp_path, key: str, answer: object) -> None:
    write_json(tmp_path / "submission.json", {"questions": [{"id": key, "exact_answer": answer}]})
    with pytest.raises(InputError, match=f"question {key}: a (text|list) answers"):
        read_submission(tmp_path / "submission.json", golden=[GOLDEN])


@pytest.mark.parametrize("none", [{}, {"exact_answer": None}, {"exact_answer": []}, {"exact_answer": ""}])
def test_questions_that_are_not_answered_score_nothing(tmp_path, none: dict) -> None:
    write_json(tmp_path / "submission.json", {"questions": [{"id": one["id"]} | none for one in GOLDEN]})
    score = score_qa([GOLDEN], read_submission(tmp_path / "submission.json", golden=[GOLDEN]))
    assert (score["mrr"], score["yes_no"]["accuracy"], score["list"]["f1"]) == (0, 0, 0)


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path) -> None:
    file = tmp_path / "golden.json"
    write_json(file, {"questions": [question("q1", "factoid", "x")]})
    file.write_text(file.read_text(), encoding="utf-8-sig")
    assert read_golden(file)[0]["id"] == "q1"


def test_squad_measures_forgive_articles_case_and_punctuation() -> None:
    gold = {"1": ["The Panthers", "Panthers of Carolina"], "2": ["308 points"], "3": ["x"]}
    score = score_squad(gold, {"1": "panthers.", "2": "308"})
    assert score == pytest.approx({"exact_match": 1 / 3, "f1": (1 + 2 / 3) / 3, "questions": 3})
