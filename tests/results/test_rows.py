"""Finished runs to tidy rows."""

import re
import shutil

import pytest

from bioalbert.errors import InputError
from bioalbert.files import write_json
from bioalbert.results.notes import NO_AUDIT
from bioalbert.results.rows import collect, find, read_leaks
from bioalbert.results.table import build
from tests.results.conftest import answer_scores, entity_scores, relation_scores

COLUMNS = ["model", "dataset", "protocol", "metric", "level", "seed", "fold", "value", "comparable", "flags", "leaked", "not_audited"]


def test_every_figure_of_a_run_is_a_row(make_run):
    run = make_run(
        "small", "demo-ner@biobert", entity_scores(0.25), seed=3, comparable="Table 2", flags=(("limited", "9 rows"), ("x", "y"))
    )
    rows = collect([run])
    assert list(rows.columns) == COLUMNS
    assert list(zip(rows["level"], rows["metric"], rows["value"])) == [
        ("entity", "correct", 5.0),
        ("entity", "f1", 0.25),
        ("entity", "gold", 10.0),
        ("entity", "precision", 0.25),
        ("entity", "predicted", 10.0),
        ("entity", "recall", 0.25),
        ("lost:test", "words", 0.0),
        ("lost:train", "words", 3.0),
        ("token", "accuracy", 0.99),
        ("token", "f1", 0.25),
        ("token", "precision", 0.25),
        ("token", "recall", 0.25),
    ]
    common = rows[["model", "dataset", "protocol", "seed", "fold", "comparable", "flags"]].drop_duplicates()
    assert common.values.tolist() == [["small", "demo-ner", "demo-ner@biobert", 3, 0, "Table 2", "limited: 9 rows | x: y"]]


def test_figures_of_each_type_have_levels_of_their_own(make_run):
    typed = {"cell-line": entity_scores(0.5)["entity"], "DNA": entity_scores(0.0)["entity"]}
    rows = collect([make_run("small", "demo-ner@biobert", entity_scores(0.25) | {"types": typed})])
    f1 = rows[rows["metric"] == "f1"]
    assert list(zip(f1["level"], f1["value"])) == [("entity", 0.25), ("entity:DNA", 0.0), ("entity:cell-line", 0.5), ("token", 0.25)]
    lines = build(rows, []).lines  # the table shows micro only
    assert [line.figure for line in lines] == ["entity f1", "token f1"]


def test_scores_without_levels(make_run):
    rows = collect([make_run("small", "gad@biobert", relation_scores(0.5), fold=2)])
    lost = [("lost:test", "words"), ("lost:train", "words")]
    assert list(zip(rows["level"], rows["metric"])) == [("", "f1"), ("", "precision"), ("", "recall"), *lost]
    assert set(rows["fold"]) == {2}
    assert set(rows["comparable"]) == set(rows["flags"]) == {""}
    rows = collect([make_run("small", "biosses@blue", {"pearson": 0.5, "baseline": {"pearson": 0.0}, "seen_in_training": 0.1})])
    assert list(zip(rows["level"], rows["metric"], rows["value"])) == [
        ("", "pearson", 0.5),
        ("", "seen_in_training", 0.1),
        ("baseline", "pearson", 0.0),
        ("lost:test", "words", 0.0),
        ("lost:train", "words", 3.0),
    ]
    rows = collect([make_run("small", "demo-qa@biobert", answer_scores(0.5))])
    assert list(rows["metric"]) == ["lenient_accuracy", "mrr", "questions", "strict_accuracy", "words", "words"]


def test_runs_are_found_at_any_depth_in_a_fixed_order(make_run, tmp_path):
    runs = [make_run(model, "gad@biobert", relation_scores(0.5), seed) for model in ("b", "a") for seed in (2, 1)]
    rows = collect([tmp_path / "runs"])
    assert list(zip(rows["model"], rows["metric"], rows["seed"]))[:4] == [
        ("a", "f1", 1),
        ("a", "f1", 2),
        ("a", "precision", 1),
        ("a", "precision", 2),
    ]
    assert len(rows) == 20
    assert collect(runs).equals(rows)
    assert collect(runs[::-1]).equals(rows)


def test_a_run_named_twice_counts_once(make_run, tmp_path):
    run = make_run("a", "gad@biobert", relation_scores(0.5))
    assert len(collect([tmp_path / "runs", run, run / "..", tmp_path / "runs" / "a"])) == 5


def test_runs_that_lie_elsewhere_are_found_by_their_links(make_run, tmp_path):
    run = make_run("a", "gad@biobert", relation_scores(0.5))
    (tmp_path / "linked").mkdir()
    for name in ("once", "twice"):
        (tmp_path / "linked" / name).symlink_to(run)
    assert find([tmp_path / "linked"]) == [tmp_path / "linked/twice"]  # named from the folder given
    assert len(collect([tmp_path / "linked"])) == 5


