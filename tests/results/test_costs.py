"""What was spent, from the records of bundles and runs."""

import json

import pytest

from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json
from bioalbert.results.costs import costs
from tests.results.conftest import entity_scores


@pytest.fixture
def trained(tmp_path):
    folder = tmp_path / "models" / "base"
    write_json(folder / "config.json", {})
    write_json(folder / "provenance.json", {"host": {"seconds": 90.0, "training_seconds": 80.0}})
    rows = [{"step": 10, "pieces": 400}, {"step": 20, "pieces": 800}, {"step": 20, "held_out": {}}]
    (folder / "training.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


def test_a_row_for_each_pretraining_and_fine_tune(trained, make_run):
    found = costs([trained], [make_run("base", "demo-ner@biobert", entity_scores(0.5), seed=2)]).to_dict("records")
    assert [(row["version"], row["work"], row["seed"]) for row in found][1] == ("base", "demo-ner@biobert", 2)
    assert (found[0]["work"], found[0]["whole_seconds"], found[0]["pieces_per_second"]) == ("pre-training", 90.0, 10.0)
    assert (found[1]["whole_seconds"], found[1]["pieces_per_second"]) == (7.0, 100.0)


def test_a_run_of_an_older_version_has_no_speed(make_run):
    run = make_run("base", "demo-ner@biobert", entity_scores(0.5))
    write_json(run / "provenance.json", {"host": {"seconds": 7.0}})
    record = read_json(run / "run.json")
    del record["training"]["pieces"]
    write_json(run / "run.json", record)
    (row,) = costs([], [run]).to_dict("records")
    assert row["whole_seconds"] == 7.0 and row["pieces_per_second"] != row["pieces_per_second"]


def test_a_version_that_was_not_trained_cost_nothing(trained):
    (trained / "training.jsonl").unlink()
    assert costs([trained], []).empty


def test_what_is_no_bundle(tmp_path):
    with pytest.raises(InputError, match="not a model bundle"):
        costs([tmp_path], [])
