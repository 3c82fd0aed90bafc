"""A TensorFlow checkpoint of ALBERT -> a model bundle."""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from bioalbert.convert.bundle import write_bundle
from bioalbert.convert.card import Card
from bioalbert.convert.configuration import read_albert_config
from bioalbert.convert.names import MAPPING, Match, Weight, match, weights
from bioalbert.convert.source import find_checkpoint, find_config, find_vocabulary
from bioalbert.convert.tensor_bundle import TensorBundle
from bioalbert.errors import InputError
from bioalbert.files import whole_folder
from bioalbert.provenance import Provenance, is_restricted

HEAD = "head.safetensors"
STEP = "global_step"


def convert_to_hf(source: Path, out: Path, vocabulary: Path | None = None) -> Match:
    """Writes the bundle `out` and returns what became of the checkpoint's variables.

    A fine-tuned head beside the pre-training model is kept in head.safetensors, under TensorFlow's names and in its shapes: which head
    of transformers it would be, the file does not say. Other variables that are not the model's are named in provenance.json.

    source: a checkpoint's prefix, or a folder with one, its albert_config.json and SentencePiece model. vocabulary: a SentencePiece model
    or vocabulary folder instead of the one found there. Raises InputError for anything that is missing, damaged or does not fit.
    """
    prefix = find_checkpoint(source)
    checkpoint = TensorBundle(prefix)
    config_file = find_config(source, prefix)
    config = read_albert_config(config_file)
    vocabulary = vocabulary or find_vocabulary(source, prefix)
    data = sorted(prefix.parent.glob(f"{prefix.name}.data-*"))
    inputs = [checkpoint.index, *data, config_file, *([vocabulary] if vocabulary else [])]
    table = weights(config)
    found = match(checkpoint.entries, table, checkpoint.index)
    unused = {"optimizer": found.optimizer, "head": found.heads, "unknown": found.unknown}
    provenance = Provenance("convert", {"direction": "tf-to-hf", "not_in_the_model": unused}, inputs)
    tensors = {weight.hf: _tensor(checkpoint, found.names[weight.tf], weight, config_file) for weight in table}
    if config.embedding_size == config.hidden_size:
        tensors |= _identity(config.hidden_size)
    origin = f"Converted from the TensorFlow checkpoint {prefix.name} of google-research/albert's code."
    card = Card("ALBERT", origin, steps=_steps(checkpoint), restricted=provenance.restricted or is_restricted(source))
    with whole_folder(out) as unfinished:
        if found.heads:
            save_file({name: np.array(checkpoint.tensor(name)) for name in found.heads}, unfinished / HEAD)
        write_bundle(unfinished, config, tensors, card, provenance, vocabulary)
    return found


def _steps(checkpoint: TensorBundle) -> int | None:
    """Steps of the training that the checkpoint is of; None where it does not say."""
    return int(checkpoint.tensor(STEP)) if STEP in checkpoint.entries else None


def _tensor(checkpoint: TensorBundle, name: str, weight: Weight, config_file: Path) -> np.ndarray:
    tensor = checkpoint.tensor(name)
    if tensor.shape != weight.shape:
        problem = f"shape {tensor.shape}, but {config_file.name} needs {weight.shape}"
        raise InputError(problem, file=checkpoint.index, place=name, fix="use the albert_config.json of this checkpoint")
    if tensor.dtype != np.float32:
        raise InputError(f"dtype {tensor.dtype}, not float32", file=checkpoint.index, place=name, fix="save the checkpoint in float32")
    return tensor.T if weight.transposed else tensor


def _identity(width: int) -> dict[str, np.ndarray]:
    """Where embedding and hidden width are equal, Google's graph has no mapping between them: transformers' becomes the identity."""
    return {f"{MAPPING}.weight": np.eye(width, dtype=np.float32), f"{MAPPING}.bias": np.zeros(width, np.float32)}
