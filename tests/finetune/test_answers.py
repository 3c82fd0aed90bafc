"""From n-best answers to those of a question, by the rules of BioBERT's authors."""

import pytest

from bioalbert.finetune.answers import listed, merged, naive, reachable, submission, textrip
from bioalbert.finetune.examples import Question
from bioalbert.finetune.settings import FinetuneSettings

KEY = "5" * 24


def contexts(*texts: str) -> list[Question]:
    return [Question(f"{KEY}_{number:03d}", "q", text) for number, text in enumerate(texts)]


def golden(kind: str, answer: object, body: str = "Which?") -> list[list[dict]]:
    return [[{"id": KEY, "type": kind, "body": body, "exact_answer": answer}, {"id": "6" * 24, "type": kind, "exact_answer": [["x"]]}]]


def test_answers_are_merged_over_the_contexts_of_a_question() -> None:
    first = [("TP53", 0.45), ("p21", 0.3), ("", 0.25)]
    second = [("P21", 0.35), ("x" * 101, 0.4), *((letter, 0.01) for letter in "abcdef")]
    found = submission(contexts("c", "d"), [first, second], golden("factoid", [["p21"]]), FinetuneSettings())
    assert found == {KEY: [["P21"], ["TP53"], ["a"], ["b"], ["c"]], "6" * 24: []}  # a question without a context is there, unanswered


@pytest.mark.parametrize(
    ("text", "stripped"),
    [
        ("TP53.", "TP53"), ("TP53,", "TP53"), ("TP53 ", "TP53"), ("TP53..", "TP53."), ("(TP53)", "TP53"), ("()", "()"),
        ("(a) (b)", "(a) (b)"),
        ("TP53 (p53", ""), ("p53)", ""), ("TP53 (p53)", "TP53 (p53)"), (".", ""), ("", ""), ("(p53.", "(p53"),
    ],
)  # fmt: skip
def test_textrip(text: str, stripped: str) -> None:
    assert textrip(text) == stripped


def test_answers_that_differ_in_a_full_stop_are_one_only_after_textrip() -> None:
    answers = [("TP53.", 0.3), ("BRCA1", 0.4), ("tp53", 0.3)]
    assert merged(contexts("c"), [answers], "plain") == {KEY: [("BRCA1", 0.4), ("TP53.", 0.3), ("tp53", 0.3)]}
    assert merged(contexts("c"), [answers], "textrip") == {KEY: [("TP53", 0.6), ("BRCA1", 0.4)]}


@pytest.mark.parametrize(
    ("question", "answers", "given"),
    [
        ("Which genes?", [("a", 0.9), ("b", 0.43), ("c", 0.42)], ["a", "b"]),
        ("Which genes?", [("a", 0.2), ("b", 0.1)], ["a"]),  # the best where none is likely
        ("Which genes?", [], []),
        ("Name two genes", [("a", 0.9), ("b", 0.8), ("c", 0.7)], ["a", "b"]),
        ("List the 2 genes", [("a", 0.9), ("b", 0.8), ("c", 0.7)], ["a", "b"]),
        ("Name the phase 3 trials", [(letter, 0.5) for letter in "abcd"], list("abcd")),  # not a number of answers
        ("In which of the known two", [("a", 0.9), ("b", 0.8), ("c", 0.7)], ["a", "b", "c"]),  # too late in the question
        ("Which genes?", [("a.", 0.9), ("(b", 0.8), ("c", 0.7)], ["c"]),  # incomplete ones
        ("Which genes?", [("a and b", 0.9), ("a", 0.8), ("b", 0.7), ("c, d", 0.6)], ["a", "b", "c, d"]),
        ("Which genes?", [("a and b", 0.9), ("a", 0.8)], ["a and b", "a"]),
    ],
)
def test_the_answers_to_a_list_question(question: str, answers: list, given: list[str]) -> None:
    assert listed(question, answers, 0.42) == given


def test_only_golden_answers_that_stand_in_a_context_are_reachable() -> None:
    batches = golden("list", [["TP53", "p53"], ["P21"], ["x", "y"]])
    assert reachable(contexts("the p53 gene", "and p21"), batches) == {KEY: [["p53"], ["P21"]]}


def test_the_baseline_is_the_longest_capitalised_span_of_all_contexts() -> None:
    examples = [*contexts("the tumour protein TP53 binds", "it is Tumour Protein P53, of IL-2"), Question("6" * 24, "q", "nothing")]
    first, second, third = naive(examples)
    assert [text for text, _ in first] == ["Tumour Protein P53", "TP53", "IL-2"] and second == third == []
