"""Correlations, against SciPy, and where they are not defined."""

import numpy as np
import pytest
from scipy import stats

from bioalbert.finetune.metrics.similarity import average_ranks, score_similarity


def test_both_correlations_against_scipy() -> None:
    draws = np.random.default_rng(3)
    for size in (2, 3, 20, 500):
        gold = draws.integers(0, 9, size) / 2  # with ties
        gold[0] = 9
        found = gold + draws.normal(0, 1, size).round(1)
        score = score_similarity(gold.tolist(), found.tolist())
        assert score["pearson"] == pytest.approx(stats.pearsonr(gold, found)[0], abs=1e-12)
        assert score["spearman"] == pytest.approx(stats.spearmanr(gold, found)[0], abs=1e-12)


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert average_ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])).tolist() == [4, 1, 4, 2, 4]


def test_the_scale_does_not_matter_and_the_sign_does() -> None:
    gold = [0.0, 1.5, 2.0, 4.0]
    assert score_similarity(gold, [value / 4 for value in gold]) == pytest.approx({"pearson": 1.0, "spearman": 1.0})
    assert score_similarity(gold, [-(value**3) for value in gold])["spearman"] == -1.0


@pytest.mark.parametrize(("gold", "found"), [([1, 2, 3], [0.1, 0.1, 0.1]), ([2, 2], [1, 3]), ([1], [1]), ([], []), ([1, 2], [5e-324, 0.0])])
def test_it_is_never_nan(gold: list, found: list) -> None:
    score = score_similarity(gold, found)
    assert all(np.isfinite(value) for value in score.values())
    assert score["pearson"] == 0 or len(set(found)) == 2


def test_lists_of_other_lengths_are_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="1 predictions for 2 pairs"):
        score_similarity([1, 2], [1])
