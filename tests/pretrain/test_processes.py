import pytest
import torch

from bioalbert.errors import InputError
from bioalbert.pretrain.processes import join


def test_one_process_needs_no_group(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with join() as processes:
        assert (processes.rank, processes.count) == (0, 1)
        assert processes.total(torch.tensor([2.0])).item() == 2.0
        assert processes.totals([2, 0.5, True]) == [2.0, 0.5, 1.0]
        assert processes.extremes(7) == (7, 7)
        assert not torch.distributed.is_initialized()


def test_more_processes_than_gpus_are_refused(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setenv("LOCAL_RANK", "2")
    with pytest.raises(InputError, match=r"process 3 of a machine with 2 GPUs; give --nproc-per-node 2"), join():
        pass


def test_a_world_without_ranks_is_refused(monkeypatch):
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "0")
    with pytest.raises(InputError, match="WORLD_SIZE is 2, but RANK, MASTER_ADDR, MASTER_PORT not set; start it with torchrun"), join():
        pass
