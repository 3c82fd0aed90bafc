"""The processes of a run: one, or those that torchrun started."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import distributed

from bioalbert.errors import InputError

OF_EACH_PROCESS = ("RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")  # what torchrun sets beside WORLD_SIZE


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

    def totals(self, numbers: list[float]) -> list[float]:
        """The sums over all processes; one process alone does not wait for its GPU."""
        if self.count == 1:
            return [float(number) for number in numbers]
        return self.total(torch.tensor(numbers, dtype=torch.float64, device=self.device)).tolist()

    def extremes(self, number: int) -> tuple[int, int]:
        """The least and the largest of the processes' numbers."""
        ends = torch.tensor([-number, number], device=self.device)
        if self.count > 1:
            distributed.all_reduce(ends, distributed.ReduceOp.MAX)
        least, most = ends.tolist()
        return -least, most

    def wait(self) -> None:
        """Returns when all processes are here."""
        if self.count > 1:
            distributed.barrier()


@contextmanager
def join() -> Iterator[Processes]:
    """Joins the other processes, if torchrun's variables name any: NCCL with CUDA, else Gloo.

    Raises InputError when this machine has more processes than GPUs, or only some of torchrun's variables are there.
    """
    count = int(os.environ.get("WORLD_SIZE", 1))
    if count > 1 and (absent := [name for name in OF_EACH_PROCESS if name not in os.environ]):
        fix = "start it with torchrun, or unset WORLD_SIZE"
        raise InputError(f"WORLD_SIZE is {count}, but {', '.join(absent)} not set", place="environment", fix=fix)
    device = _device(int(os.environ.get("LOCAL_RANK", 0)))
    if count > 1:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Processes(int(os.environ.get("RANK", 0)), count, device)
    finally:
        if distributed.is_initialized():
            distributed.destroy_process_group()


def _device(number: int) -> torch.device:
    """The GPU of this machine's process `number`, the CPU where there is none."""
    if not torch.cuda.is_available():
        return torch.device("cpu")
    if number >= (there := torch.cuda.device_count()):
        raise InputError(f"process {number + 1} of a machine with {there} GPUs", place="torchrun", fix=f"give --nproc-per-node {there}")
    device = torch.device("cuda", number)
    torch.cuda.set_device(device)
    return device
