import itertools
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from bioalbert.errors import InputError
from bioalbert.pretrain.chunks import hold_out
from bioalbert.pretrain.examples import NO_PAIR, Batch, open_examples
from bioalbert.pretrain.masking import choose_masked
from bioalbert.pretrain.pieces import CLS, MASK, PAD, SEP, starts_word
from bioalbert.pretrain.settings import Recipe
from bioalbert.vocabulary.store import TokenStore

RECIPE = Recipe(sequence_length=64, held_out_documents=0.1, seed=11)


@pytest.fixture(scope="module")
def examples(store, pieces):
    return open_examples(store, pieces, RECIPE)[0]


@pytest.fixture(scope="module")
def batch(examples) -> Batch:
    return examples.draw(0, 4000)


def segments_of(batch: Batch, row: int) -> list[list[int]]:
    """The pieces of each segment before masking."""
    body = batch.original[row, 1 : batch.lengths[row]].tolist()
    ends = [place for place, piece in enumerate(body) if piece == SEP]
    return [body[: ends[0]], body[ends[0] + 1 : -1]] if len(ends) == 2 else [body[: ends[0]]]


def test_shape(batch):
    inside = np.arange(64) < batch.lengths[:, None]
    assert (batch.original[:, 0] == CLS).all() and (batch.original[~inside] == PAD).all() and (batch.original[inside] != PAD).all()
    assert (batch.original[np.arange(4000), batch.lengths - 1] == SEP).all()
    pairs = batch.swapped != NO_PAIR
    assert ((batch.original == SEP).sum(axis=1) == np.where(pairs, 2, 1)).all()
    first_sep = (batch.original == SEP).argmax(axis=1)
    expected = (np.arange(64) > first_sep[:, None]) & inside
    assert (batch.segments == expected).all()
    assert batch.lengths.max() == 64


def test_nothing_special_is_masked_and_the_rest_is_shown(batch):
    special = (batch.original == CLS) | (batch.original == SEP) | (batch.original == PAD)
    assert not batch.masked[special].any()
    assert (batch.pieces == batch.original)[~batch.masked].all()


def test_budget_is_never_exceeded_and_nearly_always_filled(batch):
    masked = batch.masked.sum(axis=1)
    budget = np.clip(np.rint(batch.lengths * 0.15), 1, 20)
    assert (masked <= budget).all()
    assert masked.sum() > 0.97 * budget.sum()


def test_max_predictions_caps(store, pieces):
    examples, _ = open_examples(store, pieces, replace(RECIPE, max_predictions=3))
    assert examples.draw(0, 500).masked.sum(axis=1).max() == 3


def test_eighty_ten_ten(batch):
    shown, original = batch.pieces[batch.masked], batch.original[batch.masked]
    assert np.mean(shown == MASK) == pytest.approx(0.8, abs=0.01)
    by_chance = 0.1 / 140  # the random piece may be the same one, or [MASK]
    assert np.mean(shown == original) == pytest.approx(0.1 + by_chance, abs=0.01)
    other = shown[(shown != MASK) & (shown != original)]
    assert len(np.unique(other)) > 130 and np.bincount(other).max() < 5 * len(other) / 140


def test_swap_rate_and_order(batch, store):
    pairs = batch.swapped != NO_PAIR
    assert np.mean(batch.swapped[pairs]) == pytest.approx(0.5, abs=0.03)
    text = store.pieces.tobytes()
    for row in np.flatnonzero(pairs)[:300]:
        first, second = segments_of(batch, row)
        if batch.swapped[row]:
            first, second = second, first
        # in the store, what comes first in order comes first (each cut run of pieces is long enough to be unique)
        if min(len(first), len(second)) >= 12:
            places = [text.index(np.array(part, dtype=np.uint16).tobytes()) for part in (first, second)]
            assert places[0] < places[1]


def test_segments_are_runs_of_one_document(batch, store):
    bounds = store.sentence_start[store.document_start]
    documents = [store.pieces[a:b].tobytes() for a, b in itertools.pairwise(bounds)]
    for row in range(300):
        parts = [np.array(part, dtype=np.uint16).tobytes() for part in segments_of(batch, row)]
        assert any(all(part in document for part in parts) for document in documents)


def test_single_sentences_have_no_label_and_use_the_room(store, pieces):
    recipe = replace(RECIPE, sequence_length=32, short_sequence_prob=0.0, held_out_documents=0.0)
    examples, _ = open_examples(store, pieces, recipe)
    batch = examples.draw(0, len(examples.chunks))
    single = batch.swapped == NO_PAIR
    assert single.sum() == (examples.chunks.count == 1).sum() > 10
    assert (batch.segments[single] == 0).all()
    assert batch.lengths[single].max() == 32  # the sentence of 300 words, cut


def test_short_share(store, pieces):
    def mean_length(share: float) -> float:
        examples, _ = open_examples(store, pieces, replace(RECIPE, short_sequence_prob=share))
        return examples.draw(0, 1000).lengths.mean()

    assert mean_length(1.0) < 0.85 * mean_length(0.0)


def test_an_example_is_a_function_of_its_index(examples):
    whole = examples.draw(0, 60)
    parts = [examples.draw(first, count) for first, count in ((0, 7), (7, 1), (8, 52))]
    for item in fields(Batch):
        assert (np.concatenate([getattr(part, item.name) for part in parts]) == getattr(whole, item.name)).all()


