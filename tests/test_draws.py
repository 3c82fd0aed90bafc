"""Draws depend on their key alone."""

from itertools import combinations

import numpy as np
import pytest

from bioalbert.draws import generator

KEYS = [
    (1, "mask"), (2, "mask"), (1, "order"),
    (1, "mask", 1), (1, "mask", 2), (1, "mask", 0, 1), (1, "mask", 1, 1), (1, "mask", 0, 0, 1), (1, "mask", 2**64 - 1),
]  # fmt: skip


def drawn(key: tuple, count: int = 2000) -> np.ndarray:
    return generator(*key).random(count)


def test_equal_keys_draw_equally_whatever_was_drawn_before():
    alone = {key: drawn(key) for key in KEYS}
    generators = {key: generator(*key) for key in reversed(KEYS)}
    halves = {key: [source.random(1000)] for key, source in generators.items()}
    for key, source in generators.items():
        halves[key].append(source.random(1000))
    for key in KEYS:
        np.testing.assert_array_equal(np.concatenate(halves[key]), alone[key])


def test_different_keys_draw_independently():
    draws = {key: drawn(key) for key in KEYS}
    for one, other in combinations(KEYS, 2):
        assert len(np.intersect1d(draws[one], draws[other])) == 0, (one, other)
        # The standard error of a correlation of 2000 pairs is 0.022.
        assert abs(np.corrcoef(draws[one], draws[other])[0, 1]) < 0.1, (one, other)


def test_neighbouring_indices_do_not_overlap():
    """One index leaves 2**64 blocks of the counter to its draws, so a long stream never runs into the next one's."""
    long = generator(1, "mask", 5).integers(2**63, size=100_000)
    assert len(np.intersect1d(long, generator(1, "mask", 6).integers(2**63, size=1000))) == 0


def test_the_draws_are_those_of_every_release():
    """Recorded: a change here would change every pre-training stream."""
    assert generator(12, "mask", 3, 4).integers(1_000_000, size=4).tolist() == [183023, 375876, 118459, 663424]


def test_at_most_three_index_numbers():
    generator(1, "mask", 1, 2, 3)
    with pytest.raises(ValueError, match="at most three"):
        generator(1, "mask", 1, 2, 3, 4)
