"""Bootstrap intervals and paired tests: what is drawn, what is averaged, what the table shows of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bioalbert.draws import generator
from bioalbert.finetune.metrics.items import ITEMS, Item, Items, write_items
from bioalbert.results import intervals
from bioalbert.results.formats import as_csv, as_latex, as_markdown
from bioalbert.results.formulas import score
from bioalbert.results.intervals import BLOCK, RESAMPLES, estimate, resample
from bioalbert.results.rows import collect
from bioalbert.results.table import build
from tests.results.conftest import relation_scores

NAME = "gad@biobert"


def frame(formula: str, gold: np.ndarray, predicted: np.ndarray, correct: np.ndarray | None, stratum: np.ndarray | int = 0) -> pd.DataFrame:
    names = [f"{number}" for number in range(len(gold))]
    columns = {"item": names, "stratum": stratum, "gold": gold, "predicted": predicted, "correct": correct}
    return pd.DataFrame(columns | {"figure": "f1", "formula": formula})


def means(values: list[float], stratum: list[int] | int = 0) -> pd.DataFrame:
    """Items whose score is the mean of these values."""
    ones = np.ones(len(values))
    return frame("ratio", ones, ones, np.array(values, dtype=float), stratum)


def items(formula: str) -> pd.DataFrame:
    """30 items in two strata."""
    draws = np.random.default_rng(3)
    gold, predicted = draws.integers(0, 4, (2, 30)).astype(float)
    correct = None if formula in ("macro-3", "pearson") else np.minimum(gold, predicted)
    return frame(formula, gold, predicted, correct, stratum=np.repeat([1, 2], [10, 20]))


@pytest.mark.parametrize("formula", ["ratio", "example", "macro-3", "pearson"])
def test_a_resample_is_the_score_of_the_items_drawn(formula):
    """The first block, item by item: what is drawn stands in the file as often as it was drawn."""
    mine = items(formula)
    found = resample(NAME, {"a": {(1, 0): mine}})["a"]
    draws = generator(intervals.SEED, f"bootstrap {NAME}", 0)
    strata = [np.flatnonzero(mine["stratum"] == stratum) for stratum in (1, 2)]
    drawn = [places[draws.integers(len(places), size=(BLOCK, len(places)))] for places in strata]
    wanted = [score(mine.iloc[np.concatenate([places[one] for places in drawn])]) for one in range(BLOCK)]
    np.testing.assert_allclose(found.resampled[:BLOCK], wanted, rtol=0, atol=1e-12)
    assert found.score == score(mine) and len(found.resampled) == RESAMPLES and len(set(wanted)) > BLOCK / 2


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(1).random(400)
    (row,) = rows_of({"a": {(1, 0): means(values)}})
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert row["score"] == pytest.approx(values.mean()) and row["low"] < row["score"] < row["high"]


def rows_of(models: dict, baseline: str | None = None) -> list[dict]:
    return list(intervals.summarised(NAME, resample(NAME, models), baseline))


def test_items_are_drawn_within_their_stratum():
    """A batch that is all right beside one that is all wrong: nothing is left to chance, and each counts half."""
    found = resample(NAME, {"a": {(1, 0): means([1] * 3 + [0] * 9, stratum=[1] * 3 + [2] * 9)}})["a"]
    assert found.score == 0.5 and set(found.resampled) == {0.5}


def test_models_and_seeds_share_a_resample():
    values = np.random.default_rng(2).random(50)
    better = {(seed, 0): means(values + 0.01) for seed in (1, 2)}
    rows = {row["model"]: row for row in rows_of({"a": {(1, 0): means(values)}, "b": better, "c": {(5, 0): means(values)}}, "a")}
    for key, wanted in (("difference", 0.01), ("difference_low", 0.01), ("difference_high", 0.01), ("p", 2 / (RESAMPLES + 1))):
        assert rows["b"][key] == pytest.approx(wanted)  # whatever is drawn
    assert (rows["c"]["difference"], rows["c"]["p"]) == (0, 1)
    assert "p" not in rows["a"] and rows["b"]["baseline"] == "a"


def test_a_difference_that_may_be_chance():
    one, other = np.random.default_rng(4).integers(0, 2, (2, 60)).astype(float)
    row = rows_of({"a": {(1, 0): means(one)}, "b": {(1, 0): means(other)}}, "a")[1]
    assert row["difference_low"] < 0 < row["difference_high"] and 0.05 < row["p"] <= 1


def test_folds_are_averaged_before_seeds_and_drawn_apart():
    runs = {(1, 1): means([1, 0, 0, 0]), (1, 2): means([1, 1, 1, 0]), (2, 1): means([1, 1, 1, 1])}
    found = resample(NAME, {"a": runs})["a"]
    assert found.score == pytest.approx(((0.25 + 0.75) / 2 + 1) / 2) and found.folds == {1, 2}
    alone = resample(NAME, {"a": {(1, 1): runs[1, 1]}})["a"].resampled
    same = resample(NAME, {"a": {(1, 2): runs[1, 1]}})["a"].resampled
    assert not np.array_equal(alone, same)


def test_a_model_of_some_folds_is_not_tested_against_one_of_all():
    whole = {(1, fold): means([1, 0]) for fold in (1, 2)}
    rows = rows_of({"a": whole, "b": {(1, 1): means([0, 0])}}, "a")
    assert "p" not in rows[1] and rows[1]["low"] == 0


def test_a_resample_does_not_depend_on_who_else_is_there():
    mine, other = items("ratio"), items("ratio")
    alone = resample(NAME, {"b": {(1, 0): mine}})["b"].resampled
    assert np.array_equal(resample(NAME, {"a": {(7, 0): other}, "b": {(1, 0): mine}})["b"].resampled, alone)
    assert not np.array_equal(resample("gad@blurb", {"b": {(1, 0): mine}})["b"].resampled, alone)


def test_another_test_set_makes_no_pairs():
    assert list(resample(NAME, {"a": {(1, 0): means([1, 0])}, "b": {(1, 0): means([1, 0, 1])}})) == ["a"]


@pytest.fixture
def run_with_items(make_run):
    """Writes a run whose F1 and items are those of single-label predictions, right or wrong."""

    def make(model: str, right: list[int], **more: object) -> Path:
        correct = sum(right) / len(right)
        run = make_run(model, NAME, relation_scores(correct), **{"fold": 1} | more)
        write_items(
            run / ITEMS, Items("f1", "ratio", [Item(f"{n}", 1, 1, float(one), "t", "1", "0") for n, one in enumerate(right)]), False
        )
        return run

    return make


RIGHT = {"weak": [0] * 8 + [1] * 2, "strong": [1] * 9 + [0], "middle": [0] * 7 + [1, 1, 0]}


@pytest.fixture
def table(run_with_items, tmp_path):
    for model, right in RIGHT.items():
        run_with_items(model, right * 4)
    frame = estimate(sorted(tmp_path.glob("runs/*/*/*")), "weak")
    return build(collect([tmp_path / "runs"]), [], frame), frame


def test_the_table_shows_intervals_and_who_is_above_the_baseline(table):
    (line,) = table[0].lines
    middle, strong, weak = line.cells
    assert (strong.versus, middle.versus, weak.versus) == ("above", "", "") and strong.low < strong.mean == 90 < strong.high
    text = as_markdown(table[0])
    assert f"**90.00** ({strong.low:.1f}–{strong.high:.1f}) ▲ " in text and f"20.00 ({weak.low:.1f}–{weak.high:.1f}) " in text
    assert any(note.startswith("▲, ▼: above, below weak;") for note in table[0].notes)
    assert r"\textbf{90.00}$^\uparrow$ & 20.00 \\" in as_latex(table[0])
    assert f"90.00,,{strong.low:.2f},{strong.high:.2f},above," in as_csv(table[0])


def test_the_scores_of_the_items_are_those_of_the_rows(table):
    frame = table[1].set_index("model")
    assert {model: frame.loc[model, "score"] for model in RIGHT} == pytest.approx(
        {model: sum(right) / 10 for model, right in RIGHT.items()}
    )


def test_runs_without_items_have_no_interval_and_the_reason(run_with_items, make_run, tmp_path):
    make_run("old", NAME, relation_scores(0.5), fold=1)
    runs = sorted(tmp_path.glob("runs/*/*/*"))
    none = build(collect(runs), [], estimate(runs, None))
    assert none.lines[0].cells[0].low is None and none.notes[1].startswith("No intervals: ")
    run_with_items("new", [1, 0])
    runs = sorted(tmp_path.glob("runs/*/*/*"))
    some = build(collect(runs), [], estimate(runs, None))
    assert [cell.low is None for cell in some.lines[0].cells] == [False, True]
    told = [note for note in some.notes if "no interval for old (a run without items.parquet" in note]
    assert len(told) == 1 and told[0].startswith("gad@biobert: 1 of its 10 folds only; ")


def test_a_baseline_that_is_no_model(run_with_items, refused, tmp_path):
    run_with_items("weak", [1, 0])
    line = refused("table", "--runs", tmp_path / "runs", "--output", tmp_path / "tables", "--baseline", "waek")
    assert line == "bioalbert: --baseline: no run of the model 'waek'; did you mean weak?"
    assert not (tmp_path / "tables").exists()
