"""Reads what SentencePiece's Python interface does not show of a .model file (a protocol buffer), without the protobuf package.

Field numbers: sentencepiece_model.proto of google/sentencepiece.
"""

from pathlib import Path

from bioalbert.protobuf import fields

TRAINER_SPEC, NORMALIZER_SPEC = 2, 3  # of ModelProto
MODEL_TYPE, UNIGRAM = 3, 1  # of TrainerSpec
PRECOMPILED_CHARSMAP = 2  # of NormalizerSpec


def normalizer_charsmap(model_file: Path) -> bytes:
    """The compiled character map of the model's normaliser; empty for the rule `identity`."""
    model = dict(fields(model_file.read_bytes()))
    return dict(fields(model.get(NORMALIZER_SPEC, b""))).get(PRECOMPILED_CHARSMAP, b"")


def is_unigram(model_file: Path) -> bool:
    """Whether the model is a unigram language model (the default of the format), not BPE, word or character."""
    model = dict(fields(model_file.read_bytes()))
    return dict(fields(model.get(TRAINER_SPEC, b""))).get(MODEL_TYPE, UNIGRAM) == UNIGRAM
