"""Pre-training on one CUDA GPU: real sequences and pieces a second, utilisation, memory, loss.

    bash benchmarks/gpu.sh STORE VOCABULARY

First the loss and gradient of one batch on the GPU against the CPU's. Then, for base and large at 128 and 512: ours (packed, bfloat16), and
transformers' own model on padded rows with its head over all positions, under the same autocast. Then a short real pre-training of base at
128 with its loss curve, and last ours compiled, which may take minutes to compile. Utilisation (MFU) is against the fastest matrix product
measured here. Each part is printed when it is done, and one that fails is printed as failed and stops no other.
"""

import argparse
import gc
import json
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import torch

from bioalbert.pretrain.ahead import Ahead
from bioalbert.pretrain.checkpoints import Checkpoints
from bioalbert.pretrain.examples import Batch, Examples, open_examples
from bioalbert.pretrain.model import Inputs, PretrainingLoss, make_model
from bioalbert.pretrain.packed import takes_varlen
from bioalbert.pretrain.pieces import read_pieces
from bioalbert.pretrain.processes import Processes
from bioalbert.pretrain.settings import Architecture, PretrainRun, Recipe
from bioalbert.pretrain.speed import flops, matmul_peak
from bioalbert.pretrain.train import Training
from bioalbert.vocabulary.store import TokenStore

SHAPES = {"base": Architecture(), "large": Architecture(hidden_size=1024, layers=24, heads=16, intermediate_size=4096)}
TINY = Architecture(embedding_size=16, hidden_size=32, layers=2, heads=2, intermediate_size=64)
# Examples in memory at once; a step is one such micro-batch.
BATCHES = {("base", 128): 512, ("base", 512): 96, ("large", 128): 192, ("large", 512): 32}
WARM_UP = 3  # steps of a measurement that are not counted
DRAWN = 8  # batches of padded rows, drawn before the clock runs
START = time.perf_counter()


class Bench:
    """What all measurements share: the store, the vocabulary's size, the device and its measured peak."""

    def __init__(self, tokens: Path, vocabulary: Path, device: str, seconds: float, tiny: bool):
        self.tokens, self.vocabulary, self.device, self.seconds, self.tiny = tokens, vocabulary, torch.device(device), seconds, tiny
        self.store, self.pieces = TokenStore(tokens), read_pieces(vocabulary / "spiece.model")
        self.peak = matmul_peak(self.device, torch.bfloat16)

    def run(self, shape: str, length: int, **recipe: object) -> PretrainRun:
        batch = 4 if self.tiny else BATCHES[shape, length]
        settings = {"steps": 10**6, "batch_size": batch, "sequence_length": length, "max_predictions": round(0.15 * length)}
        settings |= {"precision": "bfloat16", "held_out_documents": 0.0, "warmup_steps": 100}
        architecture = TINY if self.tiny else SHAPES[shape]
        return PretrainRun("gpu", str(self.vocabulary), str(self.tokens), architecture=architecture, recipe=Recipe(**settings | recipe))

    def training(self, run: PretrainRun, folder: str) -> Training:
        return Training(run, self.store, Checkpoints(Path(folder), {}, 1), Processes(0, 1, self.device))

    def synchronize(self) -> None:
        if self.device.type == "cuda":
            torch.cuda.synchronize()

    def timed(self, step: Callable[[int], tuple[int, float]]) -> dict:
        """step(number) -> (examples, floating-point operations); the first WARM_UP are not counted."""
        for number in range(WARM_UP):
            step(number)
        self.synchronize()
        if self.device.type == "cuda":
            torch.cuda.reset_peak_memory_stats()
        start, number, examples, work = time.perf_counter(), WARM_UP, 0, 0.0
        while time.perf_counter() - start < self.seconds:
            done, operations = step(number)
            examples, work, number = examples + done, work + operations, number + 1
            self.synchronize()
        seconds = time.perf_counter() - start
        memory = torch.cuda.max_memory_allocated() / 2**30 if self.device.type == "cuda" else 0.0
        found = {"sequences/s": examples / seconds, "TFLOP/s": work / seconds / 1e12, "MFU": work / seconds / self.peak, "GiB": memory}
        return {name: round(value, 3) for name, value in found.items()}


def work_of(training: Training, batch: Batch) -> float:
    lengths = batch.lengths.astype(np.float64)
    return flops(training.model.config, lengths.sum(), (lengths**2).sum(), batch.masked.sum())


def ours(bench: Bench, shape: str, length: int, compiled: bool = False) -> dict:
    """Also the share of the time that steps wait for their examples, and the loss of the last step of the warm-up: compiled or not, it is
    of the same step."""
    run, rows = bench.run(shape, length, compile=compiled), []
    with tempfile.TemporaryDirectory() as folder:
        training = bench.training(run, folder)
        per_step = work_of(training, training.examples.draw(0, 16 * run.recipe.batch_size)) / 16
        with Ahead(training.draw) as ahead:

            def step(_: int) -> tuple[int, float]:
                rows.append(training.train_step(ahead, [])[0])
                return run.recipe.batch_size, per_step

            found = bench.timed(step)
    waiting = np.mean([row["waiting"] for row in rows[WARM_UP:]] or 0.0)
    return found | {"waiting": round(float(waiting), 4), f"loss of step {WARM_UP}": round(rows[WARM_UP - 1]["loss"], 4)}


