"""Rows of tagging and answering on text that is hard for a tokenizer; the tasks over whole texts: test_text_tasks.py."""

import random

import numpy as np
import pytest

from bioalbert.finetune.encoder import load_tokenizer
from bioalbert.finetune.examples import Question, Sentence
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.ner import IGNORED, Tagging, telling_pieces
from bioalbert.finetune.tasks.qa import Answering, answer_places, ceiling, submission

ODD = [
    "▁",
    "\u200b",
    "\u0301",
    "e\u0301",
    "☃",
    "👩\u200d⚕️",
    "β",
    "IL",
    "[SEP]",
    "<unk>",
    "10,000",
    "ﬁ",
    "①",
    "\ufeff",
    "a\u0300\u0301",
    "ß",
    "İ",
    "½",
    "-",
]
LONG = ["x1β" * 40, "\u0301" * 50, "β" * 20]  # more pieces than a row holds
UNSEEN = ["▁", "\u200b", "\u0301", "\u0300", "\ufeff", "\u200d", "\ufe0f"]  # leave no piece, or none of their own, at an answer's edge
WORDS = ["gene", "protein", "fibrosis", "kinase", "x", "(", ")."]


@pytest.fixture(scope="module")
def tokenizer(bundle):
    return load_tokenizer(bundle, 16)


def odd_words(draws: random.Random, odd: list[str] = ODD) -> tuple[str, ...]:
    return tuple(draws.choice(odd if draws.random() < 0.4 else WORDS) for _ in range(draws.randint(1, 80)))


@pytest.fixture(params=["bundle", "minilm"])
def any_tokenizer(request):
    """Ours (SentencePiece) and a BERT-like one (WordPiece)."""
    return load_tokenizer(request.getfixturevalue(request.param), 16)


@pytest.mark.parametrize("label_pieces", ["first", "all"])
def test_every_word_is_trained_and_predicted_once_whatever_its_characters(any_tokenizer, label_pieces):
    draws = random.Random(7)
    examples = []
    for _ in range(60):
        words = odd_words(draws, ODD + LONG)
        examples.append(Sentence(words, tuple(draws.choice("OBI") for _ in words)))
    examples.append(Sentence(("\u0301", "▁"), ("B", "I")))  # no piece at all
    task = Tagging(any_tokenizer, FinetuneSettings(max_length=16, stride=5, label_pieces=label_pieces), ("O", "B", "I"))
    rows, lost = task.training_rows(examples)
    seen = {}
    for row in rows:
        assert len(row.ids) <= 16 and len(row.target) == len(row.ids)
        labelled = sum(label != IGNORED for label in row.target)
        assert labelled == len(row.words) if label_pieces == "first" else labelled >= len(row.words)
        for word, place in zip(row.words, row.places):
            assert (row.example, word) not in seen
            seen[row.example, word] = task.labels[row.target[place]]
    assert all(examples[number].tags[word] == tag for (number, word), tag in seen.items())
    assert lost["words_without_piece"] == sum(len(one.words) for one in examples) - len(seen) > 0
    logits = ((row, [np.eye(3)[[label if label != IGNORED else 0 for label in row.target]]]) for row in rows)
    decoded = task.decode(examples, logits)
    assert [len(tags) for tags in decoded] == [len(example.words) for example in examples]
    for number, example in enumerate(examples):
        assert decoded[number] == [seen.get((number, word), "O") for word in range(len(example.words))]


def test_the_label_stands_on_the_first_piece_that_says_something():
    mark, il, two = 13, 50, 51
    assert telling_pieces([mark, il, two, il, mark], [0, 0, 0, 1, 2], {mark}) == {0: 1, 1: 3, 2: 4}


def test_all_pieces_of_a_word_can_be_trained_on_its_tag(tokenizer):
    words = ("gene", "IL-2", "fibrosis")
    pieces = [len(tokenizer([word], is_split_into_words=True, add_special_tokens=False)["input_ids"]) for word in words]
    targets = {}
    for which in ("first", "all"):
        task = Tagging(tokenizer, FinetuneSettings(max_length=64, label_pieces=which), ("O", "B", "I"))
        ((row,), _) = task.training_rows([Sentence(words, ("O", "B", "I"))])
        targets[which] = row.target
    spread = [label for label, count in enumerate(pieces) for _ in range(count)]
    assert targets["all"] == [IGNORED, *spread, IGNORED] and max(pieces) > 1
    assert [label for label in targets["first"] if label != IGNORED] == [0, 1, 2]
    assert all(first in (label, IGNORED) for first, label in zip(targets["first"], targets["all"]))


