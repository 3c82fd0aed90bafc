"""Questions: every answer is reached by a window of either kind of tokenizer, and its characters are those of the file."""

import random
import re
from itertools import pairwise

import numpy as np
import pytest

from bioalbert.catalogue.entries import Entry, Protocol
from bioalbert.finetune.encoder import load_tokenizer
from bioalbert.finetune.examples import Question, Relation
from bioalbert.finetune.pieces import windows
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.qa import Answering, answer_places, first_ends
from bioalbert.finetune.tasks.yesno import YesNo
from tests.finetune.test_tasks import odd_words

UNSEEN = ["▁", "\u200b", "\u0301", "\u0300", "\ufeff", "\u200d", "\ufe0f"]  # leave no piece, or none of their own, at an answer's edge


def wordpiece():
    """BERT's kind: words of letters, cut into pieces that go on with ##."""
    from transformers import BertTokenizerFast

    words = [*"abcdefghijklmnopqrstuvwxyz0123456789()[].,<>-?☃β½①ß", "gene", "protein", "fib", "which"]
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words, *(f"##{word}" for word in words)]
    return BertTokenizerFast(vocab={word: number for number, word in enumerate(vocabulary)}, do_lower_case=True)


@pytest.fixture(scope="module", params=["unigram", "wordpiece"])
def tokenizer(request, bundle):
    return load_tokenizer(bundle, 16) if request.param == "unigram" else wordpiece()


def odd_questions(draws: random.Random, count: int) -> list[Question]:
    """Questions whose answer is one or two words of a context of odd words."""
    found = []
    for number in range(count):
        words = odd_words(draws)
        context = " ".join(words)
        first = draws.randrange(len(words))
        answer = " ".join(words[first : first + draws.randint(1, 2)])
        found.append(Question(f"{number:024x}_000", "which gene?", context, ((answer, context.index(answer)),)))
    return found


def visible(text: str) -> str:
    return "".join(text.split()).strip("".join(UNSEEN))


def test_every_gold_answer_that_occurs_is_reached_by_a_window(tokenizer):
    examples = odd_questions(random.Random(3), 80)
    task = Answering(tokenizer, FinetuneSettings(max_length=64, stride=20), ())
    rows, lost = task.training_rows(examples)
    held = {row.example: row for row in rows if row.target != (0, 0)}
    for number, example in enumerate(examples):
        ((answer, _),) = example.answers
        pieces = tokenizer(answer, add_special_tokens=False)["input_ids"]
        assert (number in held) == bool(pieces)  # an answer that is only a combining mark has no piece
        if number in held:
            first, last = (place - held[number].first + held[number].start for place in held[number].target)
            text = example.context[held[number].spans[first, 0] : held[number].spans[last, 1]]
            assert visible(answer) in visible(text)
    assert lost["answers_cut"] == len(examples) - len(held)


@pytest.mark.parametrize("stride", [5, 20, 64, 500])
def test_an_answer_is_predicted_wherever_it_lies(tokenizer, stride):
    """Logits that name the answer's pieces, in every window that shows them, give its text: no window border hides it."""
    examples = odd_questions(random.Random(stride), 40)
    task = Answering(tokenizer, FinetuneSettings(max_length=48, stride=stride, max_answer=16), ())
    rows, _ = task.rows(examples)
    outputs, wanted = [], {}
    for row in rows:
        text, start = examples[row.example].answers[0]
        starts, ends = np.zeros((2, len(row.ids)))
        if places := answer_places(row, start, start + len(text)):
            starts[places[0]] = ends[places[1]] = 9.0
            first, last = (place - row.first + row.start for place in places)
            if last - first < 16:
                wanted[row.example] = examples[row.example].context[row.spans[first, 0] : row.spans[last, 1]].strip()
        outputs.append((row, [starts, ends]))
    found = task.decode(examples, outputs)
    assert len(wanted) > 30
    assert {number: found[number][0][0] for number in wanted} == wanted


@pytest.mark.parametrize(("length", "size", "stride"), [(10, 20, 5), (100, 20, 5), (100, 20, 11), (97, 30, 1), (64, 16, 16), (1, 1, 1)])
def test_every_span_is_read_in_one_window_and_in_the_best_one(length, size, stride):
    parts = windows(length, size, stride)
    froms = [first_ends(parts, window) for window in range(len(parts))]

    def context(window: int, piece: int) -> float:
        start, end = parts[window]
        return min(piece - start, end - 1 - piece) + 0.01 * (end - start)

    for first in range(length):
        for last in range(first, min(first + size, length)):
            shown = [window for window, (start, end) in enumerate(parts) if start <= first and last < end]
            read = [window for window in shown if last >= froms[window][first - parts[window][0]]]
            assert read == ([max(shown, key=lambda window: context(window, first))] if shown else [])


