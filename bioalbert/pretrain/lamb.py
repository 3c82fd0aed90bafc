"""LAMB (You et al. 2020) with the details of google-research/albert's lamb_optimizer.py, and what its AdamW option shares with it."""

import torch
from torch import nn

from bioalbert.pretrain.settings import Recipe

NOT_DECAYED = ("LayerNorm", "layer_norm", "bias")


class Lamb(torch.optim.Optimizer):
    """m, v without bias correction; update = m / (sqrt(v) + eps) + weight_decay * w; w -= lr * ratio * update.

    ratio = |w| / |update|, 1 where either norm is 0. A parameter group with `adapts` False has neither decay nor ratio.
    """

    def __init__(self, groups: list[dict], lr: float, betas: tuple[float, float], eps: float):
        super().__init__(groups, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": 0.0, "adapts": True})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        for group in self.param_groups:
            weights = [weight for weight in group["params"] if weight.grad is not None]
            if weights:
                self._step_group(weights, group)

    def _step_group(self, weights: list[torch.Tensor], group: dict) -> None:
        for weight in weights:
            if not self.state[weight]:
                self.state[weight].update(mean=torch.zeros_like(weight), square=torch.zeros_like(weight))
        gradients = [weight.grad for weight in weights]
        means = [self.state[weight]["mean"] for weight in weights]
        squares = [self.state[weight]["square"] for weight in weights]
        beta1, beta2 = group["betas"]
        torch._foreach_mul_(means, beta1)
        torch._foreach_add_(means, gradients, alpha=1 - beta1)
        torch._foreach_mul_(squares, beta2)
        torch._foreach_addcmul_(squares, gradients, gradients, 1 - beta2)
        divisors = torch._foreach_sqrt(squares)
        torch._foreach_add_(divisors, group["eps"])
        updates = torch._foreach_div(means, divisors)
        if group["adapts"]:
            torch._foreach_add_(updates, weights, alpha=group["weight_decay"])
            torch._foreach_mul_(updates, [_ratio(*norms) for norms in zip(torch._foreach_norm(weights), torch._foreach_norm(updates))])
        torch._foreach_add_(weights, updates, alpha=-group["lr"])


def _ratio(weight: torch.Tensor, update: torch.Tensor) -> torch.Tensor:
    return torch.where((weight > 0) & (update > 0), weight / update, 1.0)


def make_optimizer(model: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser; LayerNorms and biases are in a group without weight decay (and, in LAMB, without ratio)."""
    named = list(model.named_parameters())
    plain = [weight for name, weight in named if any(part in name for part in NOT_DECAYED)]
    decayed = [weight for name, weight in named if not any(part in name for part in NOT_DECAYED)]
    betas, rates = (recipe.beta1, recipe.beta2), {"lr": recipe.learning_rate, "eps": recipe.eps}
    if recipe.optimizer == "adamw":
        groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "weight_decay": 0.0}]
        return torch.optim.AdamW(groups, betas=betas, **rates)
    groups = [{"params": decayed, "weight_decay": recipe.weight_decay}, {"params": plain, "adapts": False}]
    return Lamb(groups, betas=betas, **rates)


def learning_rate(recipe: Recipe, step: int) -> float:
    """Rate of the update after `step` updates: linear warm-up from 0, then a jump onto the line that ends with 0 at recipe.steps.

    The two lines are not joined: google-research/albert's optimization.py computes both from step 0.
    """
    if step < recipe.warmup_steps:
        return recipe.learning_rate * step / recipe.warmup_steps
    return recipe.learning_rate * (1 - step / recipe.steps)
