"""What the page tells of a run, and what it must not tell."""

import json

import pytest

from bioalbert.files import write_json
from bioalbert.results import runs
from bioalbert.results.runs import tell
from tests.results.conftest import entity_scores, leave_items, relation_scores


@pytest.fixture
def run(make_run):
    folder = make_run("a", "demo-ner@biobert", entity_scores(0.5), flags=(("limited", "few"),))
    leave_items(
        folder,
        [(1, 1, 1, "right", "x", "x"), (2, 0, 0, "two missed", "x; y", ""), (3, 3, 1, "four wrong", "x", "y"), (1, 0, 0, "one", "x", "")],
    )
    (folder / "log.txt").write_text("".join(f"line {number}\n" for number in range(99)))
    return folder


def told_of(run):
    told = tell([run], run.parents[3])
    return told["runs"][0], told["shared"]


def test_the_worst_errors_come_first(run):
    told, shared = told_of(run)
    assert [(shared[text], expected, answered) for text, expected, answered in told["errors"]] == [
        ("four wrong", "x", "y"),
        ("two missed", "x; y", ""),
        ("one", "x", ""),
    ]
    assert (told["items"], told["wrong"], told["withheld"]) == (4, 3, "")


def test_values_without_counts_are_ranked_by_their_difference(run):
    leave_items(run, [(1.0, 1.5, None, "near", "1.0", "1.5"), (4.0, 1.0, None, "far", "4.0", "1.0")])
    told, shared = told_of(run)
    assert [shared[text] for text, *_ in told["errors"]] == ["far", "near"]


@pytest.mark.parametrize(
    "mark, why",
    [
        (True, "the run is marked restricted, as a derives from text under a data use agreement (MIMIC-III or alike): by its corpora, its"),
        (None, "the run has no provenance.json that says whether it is restricted"),
        ("absent", "the run has no provenance.json that says whether it is restricted"),
    ],
)
def test_no_text_of_a_run_that_is_not_known_to_be_open(run, mark, why):
    (run / "provenance.json").unlink()
    if mark != "absent":
        write_json(run / "provenance.json", {"restricted": mark})
    told, shared = told_of(run)
    assert told["withheld"].startswith(why) and told["wrong"] == 3
    assert "four wrong" not in json.dumps([told, shared]) and "errors" not in told and "confusion" not in told


def test_texts_that_were_not_kept_are_not_told(run):
    leave_items(run, [(1, 0, 0, "secret", "", "")], restricted=True)
    assert told_of(run)[0]["errors"] == []


def test_long_texts_and_lines_are_cut(run):
    leave_items(run, [(1, 0, 0, "w" * 1000, "e" * 1000, "")])
    (run / "log.txt").write_text("l" * 1000)
    told, shared = told_of(run)
    ((text, expected, _),) = told["errors"]
    assert (len(shared[text]), len(expected), len(told["log"][0])) == (300, 150, 200)
    assert shared[text].endswith("w…")


def test_many_runs_tell_fewer_errors_each(run, make_run, monkeypatch):
    monkeypatch.setattr(runs, "ALL_ERRORS", 4)
    others = [make_run(name, "demo-ner@biobert", entity_scores(0.5)) for name in ("b", "c")]
    assert len(tell([run], run)["runs"][0]["errors"]) == 3
    assert len(tell([run, *others], run)["runs"][0]["errors"]) == 1


def test_settings_figures_losses_counts_and_the_end_of_the_log(run):
    told, shared = told_of(run)
    assert shared[told["settings"]] == {"epochs": 3} and shared[told["sizes"]] == {"train": 9}
    assert dict(zip(shared[told["figures"]], told["scores"])) == {"entity f1": 0.5, "token f1": 0.5}
    assert told["losses"] == [2.0, 0.5, 0.25] and told["best_epoch"] == 2
    assert told["counts"] == [["all", 10, 10, 5]]
    assert told["log"] == [f"line {number}" for number in range(84, 99)]
    assert told["flags"] == ["limited: few"]
    assert told["folder"] == "runs/a/demo-ner@biobert/seed1-fold0"


def test_a_folder_elsewhere_is_told_without_its_path(run, tmp_path):
    assert tell([run], tmp_path / "elsewhere")["runs"][0]["folder"] == "seed1-fold0"


def test_confusions_of_labels(make_run):
    run = make_run("a", "gad@biobert", relation_scores(0.5), task="re")
    leave_items(run, [(1, 1, 1, "s", "1", "1"), (1, 0, 0, "t", "1", "0"), (1, 0, 0, "u", "1", "0"), (0, 0, 0, "v", "0", "0")])
    told, _ = told_of(run)
    assert told["confusion"] == [["0", "0", 1], ["1", "0", 2], ["1", "1", 1]]
    assert told["counts"] == [["1", 10, 10, 5]]


def test_a_run_without_items_still_tells_the_rest(run):
    (run / "items.parquet").unlink()
    (run / "log.txt").unlink()
    told, _ = told_of(run)
    assert told["items"] is None and told["log"] == [] and told["losses"]


def test_what_many_runs_tell_alike_is_held_once(run, make_run):
    told = tell([run, make_run("b", "demo-ner@biobert", entity_scores(0.5))], run)
    assert told["shared"].count({"epochs": 3}) == 1


def test_a_set_that_may_not_be_passed_on_is_not_quoted(make_run):
    run = make_run("a", "bioasq-6b@biobert", {"mrr": 0.5}, task="qa")
    leave_items(run, [(1, 1, 0, "a question", "the golden answer", "another")])
    told, shared = told_of(run)
    assert told["withheld"].startswith("the licence of BioASQ 6b") and told["wrong"] == 1
    assert "golden" not in json.dumps([told, shared])


def test_a_set_under_an_agreement_is_not_quoted_and_is_named(make_run):
    run = make_run("a", "share-clefe@physionet", entity_scores(0.5))
    leave_items(run, [(1, 1, 0, "a note", "x", "y")])
    assert told_of(run)[0]["withheld"].startswith("those of ShARe/CLEF")


def test_a_set_of_ones_own_may_be_what_restricts_its_run(make_run):
    run = make_run("a", "wards@dev", entity_scores(0.5))
    leave_items(run, [(1, 1, 0, "a note", "x", "y")])
    write_json(run / "provenance.json", {"restricted": True})
    assert "as a or wards derives from" in told_of(run)[0]["withheld"]


def test_folds_are_told_in_the_order_of_their_numbers(make_run):
    runs = [make_run("a", "gad@biobert", relation_scores(0.5), fold=fold, task="re") for fold in (1, 10, 2)]
    assert [run["fold"] for run in tell(runs, runs[0])["runs"]] == [1, 2, 10]
