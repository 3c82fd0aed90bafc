"""benchmarks/gpu.py, tried on the CPU with a tiny model: what a first run on a GPU must not stumble over."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import gpu


def test_a_part_that_fails_is_reported_and_stops_no_other(monkeypatch, capsys, tokens: Path, vocabulary: Path):
    measured = gpu.ours

    def ours(bench: gpu.Bench, shape: str, length: int, compiled: bool = False) -> dict:
        if compiled or length == 512:
            raise RuntimeError("no compiler\non this machine")
        return measured(bench, shape, length)

    monkeypatch.setattr(gpu, "ours", ours)
    monkeypatch.setattr(gpu, "matmul_peak", lambda device, precision: 1e9)  # seconds in bfloat16 on a CPU without it
    options = ["--device", "cpu", "--tiny", "--seconds", "0.01", "--steps", "2"]
    monkeypatch.setattr(sys, "argv", ["gpu.py", "--tokens", str(tokens), "--vocabulary", str(vocabulary), *options])
    gpu.main()
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    agreement = next(line["agreement"] for line in lines if "agreement" in line)
    assert agreement["bfloat16"]["loss"] == pytest.approx(agreement["cpu"]["loss"], rel=0.01)
    ways = {(line["model"], line["length"], line["way"]): line for line in lines if "way" in line}
    assert len(ways) == 12
    assert ways["base", 512, "ours"].items() >= {"failed": "RuntimeError", "because": "no compiler"}.items()
    assert all("failed" in line for (_, _, way), line in ways.items() if way == "ours, compiled")
    assert all(line["sequences/s"] > 0 for (_, length, way), line in ways.items() if way == "padded" or (way, length) == ("ours", 128))
    assert [line["curve"]["step"] for line in lines if "curve" in line] == [1, 2]
    assert next(line["curve's end"]["step"] for line in lines if "curve's end" in line) == 2