def test_masks_change_from_epoch_to_epoch_and_seed_to_seed(examples, store, pieces):
    size = len(examples.chunks)
    first, again = examples.draw(0, 50), examples.draw(size, 50)
    assert not (first.masked == again.masked).all()
    other, _ = open_examples(store, pieces, replace(RECIPE, seed=12))
    assert not (first.original == other.draw(0, 50).original).all()


def test_held_out_documents_are_apart_and_the_same_for_every_seed(store, pieces):
    training, held_out = open_examples(store, pieces, RECIPE)
    of = lambda part: set(np.searchsorted(store.document_start, part.chunks.begin, side="right") - 1)  # noqa: E731
    assert not of(training) & of(held_out) and len(of(held_out)) == 30
    _, other = open_examples(store, pieces, replace(RECIPE, seed=99))
    assert (held_out.draw(0, 20).pieces == other.draw(0, 20).pieces).all()


def made_store(folder: Path, *documents: list[int]) -> TokenStore:
    """What open_examples reads of a store; documents: the pieces of each sentence."""
    lengths = np.concatenate(documents)
    bounds = [np.append(0, np.cumsum(counts)) for counts in (lengths, [len(document) for document in documents])]
    return SimpleNamespace(folder=folder, pieces=np.zeros(lengths.sum(), np.uint16), sentence_start=bounds[0], document_start=bounds[1])


def test_too_little_text_is_an_input_error(store, pieces, tmp_path):
    with pytest.raises(InputError, match=r"no training document .*; give it more documents, or recipe.held_out_documents: 0"):
        open_examples(store, pieces, replace(RECIPE, held_out_documents=0.9999))
    documents = [[20, 20]] * 4
    (held_out,) = np.flatnonzero(hold_out(4, 0.25))
    documents[held_out] = [1]
    with pytest.raises(InputError, match=r"no held-out document .*; give a larger share recipe.held_out_documents, or 0: none"):
        open_examples(made_store(tmp_path, *documents), pieces, replace(RECIPE, held_out_documents=0.25))


def test_a_store_without_a_pair_of_sentences_is_pointed_out(store, pieces, tmp_path, capsys):
    recipe = replace(RECIPE, held_out_documents=0.0)
    open_examples(made_store(tmp_path, [70, 70], [30]), pieces, recipe)
    assert f"{tmp_path}: no training example holds two sentences" in capsys.readouterr().err
    open_examples(made_store(tmp_path, [70, 70], [30, 5]), pieces, recipe)
    open_examples(store, pieces, recipe)
    assert capsys.readouterr().err == ""


def plain_masking(words: list[list[int]], first_words: int, budget: int, order: list[int], drawn: list[int]) -> set[int]:
    """create_pretraining_data.py's loop for one example; words: positions of each; drawn: n of each word."""
    masked: set[int] = set()
    for word in order:
        if len(masked) >= budget:
            break
        n = min(drawn[word], (first_words if word < first_words else len(words)) - word)
        while n and len(masked) + sum(map(len, words[word : word + n])) > budget:
            n -= 1
        positions = {position for part in words[word : word + n] for position in part}
        if not positions & masked:
            masked |= positions
    return masked


def test_lock_step_masking_equals_the_plain_loop():
    draws = np.random.default_rng(0)
    rows, length = 200, 40
    starts = draws.random((rows, length)) < 0.6
    text = np.ones((rows, length), dtype=bool)
    split = draws.integers(5, 35, rows)
    text[:, 0] = text[np.arange(rows), split] = False
    starts[:, 1] = starts[np.arange(rows), split + 1] = True
    starts &= text
    second = np.arange(length) > split[:, None]
    budget, numbers = draws.integers(1, 8, rows), draws.random((2, rows, length))
    masked = choose_masked(starts, text, second, budget, numbers, ngram=3)
    bounds = np.array([6 / 11, 9 / 11])
    for row in range(rows):
        words: list[list[int]] = []
        for position in np.flatnonzero(text[row]):
            if starts[row, position]:
                words.append([])
            words[-1].append(int(position))
        order = np.argsort(numbers[0, row, : len(words)]).tolist()
        drawn = (1 + np.searchsorted(bounds, numbers[1, row, : len(words)])).tolist()
        first_words = int((starts[row] & ~second[row]).sum())
        assert set(np.flatnonzero(masked[row])) == plain_masking(words, first_words, int(budget[row]), order, drawn)


def test_lengths_of_masked_runs():
    """With room for all, runs of 1, 2 and 3 words come as 6 : 3 : 2 (each word its own piece; runs of one example never touch here)."""
    rows, length = 6000, 200
    starts = np.ones((rows, length), dtype=bool)
    draws = np.random.default_rng(1).random((2, rows, length))
    masked = choose_masked(starts, starts, np.zeros_like(starts), np.full(rows, 3), draws, ngram=3)
    first = np.argmin(draws[0], axis=1)
    inside = first < length - 3
    run = np.array([masked[row, first[row] : first[row] + 3].cumprod().sum() for row in np.flatnonzero(inside)])
    assert np.bincount(run, minlength=4)[1:] / len(run) == pytest.approx([6 / 11, 3 / 11, 2 / 11], abs=0.03)


@pytest.mark.parametrize(
    "piece, starts",
    [("▁the", True), ("ing", False), ("▁", True), ("-", True), ("5", True), ("é", True), ("<unk>", True), ("a-b", False), ("'", True)],
)
def test_word_starts(piece, starts):
    assert starts_word(piece) is starts
