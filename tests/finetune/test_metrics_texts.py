"""Files of predictions, and the measure that the catalogue asks for."""

from dataclasses import replace

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.metrics.texts import as_text, join, read_predictions, score_texts, write_predictions


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("chemprot", [("x1", "CPR:3"), ("x2", "false")]),
        ("pubmedqa", [("7", "maybe"), ("8", "yes")]),
        ("biosses", [("0", 0.1), ("1", 4.0), ("2", -0.0312)]),
        ("hoc", [("7_s0", ("avoiding immune destruction", "inducing angiogenesis")), ("7_s1", ()), ("8", ("resisting cell death",))]),
    ],
)
def test_predictions_are_read_back_as_written(tmp_path, name: str, rows: list) -> None:
    write_predictions(tmp_path / "found.tsv", rows)
    assert list(read_predictions(tmp_path / "found.tsv", load(name)).items()) == rows
    text = (tmp_path / "found.tsv").read_text()
    assert text == "".join(f"{index}\t{as_text(found)}\n" for index, found in rows)
    (tmp_path / "headed.tsv").write_text("index\tprediction\n" + text.replace("\n", "\r\n"))
    assert list(read_predictions(tmp_path / "headed.tsv", load(name)).items()) == rows


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("gad", "x1\t0\nx1\t1\n", "line 2: the index 'x1' stands there twice"),
        ("chemprot", "x1\tCPR:33\n", "line 1: the label 'CPR:33' is not in the catalogue's chemprot; did you mean CPR:3"),
        ("gad", "x1\t\n", "line 1: the label '' is not in the catalogue's gad"),
        ("gad", "index\tlabel\nx1 0\n", "line 2: 1 columns where 2 are expected; a line is index<TAB>prediction"),
        ("hoc", "1\tresisting cell death; inducing angiogenesis\n", "line 1: the label ' inducing angiogenesis' is not in"),
        ("hoc", "1\tresisting cell death;\n", "line 1: the label '' is not in"),
        ("biosses", "1\thigh\n", "line 1: 'high' is not a number"),
        ("biosses", "1\t3.5\n2\tnan\n", "line 2: 'nan' is not a number"),
    ],
)
def test_a_bad_line_is_refused_with_its_number(tmp_path, name: str, text: str, told: str) -> None:
    file = tmp_path / "found.tsv"
    file.write_text(text)
    with pytest.raises(InputError) as caught:
        read_predictions(file, load(name))
    assert told in str(caught.value) and str(file) in str(caught.value)


def test_predictions_are_joined_by_index_whatever_their_order(tmp_path) -> None:
    assert join(["1", "2"], {"2": "b", "1": "false"}, tmp_path) == ["false", "b"]
    with pytest.raises(InputError, match="no prediction for the index '2'"):
        join(["1", "2"], {"1": "a"}, tmp_path)
    with pytest.raises(InputError, match="the index '3' is not in the gold file"):
        join(["1"], {"1": "a", "3": "a"}, tmp_path)


def test_each_task_has_its_measure() -> None:
    relations = [Relation("0", "x", "1"), Relation("1", "y", "0")]
    assert score_texts(load("gad"), "biobert", relations, ["1", "1"])["f1"] == pytest.approx(2 / 3)
    pairs = [Relation("0", "q", "yes", "c"), Relation("1", "q", "maybe", "c")]
    assert score_texts(load("pubmedqa"), "official", pairs, ["yes", "no"])["accuracy"] == 0.5
    scored = [Scored(str(value), "a", "b", float(value)) for value in range(4)]
    assert score_texts(load("biosses"), "blue", scored, [0.0, 0.1, 0.2, 0.9])["spearman"] == 1.0
    labelled = [Labelled("7_s0", "x", ("resisting cell death",)), Labelled("7_s1", "y", ())]
    score = score_texts(load("hoc"), "blue", labelled, [(), ("resisting cell death",)])
    assert score["f1"] == 1.0 and score["documents"] == 1


def test_a_metric_of_another_task_is_refused() -> None:
    entry = load("gad")
    protocol = replace(entry.protocols["biobert"], metric="pearson")
    with pytest.raises(InputError, match="gad@own: no scorer for the metric 'pearson' in the task re; there are: micro-f1, macro-f1"):
        score_texts(replace(entry, protocols={"own": protocol}), "own", [], [])
