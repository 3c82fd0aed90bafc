"""The readers of similarity, several labels, inference and yes/no questions."""

import json
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import Entry, Protocol, load
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.readers import count, read, read_file


@pytest.fixture
def found(tmp_path: Path):
    """Writes a file and reads it with a format and its options."""

    def read_it(form: str, options: dict, content: str, labels: tuple[str, ...] = ("b", "a")) -> list:
        (tmp_path / "file").write_text(content, encoding="utf-8", newline="")
        one = Entry("mine", "dataset", "mine", "CC0", task="re", format=form, format_options={"*": options}, labels=labels)
        return read_file(one, "file", tmp_path)

    return read_it


# Pairs in one column, and rows of one index.


def test_a_column_that_holds_two_texts_is_parted(found) -> None:
    options = {"pair": "question: (.+?) context: (.*)"}
    rows = 'question: Is "it"? context: A context: b.\ta\nquestion: Why? context: \tb\n'
    assert found("labelled-tsv", options, rows) == [Relation("0", 'Is "it"?', "a", "A context: b."), Relation("1", "Why?", "b", "")]
    with pytest.raises(InputError, match="line 1: not a text of the form question: "):
        found("labelled-tsv", options, "Why? context: x\tb\n")


def test_an_index_that_comes_again_with_its_text_is_numbered(found) -> None:
    options = {"columns": ["index", "text", "label"]}
    rows = found("labelled-tsv", options, "7.T1.T2\tx\ta\n7.T1.T2\tx\tb\n7.T1.T2\tx\tb\n7.T1.T3\tx\tb\n")
    assert [(row.index, row.label) for row in rows] == [("7.T1.T2", "a"), ("7.T1.T2/2", "b"), ("7.T1.T2/3", "b"), ("7.T1.T3", "b")]


# Several labels.


def test_labels_come_in_the_catalogues_order_and_there_may_be_none(found) -> None:
    options = {"columns": ["index", "text", "label"], "header": True}
    rows = found("multi-label-tsv", options, "pmid\ttext\tlabels\n7\tone\ta;b\n8\ttwo\t\n9\tthree\ta\n")
    assert rows == [Labelled("7", "one", ("b", "a")), Labelled("8", "two", ()), Labelled("9", "three", ("a",))]


def test_labels_may_have_other_names_in_the_file(found) -> None:
    options = {"columns": ["text", "label"], "separator": "|", "none": "10", "labels": {"0": "a", "1": "b"}}
    assert found("multi-label-tsv", options, "x\t0|1\ny\t10\n") == [Labelled("0", "x", ("b", "a")), Labelled("1", "y", ())]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("7\tone\ta;c\n", "line 1: the label 'c' is not in the catalogue's mine"),
        ("7\tone\ta;a\n", "line 1: a label stands there twice"),
        ("7\tone\n", "line 1: 2 columns where 3 are expected"),
        ("7\tone\ta\n7\ttwo\ta\n", "line 2: the index '7' stands there twice"),
    ],
)
def test_bad_labels_are_refused(found, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        found("multi-label-tsv", {}, content)


def test_rows_are_counted_under_each_of_their_labels(tmp_path) -> None:
    (tmp_path / "train.tsv").write_text("pmid\ttext\tlabels\n77777\tx\tcellular energetics;resisting cell death\n")
    assert count(load("hoc"), "train.tsv", tmp_path) == {"rows": 1, "cellular energetics": 1, "resisting cell death": 1}


# Similarity.


def test_scored_pairs(found) -> None:
    assert found("similarity-tsv", {}, 'one "x\ttwo\t2.5\na\tb\t5\n') == [Scored("0", 'one "x', "two", 2.5), Scored("1", "a", "b", 5.0)]


def test_quoted_fields_may_hold_a_tab(found) -> None:
    options = {"columns": ["index", "-", "text", "text_b", "score"], "header": True, "quoted": True, "scale": [0.0, 4.0]}
    rows = found("similarity-tsv", options, 'index\tyear\ta\tb\tscore\r\n3\t1997\tone\t"two\tthree ""four"""\t1.4\r\n')
    assert rows == [Scored("3", "one", 'two\tthree "four"', 1.4)]


@pytest.mark.parametrize(
    ("options", "content", "told"),
    [
        ({}, "a\tb\tx\n", "line 1: 'x' is not a score from 0 to 5"),
        ({}, "a\tb\tnan\n", "line 1: 'nan' is not a score from 0 to 5"),
        ({"scale": [0.0, 4.0]}, "a\tb\t1\na\tb\t4.5\n", "line 2: '4.5' is not a score from 0 to 4"),
        ({"header": True}, "a\tb\t1\n", "line 1: the header row is missing"),
        ({}, "a\tb\n", "line 1: 2 columns where 3 are expected"),
    ],
)
def test_bad_scores_are_refused(found, options: dict, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        found("similarity-tsv", options, content)


def test_n2c2s_scores_stand_in_a_file_of_their_own(tmp_path) -> None:
    (tmp_path / "clinicalSTS2019.test.txt").write_text("a\tb\nc\td\n")
    scores = tmp_path / "clinicalSTS2019.test.gs.sim.txt"
    scores.write_text("0.5\n5\n")
    medsts = load("medsts")
    assert read(medsts, "n2c2-2019", "test", tmp_path) == [Scored("0", "a", "b", 0.5), Scored("1", "c", "d", 5.0)]
    scores.write_text("0.5\n\n6\n")
    with pytest.raises(InputError, match=r"clinicalSTS2019\.test\.gs\.sim\.txt: line 3: '6' is not a score from 0 to 5"):
        read(medsts, "n2c2-2019", "test", tmp_path)
    scores.write_text("0.5\n")
    with pytest.raises(InputError, match=r"sim\.txt: 1 scores for 2 pairs"):
        read(medsts, "n2c2-2019", "test", tmp_path)
    scores.unlink()
    with pytest.raises(InputError, match=r"sim\.txt: no such file; it is not public: apply at https://n2c2"):
        read(medsts, "n2c2-2019", "test", tmp_path)


# Inference.


def test_mednli_as_physionet_ships_it(tmp_path) -> None:
    pair = {"sentence1": "He coughs.", "sentence2": "He is well.", "gold_label": "contradiction", "pairID": "x1", "sentence1_parse": "(S)"}
    (tmp_path / "mli_dev_v1.jsonl").write_text(json.dumps(pair) + "\n\n")
    assert read(load("mednli"), "official", "dev", tmp_path) == [Relation("x1", "He coughs.", "contradiction", "He is well.")]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"sentence1": "secret"}', "line 1: not a pair .*pairID"),
        ("secret", "line 1: not a pair"),
        ('{"pairID": "1", "sentence1": "secret", "sentence2": "b", "gold_label": "-"}', "line 1: the label '-' is not in"),
    ],
)
def test_a_bad_pair_is_refused_without_its_text(tmp_path, line: str, told: str) -> None:
    (tmp_path / "mli_dev_v1.jsonl").write_text(line)
    with pytest.raises(InputError, match=told) as error:
        read(load("mednli"), "official", "dev", tmp_path)
    assert "secret" not in str(error.value)


