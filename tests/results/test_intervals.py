"""Bootstrap intervals and paired tests: what is drawn, what is averaged, what the table shows of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from bioalbert.finetune.metrics.items import ITEMS, Item, Items, write_items
from bioalbert.results import intervals
from bioalbert.results.formats import as_csv, as_latex, as_markdown
from bioalbert.results.formulas import find, score
from bioalbert.results.intervals import RESAMPLES, estimate, resample
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


def items(formula: str, seed: int = 3) -> pd.DataFrame:
    """30 items in two strata."""
    draws = np.random.default_rng(seed)
    gold, predicted = draws.integers(0, 4, (2, 30)).astype(float)
    correct = None if formula in ("macro-3", "pearson") else np.minimum(gold, predicted)
    return frame(formula, gold, predicted, correct, stratum=np.repeat([1, 2], [10, 20]))


def item_by_item(models: list[pd.DataFrame], resamples: int) -> np.ndarray:
    """The plain bootstrap, float64 [models, resamples]: the scores of as many items as there are, drawn within their strata."""
    draws = np.random.default_rng(5)
    strata = [np.flatnonzero(models[0]["stratum"] == stratum) for stratum in (1, 2)]
    drawn = [[draws.choice(places, len(places)) for places in strata] for _ in range(resamples)]
    formula = find(models[0]["formula"].iloc[0])
    terms = [formula.terms(mine) for mine in models]
    return np.array(
        [[np.mean([formula.score(mine[places].sum(axis=0), len(places)) for places in one]) for one in drawn] for mine in terms]
    )


def apart(one: np.ndarray, other: np.ndarray) -> float:
    """The greatest distance between two empirical distribution functions, in units of what chance lets one pair in 100 exceed
    (Kolmogorov and Smirnov: 1.63 sqrt((n + m) / (n m))). Values are equal up to rounding."""
    one, other = np.sort(one.round(9)), np.sort(other.round(9))
    steps = np.concatenate([one, other])
    distance = np.abs(np.searchsorted(one, steps, "right") / len(one) - np.searchsorted(other, steps, "right") / len(other)).max()
    return distance / (1.63 * np.sqrt(1 / len(one) + 1 / len(other)))


@pytest.mark.parametrize("formula", ["ratio", "example", "macro-3", "pearson"])
def test_resamples_are_distributed_as_those_of_the_plain_bootstrap(formula):
    """Of a model, and of the difference between two on the same items."""
    mine, other = items(formula), items(formula, seed=8)
    plain = item_by_item([mine, other], resamples=2000)
    (alone,) = resample(NAME, [{(1, 0): mine}])
    pair = resample(NAME, [{(1, 0): mine}, {(1, 0): other}])
    assert alone[0] == pair[0, 0] == score(mine) and pair[1, 0] == score(other) and alone.shape == (1 + RESAMPLES,)
    assert apart(alone[1:], plain[0]) < 1 and apart(pair[1, 1:], plain[1]) < 1
    assert apart(pair[0, 1:] - pair[1, 1:], plain[0] - plain[1]) < 1
    assert apart(alone[1:], alone[1:] + 0.2 * alone[1:].std()) > 1  # it would be seen


def test_two_models_that_differ_on_few_items_are_told_apart_item_by_item():
    """Drawn apart, their difference would be as wide as their scores are."""
    one = np.random.default_rng(2).integers(0, 2, 200).astype(float)
    other = np.where(np.arange(200) < 10, 1 - one, one)
    row = rows_of({"a": {(1, 0): means(one)}, "b": {(1, 0): means(other)}}, "a")[1]
    assert row["difference_high"] - row["difference_low"] == pytest.approx(2 * 1.96 * (one - other).std() / np.sqrt(200), rel=0.1)


def test_the_interval_of_a_mean_is_as_wide_as_theory_says():
    values = np.random.default_rng(1).random(400)
    (row,) = rows_of({"a": {(1, 0): means(values)}})
    assert row["high"] - row["low"] == pytest.approx(2 * 1.96 * values.std() / 20, rel=0.1)
    assert row["score"] == pytest.approx(values.mean()) and row["low"] < row["score"] < row["high"]


def rows_of(models: dict, baseline: str | None = None) -> list[dict]:
    return list(intervals.summarised(NAME, models, baseline))


def test_items_are_drawn_within_their_stratum():
    """A batch that is all right beside one that is all wrong: nothing is left to chance, and each counts half."""
    assert set(resample(NAME, [{(1, 0): means([1] * 3 + [0] * 9, stratum=[1] * 3 + [2] * 9)}])[0]) == {0.5}


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
    assert resample(NAME, [runs])[0, 0] == pytest.approx(((0.25 + 0.75) / 2 + 1) / 2)
    assert not np.array_equal(resample(NAME, [{(1, 1): runs[1, 1]}]), resample(NAME, [{(1, 2): runs[1, 1]}]))


def test_a_model_of_some_folds_is_not_tested_against_one_of_all():
    whole = {(1, fold): means([1, 0]) for fold in (1, 2)}
    rows = rows_of({"a": whole, "b": {(1, 1): means([0, 0])}}, "a")
    assert "p" not in rows[1] and rows[1]["low"] == 0 and rows[1]["lacks"] == "not compared with a (other folds or test items)"


def test_an_interval_depends_on_nothing_else_that_is_there():
    """Neither on other models, nor on the order of runs and items; the draws are the protocol's own."""
    mine, other = items("ratio"), items("ratio", seed=8)
    runs = {(1, 0): mine, (2, 0): other}
    (alone,) = rows_of({"b": runs})
    shuffled = {key: runs[key].sample(frac=1, random_state=1) for key in ((2, 0), (1, 0))}
    beside = rows_of({"a": {(7, 0): other.sample(frac=1, random_state=1)}, "b": shuffled, "c": {(1, 0): means([1, 0])}}, "a")[1]
    assert {key: beside[key] for key in alone} == alone and "p" in beside
    assert not np.array_equal(resample("gad@blurb", [runs]), resample(NAME, [runs]))