def test_padding_changes_no_prediction_and_adds_nothing_to_the_loss(bundle, tokenizer):
    import torch

    from bioalbert.finetune.encoder import load_head
    from bioalbert.finetune.engine import _tensors

    model = load_head(bundle, "TokenClassification", num_labels=3)
    task = Tagging(tokenizer, FinetuneSettings(max_length=64), ("O", "B", "I"))
    rows, _ = task.training_rows([Sentence(("gene",) * size, ("O", "B", "I", "I", "O", "O", "B", "O")[:size]) for size in (2, 8)])

    def outputs(some):
        batch = _tensors(model, some, task.pad)
        return model(**batch, **task.targets(some, batch["input_ids"].shape[1]))

    with torch.inference_mode():
        together, apart = outputs(rows), [outputs([row]) for row in rows]
    torch.testing.assert_close(together.logits[0, : len(rows[0].ids)], apart[0].logits[0])
    torch.testing.assert_close(together.loss, (2 * apart[0].loss + 8 * apart[1].loss) / 10)  # the mean over the words


def test_special_pieces_in_text_are_ordinary_text(tokenizer):
    task = Tagging(tokenizer, FinetuneSettings(max_length=64), ("O",))
    (row,), _ = task.rows([Sentence(("a", "[SEP]", "[MASK]"), ("O",) * 3)])
    assert row.ids.count(tokenizer.sep_token_id) == 1 and tokenizer.mask_token_id not in row.ids


def test_every_gold_answer_that_occurs_is_reached_by_a_window(tokenizer):
    draws = random.Random(3)
    examples = []
    for number in range(80):
        words = odd_words(draws)
        context = " ".join(words)
        first = draws.randrange(len(words))
        answer = " ".join(words[first : first + draws.randint(1, 2)])
        examples.append(Question(f"{number:024x}_000", "which gene?", context, ((answer, context.index(answer)),)))
    task = Answering(tokenizer, FinetuneSettings(max_length=64, stride=20), ())
    rows, _ = task.rows(examples)
    held = {}
    for row in rows:
        ((text, start),) = examples[row.example].answers
        if places := answer_places(row, start, start + len(text)):
            first, last = (place - row.first + row.start for place in places)
            assert row.start <= first <= last < row.end
            held[row.example] = examples[row.example].context[row.spans[first, 0] : row.spans[last, 1]].strip()
    for number, example in enumerate(examples):
        ((answer, _),) = example.answers
        pieces = tokenizer(answer, add_special_tokens=False)["input_ids"]
        assert (number in held) == bool(pieces)  # an answer that is only a combining mark has no piece
        assert "".join(answer.split()).strip("".join(UNSEEN)) in "".join(held.get(number, answer).split())


def test_an_answer_begins_in_one_window_only(tokenizer):
    rows, _ = Answering(tokenizer, FinetuneSettings(max_length=32, stride=7), ()).rows([Question("q", "which?", "gene kinase x " * 30)])
    begins = [row.start + piece for row in rows for piece in np.flatnonzero(row.begins)]
    assert len(rows) > 3 and sorted(begins) == list(range(len(rows[0].spans)))


def test_answers_are_merged_over_the_contexts_of_a_question():
    key = "5" * 24
    examples = [Question(f"{key}_000", "q", "c"), Question(f"{key}_001", "q", "c")]
    first = [("TP53", 0.45), ("p21", 0.3), ("", 0.25)]
    second = [("P21", 0.3), ("x" * 101, 0.4), *((letter, 0.01) for letter in "abcdef")]
    assert submission(examples, [first, second]) == {key: [["p21"], ["TP53"], ["a"], ["b"], ["c"]]}


def test_the_ceiling_counts_questions_whose_answer_occurs():
    golden = [
        [{"id": letter * 24, "type": "factoid", "exact_answer": [[answer, "other"]]} for letter, answer in (("a", "TP53"), ("b", "p21"))]
    ]
    assert ceiling(golden, [Question("a" * 24 + "_000", "q", "the tp53 gene"), Question("b" * 24 + "_000", "q", "nothing")]) == 0.5
