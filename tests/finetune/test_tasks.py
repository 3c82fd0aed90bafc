"""Rows of tagging and answering on text that is hard for a tokenizer; the tasks over whole texts: test_text_tasks.py."""

import random

import numpy as np
import pytest

from bioalbert.finetune.encoder import load_tokenizer
from bioalbert.finetune.examples import Sentence
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.ner import IGNORED, Tagging, telling_pieces

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
