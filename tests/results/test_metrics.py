"""The means that DVC compares."""

import pandas as pd
import pytest

from bioalbert.results.metrics import means


def test_folds_are_averaged_before_seeds():
    columns = ["protocol", "model", "level", "metric", "seed", "fold", "value"]
    rows = [
        ("gad@biobert", "m", "", "f1", 1, 1, 0.2),
        ("gad@biobert", "m", "", "f1", 1, 2, 0.4),
        ("gad@biobert", "m", "", "f1", 2, 1, 0.9),  # a seed with one fold weighs as much as the one with two
        ("ncbi@biobert", "m", "entity", "f1", 1, 0, 0.5),
        ("ncbi@biobert", "m", "token", "f1", 1, 0, 0.75),
    ]
    found = means(pd.DataFrame(rows, columns=columns))
    assert found["gad@biobert"]["m"]["f1"] == pytest.approx((0.3 + 0.9) / 2)
    assert found["ncbi@biobert"] == {"m": {"entity f1": 0.5, "token f1": 0.75}}
