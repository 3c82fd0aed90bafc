"""Randomness that depends on what is drawn, never on who draws it or in which order."""

import zlib

import numpy as np

from bioalbert.errors import InputError


def generator(seed: int, purpose: str, *index: int) -> np.random.Generator:
    """A counter-based generator keyed by (seed, purpose, index...): equal keys give equal draws on any worker or rank.

    Philox's 128-bit key holds the seed and the purpose (its CRC-32), its counter the index (up to three numbers below 2**64);
    the lowest counter word is left to the draws themselves (Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3").
    Raises InputError for a seed out of range.
    """
    if not 0 <= seed < 2**64:
        raise InputError(f"the seed is {seed}", fix="give a number from 0 to 2^64 - 1")
    if len(index) > 3:
        raise ValueError("at most three index numbers")
    key = np.array([seed, zlib.crc32(purpose.encode())], dtype=np.uint64)
    counter = np.zeros(4, dtype=np.uint64)
    counter[1 : 1 + len(index)] = index
    return np.random.Generator(np.random.Philox(key=key, counter=counter))
