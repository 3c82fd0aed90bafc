"""Conversion of a base-size ALBERT checkpoint, there and back: time and memory of the whole commands, and of TensorFlow doing the same.

    python -m benchmarks.convert                       # TensorFlow's figures only where it is installed (extra tf-oracle)

The checkpoint holds random weights of Google's base size (46.8 MB), with --slots also LAMB's two moments of each (140 MB).
"""

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from transformers import AlbertConfig

from bioalbert.convert.configuration import albert_config
from bioalbert.convert.names import weights
from bioalbert.convert.tensor_bundle import write_tensors
from bioalbert.draws import generator
from bioalbert.files import write_json

ROOT = Path(__file__).resolve().parents[1]
BASE = {"num_attention_heads": 12, "hidden_size": 768, "intermediate_size": 3072, "hidden_act": "gelu_new"}
IMPORTS = "import bioalbert.convert.tf_to_hf, bioalbert.convert.hf_to_tf"
# The usual way (transformers' loader up to its release 4): TensorFlow reads each variable, its array goes into the model's parameter.
PEER = """
import sys, json
import numpy as np, tensorflow as tf, torch
from transformers import AlbertForPreTraining
from bioalbert.convert.configuration import read_albert_config
from bioalbert.convert.names import weights
from pathlib import Path
folder, out = map(Path, sys.argv[1:])
config = read_albert_config(folder / "albert_config.json")
model = AlbertForPreTraining(config)
parameters = dict(model.named_parameters())
for weight in weights(config):
    array = tf.train.load_variable(str(folder / "model.ckpt"), weight.tf)
    parameters[weight.hf].data = torch.from_numpy(array.T.copy() if weight.transposed else array)
model.tie_weights()
model.save_pretrained(out)
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--slots", action="store_true", help="with LAMB's moments in the checkpoint")
    parser.add_argument("--repeat", type=int, default=3, help="the fastest of so many runs is told (default: %(default)s)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder, bundle, back = (Path(scratch) / name for name in ("tf", "hf", "back"))
        make_checkpoint(folder, arguments.slots)
        command = [sys.executable, "-m", "bioalbert", "convert"]
        imports = measure([sys.executable, "-c", IMPORTS], arguments.repeat)
        there = measure([*command, "tf-to-hf", folder, bundle], arguments.repeat)
        again = measure([*command, "hf-to-tf", bundle, back], arguments.repeat)
        tell("imports alone", imports)
        tell("tf-to-hf", there, imports)
        tell("hf-to-tf", again, imports)
        if importlib.util.find_spec("tensorflow"):
            peer_imports = measure([sys.executable, "-c", "import tensorflow, torch; from transformers import AlbertForPreTraining"], 1)
            peer = measure([sys.executable, "-c", PEER, folder, Path(scratch) / "peer"], arguments.repeat)
            tell("TensorFlow, imports alone", peer_imports)
            tell("TensorFlow reading", peer, peer_imports)
            ratios = [ours / theirs for ours, theirs in zip(there, peer)]
            print("tf-to-hf takes {:.2f} of TensorFlow's time, {:.2f} of its CPU time and {:.2f} of its memory".format(*ratios))
        else:
            print("TensorFlow is not installed: no ratio")


def make_checkpoint(folder: Path, slots: bool) -> None:
    config, draw = AlbertConfig(**BASE), generator(1, "benchmark checkpoint")
    tensors = {weight.tf: draw.standard_normal(weight.shape, np.float32) for weight in weights(config)}
    moments = {f"{name}/{slot}": tensor for name, tensor in tensors.items() for slot in ("adam_m", "adam_v")} if slots else {}
    folder.mkdir()
    write_tensors(folder / "model.ckpt", tensors | moments)
    write_json(folder / "albert_config.json", albert_config(config, folder))


def measure(command: list, repeat: int) -> tuple[float, float, float]:
    """(seconds and CPU seconds of the fastest run, largest resident memory in MB) of a process from its start to its end."""
    seconds, processor, memory = [], [], []
    for _ in range(repeat):
        start = time.perf_counter()
        process = subprocess.Popen(list(map(str, command)), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        if status:
            raise SystemExit(f"failed: {' '.join(map(str, command))[:200]}")
        seconds.append(time.perf_counter() - start)
        processor.append(usage.ru_utime + usage.ru_stime)
        memory.append(usage.ru_maxrss / 1024)
    return min(seconds), min(processor), max(memory)


def tell(label: str, figures: tuple[float, float, float], imports: tuple[float, float, float] | None = None) -> None:
    seconds, processor, memory = figures
    without = f"; without imports {seconds - imports[0]:.2f} s, {processor - imports[1]:.2f} s CPU" if imports else ""
    print(f"{label}: {seconds:.2f} s, {processor:.2f} s CPU, {memory:.0f} MB{without}", flush=True)


if __name__ == "__main__":
    main()
