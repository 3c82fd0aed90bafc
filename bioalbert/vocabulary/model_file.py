"""Reads what SentencePiece's Python interface does not show of a .model file (a protocol buffer), without the protobuf package.

Field numbers: sentencepiece_model.proto of google/sentencepiece.
"""

from collections.abc import Iterator
from pathlib import Path

TRAINER_SPEC, NORMALIZER_SPEC = 2, 3  # of ModelProto
MODEL_TYPE, UNIGRAM = 3, 1  # of TrainerSpec
PRECOMPILED_CHARSMAP = 2  # of NormalizerSpec


def normalizer_charsmap(model_file: Path) -> bytes:
    """The compiled character map of the model's normaliser; empty for the rule `identity`."""
    model = dict(_fields(model_file.read_bytes()))
    return dict(_fields(model.get(NORMALIZER_SPEC, b""))).get(PRECOMPILED_CHARSMAP, b"")


def is_unigram(model_file: Path) -> bool:
    """Whether the model is a unigram language model (the default of the format), not BPE, word or character."""
    model = dict(_fields(model_file.read_bytes()))
    return dict(_fields(model.get(TRAINER_SPEC, b""))).get(MODEL_TYPE, UNIGRAM) == UNIGRAM


def _fields(message: bytes) -> Iterator[tuple[int, int | bytes]]:
    """(field number, value) of each field: a number for a varint, bytes for all others."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        field, wire = key >> 3, key & 7
        if wire == 0:
            value, at = _varint(message, at)
            yield field, value
            continue
        if wire == 2:
            size, at = _varint(message, at)
        else:
            size = {1: 8, 5: 4}[wire]
        yield field, message[at : at + size]
        at += size


def _varint(message: bytes, at: int) -> tuple[int, int]:
    """The number at `at` (seven bits a byte, least significant first) and the place behind it."""
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at