def test_windows_overlap_by_an_answer_at_least(tokenizer):
    rows, _ = Answering(tokenizer, FinetuneSettings(max_length=48, stride=500, max_answer=10), ()).rows(
        [Question("q", "which?", "gene x " * 99)]
    )
    spans = [(row.start, row.end) for row in rows]
    assert len(spans) > 3 and all(before[1] - after[0] >= 9 for before, after in pairwise(spans))


def test_windows_much_closer_than_the_stride_are_told(tokenizer, caplog):
    for max_length in (64, 32):
        Answering(tokenizer, FinetuneSettings(max_length=max_length, stride=32, max_answer=20), ()).rows([Question("q", "?", "gene x")])
    (told,) = caplog.messages
    assert re.match(r"windows start \d pieces apart, not 32 \(stride\), to overlap by max_answer: many rows; raise max_length or", told)


def test_a_context_is_read_once_for_each_place_of_an_answer(tokenizer):
    examples = [
        Question("a" * 24 + "_000", "which?", "gene x gene", (("gene", 0), ("gene", 7))),
        Question("a" * 24 + "_001", "which?", "nothing"),
        Question("b" * 24 + "_000", "which?", "nothing"),
    ]
    rows, lost = Answering(tokenizer, FinetuneSettings(max_length=32), ()).training_rows(examples)
    assert len({row.target for row in rows}) == len(rows) == 2
    assert lost == {"questions_cut": 0, "contexts_without_answer": 2, "questions_without_answer": 1, "answers_cut": 0}


def entry(metric: str) -> Entry:
    return Entry("e", "dataset", "e", "none", task="qa", protocols={"p": Protocol((), (), metric=metric)})


def golden(key: str, kind: str, answer: object) -> dict:
    return {"id": key * 24, "type": kind, "body": "Which two genes?", "exact_answer": answer}


def test_a_score_stands_beside_its_ceiling_and_its_baseline(tokenizer):
    """Batch 1: one question, answerable. Batch 2: two, one of them answerable (its answer is the longest capitalised span)."""
    examples = [
        Question(f"{key * 24}_000", "q", text) for key, text in (("a", "the tp53 gene"), ("b", "a Very Long Name"), ("c", "nothing"))
    ]
    batches = [[golden("a", "factoid", [["TP53", "x"]])], [golden("b", "factoid", [["very long name"]]), golden("c", "factoid", [["p21"]])]]
    task = Answering(tokenizer, FinetuneSettings(), ())
    score = task.score(examples, [[("tp53", 1.0)], [("x", 1.0)], []], entry("bioasq"), "p", batches)
    assert (score["mrr"], score["ceiling"], score["baseline"]["mrr"], score["questions"]) == (0.5, 0.75, 0.25, 3)
    assert score["pooled"]["mrr"] == pytest.approx(1 / 3)
    pooled = task.score(examples, [[("tp53", 1.0)], [("x", 1.0)], []], entry("bioasq-pooled"), "p", batches)
    assert (pooled["mrr"], pooled["ceiling"], pooled["batch"]["mrr"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3), 0.5)


def test_list_questions_are_scored_by_their_own_measure(tokenizer):
    examples = [Question("a" * 24 + "_000", "q", "BRCA1 and BRCA2 here")]
    batches = [[golden("a", "list", [["BRCA1"], ["BRCA2"], ["p21"]]), golden("f", "factoid", [["x"]])]]
    score = Answering(tokenizer, FinetuneSettings(), ()).score(
        examples, [[("BRCA1", 0.6), ("here", 0.5), ("BRCA2", 0.45)]], entry("bioasq-list"), "p", batches
    )
    assert (score["precision"], score["recall"], score["f1"]) == pytest.approx((1 / 2, 1 / 3, 0.4))  # "two" in the question
    assert score["ceiling"] == pytest.approx(0.8) and score["questions"] == 1


def test_a_yes_no_question_gets_the_mean_verdict_of_its_snippets(tokenizer):
    task = YesNo(tokenizer, FinetuneSettings(max_length=32), ("no", "yes"))
    pairs = [
        Relation(f"{key * 24}_{number:03d}", "q", label, "s") for key, number, label in (("a", 0, "yes"), ("a", 1, "yes"), ("b", 0, "no"))
    ]
    rows, _ = task.training_rows(pairs)
    assert [row.target for row in rows] == [0, 0, 1, 1]  # as many of either
    logits = [np.array([0.0, 1.0]), np.array([3.0, 1.0]), np.array([2.0, 1.0])]
    margins = task.decode(pairs, zip(task.rows(pairs)[0], ([one] for one in logits)))
    assert margins == [1.0, -2.0, -1.0]
    batches = [[golden("a", "yesno", "yes"), golden("b", "yesno", "no")]]
    score = task.score(pairs, margins, entry("bioasq-yesno"), "p", batches)
    assert (score["accuracy"], score["f1_no"], score["baseline"]["accuracy"]) == (0.5, pytest.approx(2 / 3), 0.5)