def test_other_test_items_make_no_pairs():
    rows = rows_of({"a": {(1, 0): means([1, 0])}, "b": {(1, 0): means([1, 0, 1])}, "c": {(1, 0): means([1]), (2, 0): means([0, 1])}}, "a")
    assert [row.get("lacks", "")[:34] for row in rows] == ["", "not compared with a (other folds o", "no interval (its runs are on diffe"]
    assert "p" not in rows[1] and rows[1]["high"] == 1 and "low" not in rows[2]


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
    below = " & ".join(rf"\scriptsize ({cell.low:.1f}--{cell.high:.1f})" for cell in line.cells)
    rows = as_latex(table[0]).splitlines()
    place = rows.index(r"gad@biobert & f1 & 20.00$^\dagger$ & \textbf{90.00}$^\uparrow$$^\dagger$ & 20.00$^\dagger$ \\")
    assert rows[place + 1] == rf" &  & {below} \\"
    assert f"90.00,,{strong.low:.2f},{strong.high:.2f},above,1 of its 10 folds only," in as_csv(table[0])


def test_the_scores_of_the_items_are_those_of_the_rows(table):
    frame = table[1].set_index("model")
    assert {model: frame.loc[model, "score"] for model in RIGHT} == pytest.approx(
        {model: sum(right) / 10 for model, right in RIGHT.items()}
    )


def test_runs_without_items_have_no_interval_and_are_named_with_the_remedy(run_with_items, make_run, tmp_path):
    for fold in (3, 5):
        make_run("old", NAME, relation_scores(0.5), fold=fold)
    runs = sorted(tmp_path.glob("runs/*/*/*"))
    none = build(collect(runs), [], estimate(runs, None))
    reason = "no interval (no items.parquet in the run of seed 1, fold 3 and 1 more; bioalbert evaluate --run DIR writes it)"
    assert none.lines[0].cells[0].low is None and f"{NAME}: old: {reason}." in none.notes
    run_with_items("new", [1, 0])
    runs = sorted(tmp_path.glob("runs/*/*/*"))
    some = build(collect(runs), [], estimate(runs, None))
    assert [cell.low is None for cell in some.lines[0].cells] == [False, True]
    assert f"{NAME}: old: {reason}." in some.notes and any(note.startswith("(a–b): ") for note in some.notes)


def test_a_baseline_that_is_no_model(run_with_items, refused, tmp_path):
    run_with_items("weak", [1, 0])
    line = refused("table", "--runs", tmp_path / "runs", "--output", tmp_path / "tables", "--baseline", "waek")
    assert line == "bioalbert: --baseline: no run of the model 'waek'; did you mean weak?"
    assert not (tmp_path / "tables").exists()
