import math

import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.pretrain.ahead import Ahead
from bioalbert.pretrain.speed import flops, matmul_peak
from bioalbert.pretrain.watch import curve, doubts, training_seconds

HEALTHY = {"masked_lm_loss": 6.0, "sentence_order_loss": 0.5, "masked_lm_accuracy": 0.2, "sentence_order_accuracy": 0.8, "pairs": 200}


@pytest.mark.parametrize(
    "change, words",
    [
        ({}, []),
        ({"masked_lm_loss": math.log(30000) - 0.9}, ["still near ln(30000) = 10.31"]),
        ({"sentence_order_accuracy": 0.6}, ["guessed (0.60 of 200 pairs)"]),  # 2.8 standard deviations
        ({"sentence_order_accuracy": 0.61}, []),
        ({"sentence_order_accuracy": 0.0, "pairs": 0}, ["no held-out example has two sentences"]),
        ({"masked_lm_loss": 10.3, "sentence_order_accuracy": 0.4}, ["ln(30000)", "guessed"]),
    ],
)
def test_what_has_learnt_nothing_is_doubted(change, words):
    found = doubts(HEALTHY | change, 30000)
    assert len(found) == len(words) and all(word in doubt for word, doubt in zip(words, found))


def test_flops_are_those_of_the_matrix_products():
    """Counted by torch itself on transformers' own forward pass, without masks: all positions are predicted there."""
    config = AlbertConfig(
        vocab_size=200, embedding_size=16, hidden_size=32, num_hidden_layers=3, num_attention_heads=2, intermediate_size=64
    )
    model = AlbertForPreTraining(config)
    model.set_attn_implementation("eager")
    with FlopCounterMode(display=False) as counter:
        model(torch.ones(4, 10, dtype=torch.long))
    heads = 4 * (2 * 32 * 32 + 2 * 32 * 2)  # the pooler and the sentence-order head, left out of the formula
    assert 3 * (counter.get_total_flops() - heads) == flops(config, 40, 400, 40)


def test_flops_of_albert_base():
    base = AlbertConfig(hidden_size=768, num_attention_heads=12, intermediate_size=3072)
    assert flops(base, 128, 128**2, 20) == pytest.approx(67.4e9, rel=0.01)


def test_the_peak_is_a_speed():
    assert 1e8 < matmul_peak(torch.device("cpu"), torch.float32) < 1e14


def test_the_log_without_what_differs_between_equal_runs():
    row = {"step": 1, "loss": 2.0, "seconds": 0.1, "pieces_per_second": 5.0, "waiting": 0.0, "mfu": 0.3}
    assert curve([row]) == [{"step": 1, "loss": 2.0}]


def test_the_time_of_all_updates_is_told_by_a_sample_of_them():
    rows = [{"step": 2, "seconds": 1.0}, {"step": 2, "held_out": {}}, {"step": 4, "seconds": 3.0}]
    assert training_seconds(rows, steps=4) == 8.0


def test_steps_are_drawn_ahead_and_any_can_be_asked_for():
    drawn = []

    def draw(step: int) -> int:
        drawn.append(step)
        return step * 10

    with Ahead(draw) as ahead:
        assert [ahead.take(3), ahead.take(4), ahead.take(9)] == [30, 40, 90]
    assert drawn[:3] == [3, 4, 5] and 9 in drawn


def test_an_error_in_drawing_reaches_the_caller():
    with Ahead(lambda step: 1 // step) as ahead, pytest.raises(ZeroDivisionError):
        ahead.take(0)
