"""Whether two bundles are the same model: every tensor, the configuration's facts, the outputs on a fixed batch."""

from pathlib import Path

import numpy as np
import torch
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.convert.bundle import read_bundle
from bioalbert.convert.configuration import FACTS
from bioalbert.draws import generator
from bioalbert.errors import InputError
from bioalbert.files import write_json
from bioalbert.provenance import Provenance

TOLERANCE = 1e-4  # on logits of order 1: thirty times what float32 leaves, a twentieth of what a wrong GELU makes
SEQUENCES, LENGTH = 4, 64


def check_bundles(bundle: Path, other: Path, output: Path) -> dict:
    """Compares two bundles, writes the report to `output` and returns it.

    Raises InputError when a bundle is not whole or, after the report is written, when the two differ: the first difference is named.
    """
    provenance = Provenance("convert check", {}, [bundle, other])
    (config, tensors), (other_config, others) = read_bundle(bundle), read_bundle(other)
    facts = {key: [getattr(config, key), getattr(other_config, key)] for key in FACTS}
    names = list(dict.fromkeys([*tensors, *others]))
    same_shapes = all(name in tensors and name in others and tensors[name].shape == others[name].shape for name in names)
    report = {
        "bundles": [str(bundle), str(other)],
        "equal": False,
        "config": {"compared": list(FACTS), "different": {key: pair for key, pair in facts.items() if pair[0] != pair[1]}},
        "tensors": {
            "compared": len(names),
            "different": [name for name in names if not _bits_equal(tensors.get(name), others.get(name))],
            "largest_difference": _largest(tensors, others) if same_shapes else None,
        },
        "outputs": {"tolerance": TOLERANCE, "largest_difference": _outputs(bundle, other, config) if same_shapes else None},
    }
    problem = _first_difference(report)
    report["equal"] = problem is None
    write_json(output, report)
    provenance.restricted = False  # numbers only
    provenance.write(output)
    if problem:
        raise InputError(f"differs from {bundle}: {problem}", file=other, fix=f"see {output}")
    return report


def _bits_equal(one: np.ndarray | None, other: np.ndarray | None) -> bool:
    return one is not None and other is not None and one.shape == other.shape and one.tobytes() == other.tobytes()


def _largest(tensors: dict[str, np.ndarray], others: dict[str, np.ndarray]) -> float | str:
    return _number(float(np.max([np.abs(tensors[name] - others[name]).max() for name in tensors])))


def _number(value: float) -> float | str:
    """JSON has no infinity and no NaN."""
    return value if np.isfinite(value) else str(value)


def _outputs(bundle: Path, other: Path, config: AlbertConfig) -> dict[str, float | str]:
    """The largest absolute difference of each output."""
    batch = random_batch(config)
    results = []
    for folder in (bundle, other):
        model = AlbertForPreTraining.from_pretrained(folder, dtype=torch.float32).eval()
        with torch.no_grad():
            results.append(model(**batch))
    heads = {"mlm": "prediction_logits", "sop": "sop_logits"}
    return {name: _number(float((results[0][key] - results[1][key]).abs().max())) for name, key in heads.items()}


def random_batch(config: AlbertConfig) -> dict[str, torch.Tensor]:
    """Four sequences of two segments, the later ones padded; the same for every model of one vocabulary size."""
    draw = generator(0, "convert check")
    length = min(LENGTH, config.max_position_embeddings)
    position = np.arange(length)
    sizes = np.linspace(length, length // 2, SEQUENCES).astype(int)[:, None]
    return {
        "input_ids": torch.from_numpy(draw.integers(1, config.vocab_size, (SEQUENCES, length))),
        "attention_mask": torch.from_numpy((position < sizes).astype(np.int64)),
        "token_type_ids": torch.from_numpy((position >= sizes // 2).astype(np.int64) * (config.type_vocab_size > 1)),
    }


def _first_difference(report: dict) -> str | None:
    config, tensors, outputs = report["config"]["different"], report["tensors"], report["outputs"]["largest_difference"]
    if config:
        key, (value, other) = next(iter(config.items()))
        return f"{key} is {value} and {other}"
    if tensors["different"]:
        first, count, largest = tensors["different"][0], len(tensors["different"]), tensors["largest_difference"]
        return f"{count} tensors, the first is {first} (largest difference {largest})"
    for name, value in (outputs or {}).items():
        if not isinstance(value, float) or value > TOLERANCE:
            return f"{name} logits by {value}"
    return None