def padded(bench: Bench, shape: str, length: int) -> dict:
    """transformers' AlbertForPreTraining, all positions through its head, rows padded to the full length."""
    run = bench.run(shape, length)
    count = max(1, run.recipe.batch_size // 4)  # the logits of all positions need the memory
    with tempfile.TemporaryDirectory() as folder:
        training = bench.training(run, folder)
        model, optimizer = training.model, training.optimizer
        batches = [training.examples.draw(number * count, count) for number in range(DRAWN)]
        drawn = [(padded_inputs(batch), work_of(training, batch)) for batch in batches]

        def step(number: int) -> tuple[int, float]:
            inputs, work = drawn[number % DRAWN]
            with torch.autocast(bench.device.type, torch.bfloat16):
                loss = model(**{name: tensor.to(bench.device) for name, tensor in inputs.items()}).loss
            loss.backward()
            torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            optimizer.zero_grad()
            return count, work

        return bench.timed(step)


def padded_inputs(batch: Batch) -> dict[str, torch.Tensor]:
    """int64 tensors on the CPU, by the names of AlbertForPreTraining's arguments."""
    real = np.arange(batch.pieces.shape[1]) < batch.lengths[:, None]
    arrays = {"input_ids": batch.pieces, "token_type_ids": batch.segments, "attention_mask": real}
    arrays |= {"labels": np.where(batch.masked, batch.original.astype(np.int64), -100), "sentence_order_label": batch.swapped.clip(0)}
    return {name: torch.from_numpy(array.astype(np.int64)) for name, array in arrays.items()}


def curve(bench: Bench, steps: int) -> dict:
    """A real pre-training of base at 128 from scratch. Prints its figures at twenty points, and returns those at its end."""
    run = bench.run("base", 128)
    recipe = replace(run.recipe, steps=steps, warmup_steps=steps // 10, learning_rate=1.76e-3)
    with tempfile.TemporaryDirectory() as folder:
        training = bench.training(replace(run, recipe=recipe), folder)
        with Ahead(training.draw) as ahead:
            for at in range(steps):
                row = training.train_step(ahead, [])[0]
                found = {name: round(row[name], 4) for name in ("step", "loss", "masked_lm_accuracy", "sentence_order_accuracy")}
                if at % max(1, steps // 20) == 0:
                    show({"curve": found})
    return {"curve's end": found}


def agreement(bench: Bench, examples: Examples) -> dict:
    """One batch's loss and gradient norm, on the CPU in float32 and on the device in float32 and bfloat16."""
    batch, found = examples.draw(0, 8), {}
    for name, device, precision in (("cpu", "cpu", None), ("float32", bench.device, None), ("bfloat16", bench.device, torch.bfloat16)):
        device = torch.device(device)
        loss = PretrainingLoss(make_model(TINY if bench.tiny else SHAPES["base"], bench.pieces.size, 0, None).to(device))
        inputs = Inputs.of(batch, takes_varlen(loss.model.config, device, precision or torch.float32))
        with torch.autocast(device.type, precision or torch.float32, enabled=precision is not None):
            total = loss(inputs.to(device))[:2].sum()
        total.backward()
        norm = torch.nn.utils.get_total_norm([weight.grad for weight in loss.parameters() if weight.grad is not None])
        found[name] = {"loss": total.item(), "gradient norm": norm.item()}
    return {"agreement": found}


def show(found: dict) -> None:
    """One line of the output, with the seconds since the start."""
    print(json.dumps(found | {"at": round(time.perf_counter() - START, 1)}), flush=True)


def attempt(what: dict, measure: Callable[[], dict]) -> None:
    """Prints `what` was measured with what measure() found, or with its error: the parts that follow are made all the same."""
    try:
        found = measure()
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        found = {"failed": type(error).__name__, "because": str(error).strip().partition("\n")[0]}
    show(what | found)
    gc.collect()  # what a failed part held, before the next one's memory is measured
    if torch.cuda.is_available():
        torch.cuda.empty_cache()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=Path, required=True, metavar="STORE")
    parser.add_argument("--vocabulary", type=Path, required=True, metavar="DIR")
    parser.add_argument("--device", default="cuda")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measurement (10)")
    parser.add_argument("--steps", type=int, default=300, help="of the short pre-training (300)")
    parser.add_argument("--tiny", action="store_true", help="a tiny model: to try this script without a GPU")
    arguments = parser.parse_args()
    bench = Bench(arguments.tokens, arguments.vocabulary, arguments.device, arguments.seconds, arguments.tiny)
    name = torch.cuda.get_device_name() if bench.device.type == "cuda" else "CPU"
    show({"device": name, "torch": torch.__version__, "matmul peak TFLOP/s": round(bench.peak / 1e12, 1)})
    examples, _ = open_examples(bench.store, bench.pieces, bench.run("base", 128).recipe)
    attempt({}, partial(agreement, bench, examples))
    for shape, length in BATCHES:
        what = {"model": shape, "length": length}
        attempt(what | {"way": "ours"}, partial(ours, bench, shape, length))
        attempt(what | {"way": "padded"}, partial(padded, bench, shape, length))
    attempt({}, partial(curve, bench, arguments.steps))
    for shape, length in BATCHES:
        attempt({"model": shape, "length": length, "way": "ours, compiled"}, partial(ours, bench, shape, length, compiled=True))


if __name__ == "__main__":
    main()
