"""The processes of a run: one, or those that torchrun started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed, nn


@dataclass(frozen=True)
class Processes:
    """This process among `count`: its rank and its device."""

    rank: int
    count: int
    device: torch.device

    def total(self, values: torch.Tensor) -> torch.Tensor:
        """The sum of `values` over all processes."""
        if self.count > 1:
            distributed.all_reduce(values)
        return values

    def total_gradients(self, model: nn.Module) -> None:
        """Makes every gradient its sum over all processes.

        One message at the end of the backward pass, because ALBERT's layers share their weights: no gradient is whole before, so
        DistributedDataParallel's messages during the pass would save nothing. (And its reducer, when it outlives the process group, as
        it does while an exception travels, can wait for ever: it frees the group's threads with Python's lock in its hand.)
        """
        if self.count > 1:
            gradients = [weight.grad for weight in model.parameters() if weight.grad is not None]
            whole = self.total(torch.cat([gradient.flatten() for gradient in gradients]))
            parts = whole.split([gradient.numel() for gradient in gradients])
            torch._foreach_copy_(gradients, [part.view_as(gradient) for part, gradient in zip(parts, gradients)])

    def wait(self) -> None:
        """Returns when all processes are here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def join() -> Iterator[Processes]:
    """Joins the other processes, if torchrun's variables name any: NCCL with CUDA, else Gloo."""
    count = int(os.environ.get("WORLD_SIZE", 1))
    cuda = torch.cuda.is_available()
    device = torch.device("cuda", int(os.environ.get("LOCAL_RANK", 0))) if cuda else torch.device("cpu")
    if cuda:
        torch.cuda.set_device(device)
    if count > 1:
        distributed.init_process_group("nccl" if cuda else "gloo")
    try:
        yield Processes(int(os.environ.get("RANK", 0)), count, device)
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()
