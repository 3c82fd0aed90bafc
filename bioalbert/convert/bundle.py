"""A model bundle: the Hugging Face folder that every other stage reads. Here alone it is written, and read with its faults named.

config.json, model.safetensors, spiece.model, tokenizer.json, tokenizer_config.json, README.md (the model card), provenance.json.
"""

import shutil
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path

import numpy as np
import sentencepiece
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file
from transformers import AlbertConfig

from bioalbert.convert.card import Card, as_markdown
from bioalbert.convert.configuration import read_hf_config
from bioalbert.convert.names import TIED, hf_shapes
from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json, write_text
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.tokenizer import write_tokenizer

WEIGHTS = "model.safetensors"
VOCABULARY = "spiece.model"
TOKENIZER = (VOCABULARY, "tokenizer.json", "tokenizer_config.json")


def write_bundle(
    folder: Path,
    config: AlbertConfig,
    parameters: Mapping[str, np.ndarray],
    card: Card,
    provenance: Provenance,
    vocabulary: Path | None,
) -> None:
    """Fills `folder`, an unfinished one (files.whole_folder). Equal arguments give equal bytes, provenance.json apart.

    parameters: AlbertForPreTraining's in float32 by name, tied second names left out (names.hf_shapes). The files are byte for byte those
    of transformers' save_pretrained, which would take the time of loading all its model code.
    vocabulary: a vocabulary folder, whose tokenizer is copied, or a SentencePiece model, from which one is made; None: no tokenizer.
    Raises InputError when the vocabulary's size is not the model's.
    """
    saved = deepcopy(config)
    saved.architectures, saved.dtype = ["AlbertForPreTraining"], "float32"
    saved.save_pretrained(folder)
    contiguous = {name: np.require(parameter, np.float32, "C") for name, parameter in parameters.items()}
    save_file(contiguous, folder / WEIGHTS, metadata={"format": "pt"})
    (folder / WEIGHTS).chmod((folder / "config.json").stat().st_mode)  # safetensors leaves it to the owner alone
    if vocabulary is not None:
        _put_tokenizer(folder, config, vocabulary)
    count = sum(parameter.size for parameter in parameters.values())
    write_text(folder / "README.md", as_markdown(card, config, count, has_tokenizer=vocabulary is not None))
    provenance.write(folder, card.restricted)


def _put_tokenizer(folder: Path, config: AlbertConfig, vocabulary: Path) -> None:
    source = vocabulary / VOCABULARY if vocabulary.is_dir() else vocabulary
    _check_size(source, config)
    if vocabulary.is_dir():
        for name in TOKENIZER:
            if not (vocabulary / name).is_file():
                raise InputError(f"no {name}: not a vocabulary folder", file=vocabulary, fix="make one with `bioalbert vocabulary`")
            shutil.copyfile(vocabulary / name, folder / name)
    else:
        write_tokenizer(vocabulary, folder, cased=_is_cased(vocabulary))
    # A model of fewer positions than the tokenizer's 512 would fail on text that the tokenizer lets through.
    settings = read_json(folder / "tokenizer_config.json")
    write_json(folder / "tokenizer_config.json", settings | {"model_max_length": config.max_position_embeddings})


def _check_size(vocabulary: Path, config: AlbertConfig) -> None:
    pieces = len(_pieces(vocabulary))
    if pieces != config.vocab_size:
        problem = f"a vocabulary of {pieces} pieces for a model of {config.vocab_size}"
        raise InputError(problem, file=vocabulary, fix="use the vocabulary that the model was trained with")


def _is_cased(vocabulary: Path) -> bool:
    """Whether any piece holds an upper-case letter: Google lower-cases before SentencePiece, so its models don't say it themselves."""
    return any(piece != piece.lower() for piece in _pieces(vocabulary) if not piece.startswith(("[", "<")))


def _pieces(vocabulary: Path) -> list[str]:
    if not vocabulary.is_file():
        raise InputError("no such SentencePiece model", file=vocabulary)
    try:
        model = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary))
    except (RuntimeError, OSError):
        raise InputError("not a SentencePiece model", file=vocabulary) from None
    return [model.id_to_piece(piece) for piece in range(len(model))]


def load_bundle_config(folder: Path) -> AlbertConfig:
    """A bundle's configuration. Raises InputError when the folder, its config.json or a value in it is missing or wrong."""
    if not (folder / "config.json").is_file():
        fix = "give a folder that `bioalbert` or transformers saved a model in, or make one with `bioalbert convert tf-to-hf`"
        raise InputError("no config.json: not a model bundle", file=folder, fix=fix)
    return read_hf_config(folder / "config.json")


def check_bundle(folder: Path) -> AlbertConfig:
    """The configuration of a whole bundle. Raises InputError for all that `read_bundle` does."""
    return read_bundle(folder)[0]


def read_bundle(folder: Path) -> tuple[AlbertConfig, dict[str, np.ndarray]]:
    """A whole bundle's configuration and float32 parameters of AlbertForPreTraining by name, tied second names left out.

    Raises InputError when a parameter is missing, unknown or of another shape or dtype, a tied name holds something else, or the
    vocabulary's size is not the model's. A bundle without a tokenizer is whole.
    """
    config = load_bundle_config(folder)
    if (folder / VOCABULARY).is_file():
        _check_size(folder / VOCABULARY, config)
    return config, _parameters(folder, config)


def _parameters(folder: Path, config: AlbertConfig) -> dict[str, np.ndarray]:
    file = folder / WEIGHTS
    stored = _read_safetensors(file)
    for second, first in TIED.items():
        if second in stored and not np.array_equal(stored.pop(second), stored.get(first)):
            raise InputError(f"differs from {first}, which ALBERT ties it to", file=file, place=second)
    shapes = hf_shapes(config)
    for name, shape in shapes.items():
        if name not in stored:
            fix = "give a bundle of AlbertForPreTraining, not a fine-tuned model"
            raise InputError("missing", file=file, place=name, fix=fix)
        if stored[name].shape != shape:
            problem = f"shape {stored[name].shape}, but config.json needs {shape}"
            raise InputError(problem, file=file, place=name, fix="use the config.json of these weights")
    unknown = sorted(stored.keys() - shapes.keys())
    if unknown:
        raise InputError(f"{len(unknown)} parameters that AlbertForPreTraining does not have", file=file, place=unknown[0])
    return {name: stored[name] for name in shapes}


def _read_safetensors(file: Path) -> dict[str, np.ndarray]:
    if not file.is_file():
        raise InputError(f"no {file.name}", file=file.parent, fix="save the model with safetensors (transformers' save_pretrained)")
    try:
        with safe_open(file, framework="numpy") as stored:
            names = list(stored.keys())
            for name in names:
                dtype = stored.get_slice(name).get_dtype()
                if dtype != "F32":
                    raise InputError(f"dtype {dtype}, not float32", file=file, place=name, fix="save the model in float32")
            return {name: stored.get_tensor(name) for name in names}
    except SafetensorError as error:
        raise InputError(f"damaged ({error})", file=file, fix="copy or download it again") from None