# PubMedQA.


def question(answer: str) -> dict:
    return {"QUESTION": "Does it?", "CONTEXTS": ["First.", "Second."], "LONG_ANSWER": "not read", "final_decision": answer}


@pytest.fixture
def pubmedqa(tmp_path):
    """Four questions, 3 for choosing and 4 for the test."""

    def read_it(part: str, questions: dict, truth: dict) -> list[Relation]:
        (tmp_path / "ori_pqal.json").write_text(json.dumps(questions))
        (tmp_path / "truth.json").write_text(json.dumps(truth))
        options = {name: {"part": name, "truth": "truth.json", "dev": ["3"]} for name in ("train", "dev", "test")}
        forms = {f"ori_pqal.json#{name}": values for name, values in options.items()}
        own = Protocol(train=("ori_pqal.json#train",), dev="ori_pqal.json#dev", test=("ori_pqal.json#test",))
        one = Entry(
            "mine", "dataset", "mine", "MIT", format="pubmedqa-json", format_options=forms, labels=("yes", "no"), protocols={"own": own}
        )
        return read(one, "own", part, tmp_path)

    return read_it


QUESTIONS = {"1": question("yes"), "2": question("no"), "3": question("yes"), "4": question("no")}


def test_questions_go_to_the_test_set_to_choosing_or_to_training(pubmedqa) -> None:
    assert pubmedqa("test", QUESTIONS, {"4": "no"}) == [Relation("4", "Does it?", "no", "First. Second.")]
    assert [one.index for part in ("train", "dev") for one in pubmedqa(part, QUESTIONS, {"4": "no"})] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("questions", "truth", "told"),
    [
        (QUESTIONS, {"4": "yes"}, "4: 'no' here, 'yes' in truth.json"),
        (QUESTIONS, {"5": "yes"}, "no question 5"),
        (QUESTIONS | {"4": {"QUESTION": "?"}}, {"4": "no"}, "4: not a question"),
        (QUESTIONS | {"4": question("maybe")}, {"4": "maybe"}, "4: the label 'maybe' is not in"),
    ],
)
def test_bad_questions_are_refused(pubmedqa, questions: dict, truth: dict, told: str) -> None:
    with pytest.raises(InputError, match=told):
        pubmedqa("test", questions, truth)


@pytest.mark.parametrize("name", ["i2b2-2010", "medsts", "mednli", "share-clefe"])
def test_what_is_not_public_says_where_to_apply(name: str, tmp_path) -> None:
    entry = load(name)
    for protocol in entry.protocols:
        with pytest.raises(InputError, match="no such file; it is not public: apply at https://"):
            read(entry, protocol, "train", tmp_path)