def test_the_unfinished_folder_of_a_killed_run_does_not_count(make_run, tmp_path):
    run = make_run("a", "gad@biobert", relation_scores(0.5))
    shutil.copytree(run, run.with_name(".seed1-fold0.4711.part"))
    (run.with_name(".seed1-fold0.4711.part") / "metrics.json").unlink()
    assert len(collect([tmp_path / "runs"])) == 5


def test_two_runs_that_would_be_taken_for_repeats(make_run, tmp_path):
    one, two = (make_run("a", "gad@biobert", relation_scores(0.5), seed=4, fold=2, below=below) for below in ("runs/lr1", "runs/lr2"))
    told = f"two runs of a on gad@biobert with seed 4 and fold 2: {one} and {two}; leave one of them out"
    with pytest.raises(InputError, match=re.escape(told)):
        collect([tmp_path / "runs"])


def test_settings_that_differ_between_the_runs_of_a_mean_are_flagged(make_run, tmp_path):
    alike = {"epochs": 2.0, "threads": 1}
    make_run("a", "chemprot@blurb", relation_scores(0.0), seed=1, settings=alike | {"learning_rate": 2e-4, "limit": 4000})
    make_run("a", "chemprot@blurb", relation_scores(0.6), seed=2, settings=alike | {"learning_rate": 5e-5, "limit": None, "threads": 2})
    make_run("a", "gad@blurb", relation_scores(0.6), seed=1, settings=alike | {"patience": 0})
    make_run("a", "gad@blurb", relation_scores(0.6), seed=2, settings=alike)  # of a version without such a setting
    make_run("b", "chemprot@blurb", relation_scores(0.6), settings=alike)
    flags = collect([tmp_path / "runs"]).groupby(["model", "protocol"])["flags"].unique().map(list).to_dict()
    told = "mixed-settings: settings differ between runs: learning_rate 0.0002/5e-05, limit 4000/null; make a table of each"
    assert flags == {("a", "chemprot@blurb"): [told], ("a", "gad@blurb"): [""], ("b", "chemprot@blurb"): [""]}


def test_a_folder_without_runs_is_one_line(refused, make_run, tmp_path):
    run = make_run("a", "gad@biobert", relation_scores(0.5))
    (tmp_path / "empty").mkdir()
    for folder in ("empty", "absent"):
        line = refused("table", "--runs", run, tmp_path / folder, "--output", tmp_path / "tables")
        assert line.startswith(f"bioalbert: {tmp_path / folder}: no finished run here (no run.json); run: bioalbert finetune")
    assert not (tmp_path / "tables").exists()


@pytest.fixture
def leaks(tmp_path) -> str:
    """MODEL=FILE of an audit."""
    shares = {("gad@biobert", "test"): 0.25, ("gad@biobert", "train"): 0.5, ("hoc@blue", "test"): None, ("ddi@blurb", "test"): 0.0}
    why = {None: "no reader"}
    rows = [
        {"dataset": dataset, "split": split, "share": share, "not_audited": why.get(share, "")}
        for (dataset, split), share in shares.items()
    ]
    write_json(tmp_path / "leaks.json", {"documents": 9, "left_out": 0, "datasets": rows})
    return f"a={tmp_path}/leaks.json"


def test_the_share_of_leaked_test_items_stands_in_each_row(make_run, leaks, tmp_path):
    for model, protocol in (("a", "gad@biobert"), ("a", "hoc@blue"), ("a", "ddi@blurb"), ("a", "euadr@biobert"), ("b", "gad@biobert")):
        make_run(model, protocol, relation_scores(0.5))
    rows = collect([tmp_path / "runs"], read_leaks([leaks], excluded=False))
    assert rows["leaked"].dtype == float
    shares = rows.groupby(["model", "protocol"])["leaked"].first().to_dict()
    assert shares.pop(("a", "gad@biobert")) == 0.25
    assert shares.pop(("a", "ddi@blurb")) == 0.0
    assert len(shares) == 3 and all(share != share for share in shares.values())
    reasons = rows.groupby(["model", "protocol"])["not_audited"].first().to_dict()
    assert {where: why for where, why in reasons.items() if why} == {
        ("a", "hoc@blue"): "no reader",
        ("a", "euadr@biobert"): "not in its audit",
        ("b", "gad@biobert"): NO_AUDIT,
    }
    without = collect([tmp_path / "runs"])
    assert without["leaked"].isna().all() and set(without["not_audited"]) == {""}


def test_excluded_items_are_no_leaks(leaks):
    assert read_leaks([leaks], excluded=True) == {"a": {"gad@biobert": 0.0, "hoc@blue": "no reader", "ddi@blurb": 0.0}}


def test_what_is_no_audit_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"'leaks\.json' is not MODEL=FILE"):
        read_leaks(["leaks.json"], excluded=False)
    write_json(tmp_path / "other.json", [])
    with pytest.raises(InputError, match=r"/other\.json: not of `bioalbert corpus leaks`"):
        read_leaks([f"a={tmp_path}/other.json"], excluded=False)
