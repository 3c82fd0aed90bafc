"""Checkpoints and bundles to convert: random ones, and copies of the oracle's tensors."""

import shutil
from pathlib import Path

import numpy as np
import sentencepiece
import torch
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.convert.configuration import albert_config
from bioalbert.convert.names import weights
from bioalbert.convert.tensor_bundle import TensorBundle, write_tensors
from bioalbert.files import write_json

SMALL = {
    "vocab_size": 48,
    "embedding_size": 8,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "intermediate_size": 20,
    "max_position_embeddings": 16,
    "hidden_act": "gelu_new",
    "hidden_dropout_prob": 0.0,
    "attention_probs_dropout_prob": 0.0,
}


def read_all(prefix: Path) -> dict[str, np.ndarray]:
    checkpoint = TensorBundle(prefix)
    return {name: np.array(checkpoint.tensor(name)) for name in checkpoint.entries}


def checkpoint_folder(folder: Path, tensors: dict[str, np.ndarray], config_file: Path) -> Path:
    folder.mkdir()
    write_tensors(folder / "model.ckpt", tensors)
    shutil.copyfile(config_file, folder / "albert_config.json")
    return folder


BASE = {
    "vocab_size": 30000,
    "embedding_size": 128,
    "hidden_size": 768,
    "num_hidden_layers": 12,
    "num_attention_heads": 12,
    "intermediate_size": 3072,
    "max_position_embeddings": 512,
}


def random_checkpoint(folder: Path, **changes) -> dict[str, np.ndarray]:
    """Fills `folder` with a checkpoint as Google's code would save it, every weight random; returns its tensors."""
    config = AlbertConfig(**SMALL | changes)
    draw = np.random.default_rng(5)
    tensors = {weight.tf: draw.normal(0, 0.5, weight.shape).astype(np.float32) for weight in weights(config)}
    folder.mkdir()
    write_tensors(folder / "model.ckpt", tensors)
    write_json(folder / "albert_config.json", albert_config(config, folder))
    return tensors


def plain_bundle(folder: Path, **changes) -> Path:
    """What transformers itself saves, every weight random (norms and biases too)."""
    torch.manual_seed(7)
    model = AlbertForPreTraining(AlbertConfig(**SMALL | changes))
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    model.save_pretrained(folder)
    return folder


def train_vocabulary(file: Path, sentences: list[str]) -> Path:
    """A SentencePiece model with ALBERT's special pieces and symbols, as many pieces as SMALL has."""
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences * 20),
        model_prefix=str(file.with_suffix("")),
        vocab_size=SMALL["vocab_size"],
        pad_id=0,
        unk_id=1,
        bos_id=-1,
        eos_id=-1,
        control_symbols=["[CLS]", "[SEP]", "[MASK]"],
        user_defined_symbols=["(", ")", '"', "-", ".", "–", "£", "€"],
        minloglevel=2,
    )
    return file


def outputs(folder: Path, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A bundle's outputs, under the names of the oracle's: sequence_output, pooled_output, mlm_logits, sop_logits."""
    model = AlbertForPreTraining.from_pretrained(folder).eval()
    names = {"input_ids": "input_ids", "attention_mask": "input_mask", "token_type_ids": "segment_ids"}
    inputs = {name: torch.from_numpy(batch[key].astype(np.int64)) for name, key in names.items()}
    with torch.no_grad():
        encoded, whole = model.albert(**inputs), model(**inputs)
    found = (encoded.last_hidden_state, encoded.pooler_output, whole.prediction_logits, whole.sop_logits)
    return dict(zip(("sequence_output", "pooled_output", "mlm_logits", "sop_logits"), (tensor.numpy() for tensor in found), strict=True))


def largest_difference(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> float:
    return max(float(np.abs(found[name] - expected[name]).max()) for name in found)


def random_inputs(vocabulary: int = SMALL["vocab_size"]) -> dict[str, np.ndarray]:
    """Three sequences of two segments, two of them padded, under the oracle's names."""
    draw = np.random.default_rng(3)
    lengths = np.array([[12], [9], [7]])
    position = np.arange(12)
    return {
        "input_ids": draw.integers(1, vocabulary, (3, 12)),
        "input_mask": (position < lengths).astype(np.int64),
        "segment_ids": (position >= 5).astype(np.int64),
    }
