"""A model bundle -> a TensorFlow checkpoint that google-research/albert's code restores by name (init_from_checkpoint)."""

import shutil
from pathlib import Path

import numpy as np

from bioalbert.convert.bundle import VOCABULARY, WEIGHTS, read_bundle
from bioalbert.convert.configuration import albert_config
from bioalbert.convert.names import MAPPING, weights
from bioalbert.convert.tensor_bundle import write_tensors
from bioalbert.errors import InputError
from bioalbert.files import whole_folder, write_json, write_text
from bioalbert.provenance import Provenance

NAME = "model.ckpt"
GOOGLE_VOCABULARY = "30k-clean.model"  # the name in Google's archives, which its commands give


def convert_to_tf(bundle: Path, out: Path) -> int:
    """Writes OUT/model.ckpt.{index,data-00000-of-00001}, checkpoint, albert_config.json, 30k-clean.model, provenance.json.

    Returns the number of variables: the model's, without optimizer slots. Raises InputError when the bundle is not whole or holds what
    Google's graph cannot: another activation, or a mapping between equal widths that is not the identity.
    """
    config, tensors = read_bundle(bundle)
    google = albert_config(config, bundle / "config.json")
    vocabulary = bundle / VOCABULARY
    files = [file for file in (bundle / "config.json", bundle / WEIGHTS, vocabulary) if file.is_file()]
    provenance = Provenance("convert", {"direction": "hf-to-tf"}, files)
    if config.embedding_size == config.hidden_size:
        _refuse_mapping(tensors, bundle / WEIGHTS)
    table = weights(config)
    variables = {weight.tf: tensors[weight.hf].T if weight.transposed else tensors[weight.hf] for weight in table}
    with whole_folder(out) as unfinished:
        write_tensors(unfinished / NAME, variables)
        write_text(unfinished / "checkpoint", f'model_checkpoint_path: "{NAME}"\nall_model_checkpoint_paths: "{NAME}"\n')
        write_json(unfinished / "albert_config.json", google)
        if vocabulary.is_file():
            shutil.copyfile(vocabulary, unfinished / GOOGLE_VOCABULARY)
        provenance.write(unfinished)
    return len(variables)


def _refuse_mapping(tensors: dict[str, np.ndarray], file: Path) -> None:
    weight, bias = tensors[f"{MAPPING}.weight"], tensors[f"{MAPPING}.bias"]
    if np.any(bias) or not np.array_equal(weight, np.eye(len(bias), dtype=weight.dtype)):
        problem = "not the identity, but Google's graph has no such layer where embedding_size equals hidden_size"
        raise InputError(problem, file=file, place=f"{MAPPING}.weight")
