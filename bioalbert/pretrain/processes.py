"""The processes of a run: one, or those that torchrun started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed


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
