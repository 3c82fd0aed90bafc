"""How the processes of a run share the model: each holds all of it (ddp), or each a part (fsdp, for xlarge and xxlarge)."""

import torch
from torch import nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_state_dict, set_state_dict
from torch.distributed.fsdp import fully_shard

from bioalbert.pretrain.processes import Processes


class Replicated:
    """Every process holds the whole model; gradients are summed in one message at the end of a step.

    ALBERT's layers share their weights, so that no gradient is whole before the backward pass ends: DistributedDataParallel's messages
    during the pass would save nothing. (And its reducer, when it outlives the process group, as it does while an exception travels, can
    wait for ever: it frees the group's threads with Python's lock in its hand.)
    """

    def __init__(self, loss: nn.Module, processes: Processes):
        self.loss, self.processes = loss, processes

    def before_backward(self, last: bool) -> None:
        """last: whether the step's last micro-batch comes now."""

    def sum_gradients(self) -> None:
        """Makes every gradient its sum over all processes."""
        gradients = [weight.grad for weight in self.loss.parameters() if weight.grad is not None]
        if self.processes.count > 1:
            whole = self.processes.total(torch.cat([gradient.flatten() for gradient in gradients]))
            parts = whole.split([gradient.numel() for gradient in gradients])
            torch._foreach_copy_(gradients, [part.view_as(gradient) for part, gradient in zip(parts, gradients)])


class Sharded:
    """Every process holds a part of each weight, its gradient and its optimiser state (FSDP2). One unit: the layers are one layer."""

    def __init__(self, loss: nn.Module, processes: Processes):
        self.loss = fully_shard(loss)
        self.loss.set_gradient_divide_factor(1.0)  # sums, not means
        self.loss.set_force_sum_reduction_for_comms(True)  # a factor of one as no factor: Gloo knows none

    def before_backward(self, last: bool) -> None:
        self.loss.set_requires_gradient_sync(last)

    def sum_gradients(self) -> None:
        """Done by the last micro-batch's backward pass."""


STRATEGIES = {"ddp": Replicated, "fsdp": Sharded}


def whole_state(model: nn.Module, optimizer: torch.optim.Optimizer) -> dict:
    """Weights and optimiser state by name, whole and on the CPU, whatever the strategy. Every process must call it; only the first
    gets anything."""
    weights, moments = get_state_dict(model, optimizer, options=StateDictOptions(full_state_dict=True, cpu_offload=True))
    return {"model": weights, "optimizer": moments}


def restore(model: nn.Module, optimizer: torch.optim.Optimizer, state: dict) -> None:
    """Loads `whole_state`'s result, under any strategy and number of processes. Every process must call it with all of it."""
    options = StateDictOptions(full_state_dict=True)
    set_state_dict(model, optimizer, model_state_dict=state["model"], optim_state_dict=state["optimizer"], options=options)
