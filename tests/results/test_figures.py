"""The figures: the numbers that each shows, and that it shows them."""

import json
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
import yaml

from bioalbert.cli import main
from bioalbert.files import write_json
from bioalbert.results import figures
from bioalbert.results.rows import collect, find
from bioalbert.results.table import Table, build
from tests.results.conftest import entity_scores, relation_scores

HOSTILE = "b_1 $\\frac{x$ <img src=https://evil.example/x.png onerror=alert(1)> & \"'"
ROOT = Path(__file__).parents[2]
NAMES = ("scores", "learning-curves", "steps", "costs")


def bundle(folder: Path, steps: tuple[int, ...] = ()) -> Path:
    """A bundle, trained up to the last of some steps; held-out figures after each."""
    write_json(folder / "config.json", {})
    write_json(folder / "provenance.json", {"host": {"seconds": 90.0, "training_seconds": 80.0}})
    held_out = {"masked_lm_accuracy": 0.1, "sentence_order_accuracy": 0.6, "pairs": 9}
    if steps:
        rows = [{"step": step, "pieces": 100 * step, "held_out": held_out | {"masked_lm_loss": 10 / step}} for step in steps]
        (folder / "training.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture
def table(make_run, tmp_path) -> Table:
    """Two versions of several steps, on two data sets, one with a baseline."""
    for version, score in (("a", 0.8), ("a-step10", 0.6), ("b", 0.7)):
        make_run(version, "demo-ner@biobert", entity_scores(score), seed=1)
        make_run(version, "demo-ner@biobert", entity_scores(score + 0.02), seed=2)
        make_run(version, "gad@biobert", relation_scores(score) | {"baseline": {"f1": 0.1}}, fold=1, task="re")
    return build(collect([tmp_path / "runs"]), [])


@pytest.fixture
def models(tmp_path) -> list[Path]:
    steps = {"a": (10, 20), "a-step10": (5,), "b": (20,), "downloaded": ()}
    return [bundle(tmp_path / "models" / name, steps[name]) for name in steps]


def texts(svg: str) -> list[str]:
    return ["".join(element.itertext()) for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")]


def test_every_figure_has_its_numbers_beside_it(table, models, tmp_path):
    figures.write(table, models, find([tmp_path / "runs"]), tmp_path / "figures")
    found = sorted(file.name for file in (tmp_path / "figures").iterdir())
    assert found == sorted(f"{name}.{kind}" for name in NAMES for kind in ("csv", "svg"))
    lengths = {name: len(pd.read_csv(tmp_path / f"figures/{name}.csv")) for name in NAMES}
    assert lengths == {"scores": 7, "learning-curves": 3, "steps": 4, "costs": 2 + 9}  # a snapshot is a part of its run


def test_the_plots_of_dvc_are_of_columns_that_are_there(table, models, tmp_path):
    figures.write(table, models, find([tmp_path / "runs"]), tmp_path / "results/figures")
    plots = [plot for named in yaml.safe_load((ROOT / "dvc.yaml").read_text())["plots"] for plot in named.values()]
    of_figures = [(plot, file, y) for plot in plots for file, y in plot["y"].items() if file.startswith("results/figures/")]
    assert len(of_figures) == 4
    for plot, file, y in of_figures:
        template = json.loads((ROOT / f".dvc/plots/{plot['template']}.json").read_text())
        fields = {channel["field"] for channel in template["encoding"].values() if "<" not in channel["field"]} - {"rev", "name"}
        assert {plot["x"], y, "version", *fields} <= set(pd.read_csv(tmp_path / file))


def test_equal_input_gives_equal_bytes(table, models, tmp_path):
    for name in ("one", "two"):
        figures.write(table, models, find([tmp_path / "runs"]), tmp_path / name)
    for file in (tmp_path / "one").iterdir():
        assert file.read_bytes() == (tmp_path / "two" / file.name).read_bytes()


def test_the_heat_map_shows_the_first_score_of_each_protocol(table):
    found = figures.main_scores(table)
    assert list(found["figure"].unique()) == ["entity f1", "f1"]  # not the token-level one
    assert found.set_index(["protocol", "version"]).loc[("demo-ner@biobert", "a"), ["score", "spread"]].round(2).tolist() == [81.0, 1.41]
    shown = texts(figures.scores(table))
    for text in ("81.0", "± 1.4", "80.0", "10.0", "a-step10", "naive baseline", "demo-ner@biobert, entity f1"):
        assert text in shown


def test_the_score_with_intervals_is_the_main_one(table):
    (first, second, *others) = table.lines
    cells = (replace(second.cells[0], low=1.0, high=99.0), *second.cells[1:])
    found = figures.main_scores(replace(table, lines=(first, replace(second, cells=cells), *others)))
    assert list(found["figure"].unique()) == ["token f1", "f1"]


def test_where_there_is_an_interval_it_stands_for_the_spread(table):
    (first, *others) = table.lines
    cells = (replace(first.cells[0], low=79.26, high=82.5), *first.cells[1:])
    shown = texts(figures.scores(replace(table, lines=(replace(first, cells=cells), *others))))
    assert "79.3–82.5" in shown and shown.count("± 1.4") == 2  # the other versions'


def test_colours_are_told_from_the_mean_over_the_versions_without_the_baseline(table):
    away = figures.distances(figures.main_scores(table), table.models)
    assert away.loc["gad@biobert", ["a", "a-step10", "b"]].round(2).tolist() == [10, -10, 0]
    assert away["naive baseline"].isna().all()


def test_one_version_alone_has_no_heat_map(make_run, tmp_path):
    make_run("a", "gad@biobert", relation_scores(0.5), fold=1)
    make_run("a", "demo-ner@biobert", entity_scores(0.5) | {"baseline": {"f1": 0.1}})
    shown = texts(figures.scores(build(collect([tmp_path / "runs"]), [])))
    assert {"gad@biobert, f1", "demo-ner@biobert, entity f1", "score × 100", "a", "naive baseline"} <= set(shown)
    assert "points from the mean of the versions" not in shown


def test_score_by_step_joins_the_steps_of_one_pretraining(table, models):
    found = figures.scores_by_step(table, models)
    ner = found[found["protocol"] == "demo-ner@biobert"]
    assert ner[["version", "step", "score"]].values.tolist() == [["a", 10, 61.0], ["a", 20, 81.0]]
    assert "b" not in set(found["version"])
    drawn = figures.draw_steps(found.assign(low=found["score"] - 5, high=found["score"] + 5))
    assert {"demo-ner@biobert", "gad@biobert", "a"} <= set(texts(drawn))
    assert drawn.count('id="FillBetweenPolyCollection') == found["protocol"].nunique()  # the interval


def test_names_are_shown_as_they_are(make_run, tmp_path):
    run = make_run("b", "gad@biobert", relation_scores(0.5), fold=1)
    write_json(run / "run.json", json.loads((run / "run.json").read_text()) | {"model": HOSTILE})
    assert HOSTILE in texts(figures.scores(build(collect([tmp_path / "runs"]), [])))


def test_learning_curves(models):
    found = figures.learning_curves(models)
    assert found[["version", "step", "masked_lm_loss"]].values.tolist()[:2] == [["a", 10, 1.0], ["a", 20, 0.5]]
    shown = texts(figures.draw_curves(found))
    for text in ("Held-out MLM loss", "Held-out MLM accuracy", "Held-out SOP accuracy", "a-step10"):
        assert text in shown
    assert "downloaded" not in shown


def test_a_figure_with_nothing_to_show_says_so(make_run, tmp_path):
    make_run("a", "gad@biobert", relation_scores(0.5), fold=1)
    table = build(collect([tmp_path / "runs"]), [])
    figures.write(table, [bundle(tmp_path / "models/a")], find([tmp_path / "runs"]), tmp_path / "figures")
    drawn = {name: texts((tmp_path / f"figures/{name}.svg").read_text()) for name in NAMES}
    assert drawn["learning-curves"] == ["No version was pre-trained."]
    assert drawn["steps"] == ["No version was fine-tuned from several of its steps."]
    assert pd.read_csv(tmp_path / "figures/steps.csv").columns.tolist() == [
        "protocol",
        "figure",
        "version",
        "step",
        "score",
        "spread",
        "low",
        "high",
    ]
    assert "pieces a second, fine-tunes, one each" in drawn["costs"]
    assert not any("pre-training" in text for text in drawn["costs"])


def test_runs_of_an_encoder_that_was_not_pretrained_here(make_run, tmp_path):
    make_run("a", "gad@biobert", relation_scores(0.5), fold=1)
    assert main(["table", "--runs", str(tmp_path / "runs"), "--output", str(tmp_path / "tables")]) == 0
    given = ["--table", str(tmp_path / "tables/results.parquet"), "--runs", str(tmp_path / "runs")]
    assert main(["figures", *given, "--output", str(tmp_path / "figures")]) == 0
    assert "gad@biobert, f1" in texts((tmp_path / "figures/scores.svg").read_text())


def test_costs_that_are_not_known_have_no_panel(make_run, tmp_path):
    run = make_run("a", "gad@biobert", relation_scores(0.5), fold=1)
    write_json(run / "provenance.json", {"host": {"seconds": 7.0}})
    shown = texts(figures.draw_costs(figures.costs([], [run])))
    assert "minutes, fine-tunes, one each" in shown and not any("pieces a second" in text for text in shown)


def test_costs_a_version_has_a_line_where_it_has_a_dot(models, make_run):
    run = make_run("downloaded", "gad@biobert", relation_scores(0.5), fold=1)
    assert texts(figures.draw_costs(figures.costs(models, [run]))).count("downloaded") == 1


def test_costs_of_one_version_have_a_line_a_data_set(models, make_run):
    runs = [make_run("a", protocol, entity_scores(0.5)) for protocol in ("gad@blurb", "jnlpba@blurb")]
    shown = texts(figures.draw_costs(figures.costs(models[:1], runs)))
    assert all(shown.count(name) == 1 for name in ("a", "gad@blurb", "jnlpba@blurb"))
    runs.append(make_run("b", "gad@blurb", entity_scores(0.5)))
    assert "gad@blurb" not in texts(figures.draw_costs(figures.costs(models[:1], runs)))


def test_a_minus_is_no_hyphen(make_run, tmp_path):
    for model, score in (("a", -0.1), ("b", 0.5)):
        make_run(model, "biosses@blue", {"pearson": score}, task="similarity")
    assert "−10.0" in texts(figures.scores(build(collect([tmp_path / "runs"]), [])))
