"""One table of each task of the paper, from the same runs as the table of all."""

import pandas as pd
import pytest

from bioalbert.catalogue import entries
from bioalbert.cli import main
from bioalbert.results.names import NAMES, table_of
from bioalbert.results.tables import make
from tests.results.conftest import answer_scores, entity_scores, relation_scores


@pytest.fixture
def runs(make_run, tmp_path):
    make_run("a", "jnlpba@biobert", entity_scores(0.5))
    make_run("a", "gad@biobert", relation_scores(0.5), fold=1)
    make_run("a", "pubmedqa@official", {"accuracy": 0.5, "macro_f1": 0.4})
    make_run("a", "bioasq-6b@biobert", answer_scores(0.5))
    return tmp_path / "runs"


def test_every_data_set_has_a_table():
    shown = {name: table_of(name, entries.load(name).task) for name in entries.names("dataset")}
    assert (shown["mednli"], shown["pubmedqa"], shown["bioasq-yesno"], shown["bioasq-6b-yesno"]) == ("nli", "qa", "qa", "qa")
    assert set(shown.values()) == set(NAMES) - {"results", "averages"}


def test_each_task_has_its_table_and_no_other_lines(runs, tmp_path):
    made = make([runs], tmp_path / "tables", (), {}, ["mednli", "s800", "large-mimic=mimic"], None)
    assert list(made) == ["results", "ner", "re", "qa", "averages"]
    assert {line.protocol for line in made["qa"].lines} == {"pubmedqa@official", "bioasq-6b@biobert"}
    assert [note[:30] for note in made["ner"].notes if "left out" in note] == ["s800: left out, not run", "large-mimic: left out, needs a"]
    assert len([note for note in made["results"].notes if "left out" in note]) == 3
    written = {path.name for path in (tmp_path / "tables").iterdir()}
    assert {"ner.md", "ner.csv", "ner.tex", "ner.html", "averages.md", "results.parquet", "intervals.csv"} <= written


def test_one_table_alone(runs, tmp_path, capsys):
    assert main(["table", "--runs", str(runs), "--output", str(tmp_path / "tables"), "--tables", "re"]) == 0
    written = {"re.md", "re.csv", "re.tex", "re.html", "re.provenance.json"}
    assert {path.name for path in (tmp_path / "tables").iterdir()} == written
    assert "gad@biobert" in capsys.readouterr().out


def test_a_table_of_nothing_is_refused(runs, refused, tmp_path):
    line = refused("table", "--runs", runs, "--output", tmp_path / "tables", "--tables", "sts")
    assert line == "bioalbert: --tables: no run of a data set of the table 'sts'; name runs that it shows"


def test_published_figures_stand_beside_ours(runs, tmp_path):
    make([runs], tmp_path / "tables", (), {}, [], None)
    text = (tmp_path / "tables/results.md").read_text()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    assert ["jnlpba@biobert", "entity f1", "BioBERT-base v1.1", "75.98", "yes", "biobert-pytorch"] in rows
    assert "no: one fold of ten; ours are 1 of 10 folds" in text
    assert "- Source biobert-pytorch: " in text and "oubiobert" not in text
    frame = pd.read_csv(tmp_path / "tables/results.csv").set_index(["protocol", "figure"])
    assert tuple(frame.loc[("jnlpba@biobert", "entity f1"), ["published", "system"]]) == (75.98, "BioBERT-base v1.1")
    assert "BioBERT-base v1.1 & 75.98 & yes & biobert-pytorch" in (tmp_path / "tables/results.tex").read_text()
