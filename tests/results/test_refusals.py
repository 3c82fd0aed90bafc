"""Files that are not what `table`, `figures` and `report` ask for: one line that names the file and the fix, never a traceback."""

import pandas as pd
import pytest

from bioalbert.cli import main
from bioalbert.files import write_json, write_text
from tests.results.conftest import leave_items, relation_scores


@pytest.fixture
def run(make_run, tmp_path):
    """A run, and below tables/ its table."""
    run = make_run("a", "gad@blurb", relation_scores(0.5))
    leave_items(run, [(1, 1, 1, "a text", "1", "1"), (1, 1, 0, "another", "1", "0")])
    assert main(["table", "--runs", str(run), "--output", str(tmp_path / "tables")]) == 0
    return run


@pytest.fixture
def line(refused, run, tmp_path):
    """What each command says of its arguments; `report` with other sources than the run's own."""

    def told(command: str, *more: object, table: str = "results.parquet") -> str:
        arguments = ["--runs", run, "--output", tmp_path / "out"]
        if command != "table":
            arguments += ["--table", tmp_path / "tables" / table]
        if command == "figures":
            arguments += ["--models", tmp_path]
        if command == "report":
            drawn = tmp_path / "figures"
            for name in ("scores", "learning-curves", "steps", "costs"):
                write_text(drawn / f"{name}.svg", "<svg/>")
                write_text(drawn / f"{name}.csv", "value\n")
            arguments += ["--figures", drawn]
        return refused(command, *arguments, *more).removeprefix("bioalbert: ")

    return told


@pytest.mark.parametrize("command", ["table", "report"])
@pytest.mark.parametrize("broken", ["not Parquet", "cut short", "another"])
def test_broken_items(line, run, command, broken):
    file = run / "items.parquet"
    if broken == "another":
        pd.DataFrame({"item": ["1"]}).to_parquet(file)
    else:
        file.write_bytes(b"PAR1, so it says" if broken == "not Parquet" else file.read_bytes()[:-20])
    told = line(command)
    assert told.startswith(f"{file}: {'it has no column ' if broken == 'another' else 'not valid Parquet ('}")
    assert told.endswith(f"; delete it, then: bioalbert evaluate --run {run}")


@pytest.mark.parametrize("command", ["figures", "report"])
def test_another_table(line, tmp_path, command):
    for name, problem in (
        ("results.csv", "not valid Parquet ("),
        ("intervals.parquet", "it has no column dataset"),
        ("none", "no such file"),
    ):
        told = line(command, table=name)
        assert told.startswith(f"{tmp_path}/tables/{name}: {problem}") and told.endswith("that you make with: bioalbert table")


def test_intervals_of_before(line, tmp_path):
    """The table finds them beside it."""
    file = tmp_path / "tables/intervals.parquet"
    pd.read_parquet(file).drop(columns="lacks").to_parquet(file)
    assert line("report") == f"{file}: it has no column lacks; make it again with: bioalbert table"


SOURCES = {"--corpus": "corpus stats", "--duplicates": "corpus duplicates", "--leaks": "corpus leaks", "--conversions": "convert check"}


@pytest.mark.parametrize("option", SOURCES)
@pytest.mark.parametrize("held", [[], "text", {"datasets": 3}, {"shards": 1}])
def test_another_source_of_the_page(line, tmp_path, option, held):
    write_json(tmp_path / "other.json", held)
    told = line("report", option, tmp_path / "other.json")
    assert told.startswith(f"{tmp_path}/other.json: not of `bioalbert {SOURCES[option]}` (") and told.endswith(
        "; give what that command wrote"
    )


@pytest.mark.parametrize("command", ["table", "figures", "report"])
def test_a_part_of_a_run(line, run, command):
    (run / "metrics.json").unlink()
    assert line(command).startswith(f"{run}: a run without its metrics.json; copy the run's whole folder, ")


def test_a_file_that_is_not_a_runs(line, run):
    write_json(run / "metrics.json", {"protocol": "gad@blurb"})
    assert line("table").startswith(f"{run}/metrics.json: not that of a run: it lacks flags, lost; ")
    write_json(run / "run.json", [])
    assert line("table").startswith(f"{run}/run.json: not that of a run: it lacks model, dataset, seed, fold, comparable; ")
