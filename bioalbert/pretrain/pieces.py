"""What drawing examples has to know of a vocabulary: its special pieces, and which pieces start a word."""

import string
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from sentencepiece import SentencePieceProcessor

from bioalbert.vocabulary.tokenizer import SPECIAL_PIECES

PAD, _, CLS, SEP, MASK = range(len(SPECIAL_PIECES))
LETTERS = frozenset(string.ascii_letters)
# google-research/albert, create_pretraining_data.py, _is_start_piece_sp: ASCII punctuation without ' < = >
PUNCTUATION = frozenset('!"#$%&()*+,-./:;?@[\\]^_`{|}~£€')


@dataclass(frozen=True)
class Pieces:
    """A vocabulary of `size` pieces; `starts_word`: bool [size]."""

    size: int
    starts_word: np.ndarray


def starts_word(piece: str) -> bool:
    """Google's rule: a piece starts a word unless it is made of ASCII letters (with punctuation among them) only.

    So "▁" and "<" start a word, and so do a punctuation mark, a digit and any other character.
    """
    if piece.startswith(("▁", "<")) or piece in PUNCTUATION:
        return True
    return not all(character in LETTERS or character in PUNCTUATION for character in piece)


def read_pieces(model_file: Path) -> Pieces:
    """The pieces of an ALBERT vocabulary's SentencePiece model."""
    model = SentencePieceProcessor(model_file=str(model_file))
    return Pieces(len(model), np.array([starts_word(model.id_to_piece(piece)) for piece in range(len(model))]))
