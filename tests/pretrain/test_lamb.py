import numpy as np
import pytest
import torch
from torch import nn

from bioalbert.pretrain.lamb import learning_rate, make_optimizer
from bioalbert.pretrain.settings import Recipe


class Small(nn.Module):
    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.dense = nn.Linear(5, 3)
        self.LayerNorm = nn.LayerNorm(3)
        self.zero = nn.Parameter(torch.zeros(4, 2))


def google_lamb(weight, gradient, mean, square, rate, adapts):
    """lamb_optimizer.py for one tensor, in float64."""
    mean = 0.9 * mean + 0.1 * gradient
    square = 0.999 * square + 0.001 * gradient**2
    update = mean / (np.sqrt(square) + 1e-6)
    ratio = 1.0
    if adapts:
        update = update + 0.01 * weight
        norms = np.linalg.norm(weight), np.linalg.norm(update)
        ratio = norms[0] / norms[1] if norms[0] > 0 and norms[1] > 0 else 1.0
    return weight - rate * ratio * update, mean, square


def test_lamb_equals_the_plain_formula():
    model, draws = Small(), np.random.default_rng(2)
    optimizer = make_optimizer(model, Recipe())
    state = {name: (weight.detach().double().numpy(), 0.0, 0.0) for name, weight in model.named_parameters()}
    for step in range(5):
        rate = 0.02 * (step + 1)
        for name, weight in model.named_parameters():
            gradient = draws.normal(size=weight.shape)
            weight.grad = torch.from_numpy(gradient).float()
            state[name] = google_lamb(state[name][0], gradient, *state[name][1:], rate, adapts=name in ("dense.weight", "zero"))
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        for name, weight in model.named_parameters():
            np.testing.assert_allclose(weight.detach().numpy(), state[name][0], rtol=1e-5, atol=1e-6)


def test_adamw_decays_only_matrices():
    optimizer = make_optimizer(Small(), Recipe(optimizer="adamw"))
    assert isinstance(optimizer, torch.optim.AdamW)
    assert [(len(group["params"]), group["weight_decay"]) for group in optimizer.param_groups] == [(2, 0.01), (3, 0.0)]


def test_albert_base_has_thirteen_decayed_variables_of_thirty_two():
    from transformers import AlbertConfig, AlbertForPreTraining

    model = AlbertForPreTraining(AlbertConfig(vocab_size=20, hidden_size=8, num_attention_heads=2, intermediate_size=8, embedding_size=4))
    decayed, plain = make_optimizer(model, Recipe()).param_groups
    assert (len(decayed["params"]), len(plain["params"])) == (13, 19)


def test_learning_rate_jumps_onto_the_decay_line():
    recipe = Recipe(steps=1000, warmup_steps=100, learning_rate=0.5)
    assert learning_rate(recipe, 0) == 0
    assert learning_rate(recipe, 50) == pytest.approx(0.25)
    assert learning_rate(recipe, 99) == pytest.approx(0.495)
    assert learning_rate(recipe, 100) == pytest.approx(0.45)
    assert learning_rate(recipe, 999) == pytest.approx(0.0005)
