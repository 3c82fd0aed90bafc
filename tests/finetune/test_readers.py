"""Readers refuse what is wrong in a file with its line, and bend for nothing but CRLF and a BOM."""

import json
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import Entry, Protocol, load
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Question, Relation, Sentence
from bioalbert.finetune.readers import count, golden, read


def entry(**changes: object) -> Entry:
    protocol = Protocol(train=("train.tsv",), test=("test.tsv",), dev="dev.tsv", metric="m")
    values = {"id": "mine", "kind": "dataset", "title": "mine", "licence": "CC0", "task": "ner", "format": "conll"}
    values |= {"labels": ("O", "B", "I"), "protocols": {"own": protocol, "nodev": Protocol(train=("train.tsv",), test=("test.tsv",))}}
    return Entry(**(values | changes))


def relations(**options: object) -> Entry:
    return entry(task="re", format="labelled-tsv", labels=("false", "yes"), format_options={"*": options})


@pytest.fixture
def train(tmp_path: Path):
    """Writes the training file's bytes and reads it."""

    def read_it(one: Entry, content: str | bytes) -> list:
        (tmp_path / "train.tsv").write_bytes(content.encode() if isinstance(content, str) else content)
        return read(one, "own", "train", tmp_path)

    return read_it


def test_sentences(train) -> None:
    assert train(entry(), "BRCA1\tB\ngene\tI\n\n\nx\tO\n") == [Sentence(("BRCA1", "gene"), ("B", "I")), Sentence(("x",), ("O",))]


def test_crlf_a_bom_document_marks_and_a_missing_last_line_end_change_nothing(train) -> None:
    plain = train(entry(), "BRCA1\tB\n\nβ\tO\n\n")
    assert train(entry(), "\ufeff-DOCSTART-\tO\r\n\r\nBRCA1\tB\r\n\r\nβ\tO") == plain


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("BRCA1\tB\ngene\n", "line 2: 1 columns where 2 are expected"),
        ("BRCA1\tB\ngene\tx\tO\n", "line 2: 3 columns where 2 are expected"),
        ("BRCA1\tB\ngene\tX\n", "line 2: 'X' is not a BIO tag"),
        ("BRCA1\tB-gene\n", "line 1: the label 'B-gene' is not in the catalogue's mine"),
        ("\tB\n", "line 1: '' is not a word"),
        ("a b\tB\n", "line 1: 'a b' is not a word"),
        (b"\xff\xfe\tB\n", "not UTF-8"),
        ("", "the train split is empty"),
    ],
)
def test_a_bad_tagged_file_is_refused(train, content: str | bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        train(entry(), content)
    assert "train.tsv" in str(error.value)


def test_types_can_be_collapsed(train) -> None:
    collapsing = entry(format_options={"*": {"collapse": True}})
    assert train(collapsing, "x\tB-DNA\ny\tI-DNA\nz\tO\n") == [Sentence(("x", "y", "z"), ("B", "I", "O"))]


def test_relations_without_a_header_are_numbered_from_0(train) -> None:
    assert train(relations(), 'one "quoted\tyes\ntwo\tfalse\n') == [Relation("0", 'one "quoted', "yes"), Relation("1", "two", "false")]


def test_columns_header_and_the_names_of_labels(train) -> None:
    pairs = relations(columns=["index", "-", "text", "text_b", "label"], header=True, labels={"1": "yes"})
    assert train(pairs, "index\tyear\ta\tb\tlabel\r\nx7\t1997\tone\ttwo\t1\r\n") == [Relation("x7", "one", "yes", "two")]


@pytest.mark.parametrize(
    ("options", "content", "told"),
    [
        ({}, "one\tyes\ntwo\n", "line 2: 1 columns where 2 are expected; a row is text<TAB>label"),
        ({}, "one\tyes\ntwo\tYes\n", "line 2: the label 'Yes' is not in the catalogue's mine; did you mean yes"),
        ({}, "sentence\tlabel\none\tyes\n", "line 1: the label 'label' is not in the catalogue"),
        ({"header": True}, "one\tyes\n", "line 1: the header row is missing"),
        ({"columns": ["index", "text", "label"]}, "1\ta\tyes\n1\tb\tyes\n", "line 2: the index '1' stands there twice"),
        ({"column": ["text"]}, "one\tyes\n", "unknown key; did you mean columns"),
    ],
)
def test_a_bad_labelled_file_is_refused(train, options: dict, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        train(relations(**options), content)


def test_a_protocol_without_a_dev_file_has_no_dev_split_and_an_empty_one_is_refused(tmp_path) -> None:
    assert read(entry(), "nodev", "dev", tmp_path) == []
    (tmp_path / "dev.tsv").write_text("\n")
    with pytest.raises(InputError, match=r"dev\.tsv: the dev split is empty"):
        read(entry(), "own", "dev", tmp_path)


def test_a_missing_file_tells_how_to_get_it(tmp_path) -> None:
    with pytest.raises(InputError, match=r"train\.tsv: no such file; it is not public: apply at the clinic"):
        read(entry(access="credentialed", apply="the clinic"), "own", "train", tmp_path)
    with pytest.raises(InputError, match="run: bioalbert download gad"):
        read(load("gad"), "biobert", "train", tmp_path, fold=3)


def test_folds_are_asked_for_where_there_are_any(tmp_path) -> None:
    (tmp_path / "3").mkdir()
    (tmp_path / "3" / "test.tsv").write_text("index\tsentence\tlabel\n0\tone\t1\n")
    assert read(load("gad"), "biobert", "test", tmp_path, fold=3) == [Relation("0", "one", "1")]
    with pytest.raises(InputError, match="no fold 0; choose a fold from 1 to 10"):
        read(load("gad"), "biobert", "test", tmp_path)
    with pytest.raises(InputError, match="no fold 11"):
        read(load("gad"), "biobert", "test", tmp_path, fold=11)
    with pytest.raises(InputError, match="no fold 1; leave the fold away"):
        read(load("gad"), "blurb", "test", tmp_path, fold=1)


def test_an_unknown_format_names_the_ones_there_are(tmp_path) -> None:
    with pytest.raises(InputError, match=r"no reader for format parquet yet; there are: .*conll, .*squad"):
        read(entry(format="parquet"), "own", "train", tmp_path)


def squad(*items: dict, context: str = "The BRCA1 gene.") -> str:
    return json.dumps({"data": [{"paragraphs": [{"context": context, "qas": list(items)}]}]})


def item(key: str, *answers: tuple[str, int]) -> dict:
    return {"id": key, "question": "Which?", "answers": [{"text": text, "answer_start": start} for text, start in answers]}


@pytest.fixture
def questions() -> Entry:
    return entry(
        task="qa", format="squad", format_options={"train.tsv": {"without": ["golden.json"]}, "golden.json": {"format": "bioasq-golden"}}
    )


def test_questions_of_golden_files_are_left_out_of_training(train, questions, tmp_path) -> None:
    held_out, kept = "a" * 24, "b" * 24
    write_golden(tmp_path / "golden.json", held_out)
    found = train(questions, squad(item(f"{held_out}_000", ("BRCA1", 4)), item(f"{kept}_000", ("brca1", 4)), item(f"{kept}_001")))
    assert found == [
        Question(f"{kept}_000", "Which?", "The BRCA1 gene.", (("BRCA1", 4),)),
        Question(f"{kept}_001", "Which?", "The BRCA1 gene."),
    ]
    assert count(questions, "train.tsv", tmp_path) == {"questions": 1, "qas": 2}
    assert count(questions, "golden.json", tmp_path) == {"questions": 1, "factoid": 1}


def write_golden(file: Path, key: str) -> None:
    file.write_text(json.dumps({"questions": [{"id": key, "type": "factoid", "exact_answer": [["BRCA1"]]}]}))


def test_golden_files_are_batches(tmp_path) -> None:
    names = ("1.json", "2.json")
    for name in names:
        write_golden(tmp_path / name, name)
    one = entry(protocols={"own": Protocol(train=(), test=(), golden=names), "none": Protocol(train=(), test=())})
    assert [[question["id"] for question in batch] for batch in golden(one, "own", tmp_path)] == [["1.json"], ["2.json"]]
    assert golden(one, "none", tmp_path) == []


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (squad(item("q", ("BRCA2", 4))), "question q: the answer is not at answer_start 4"),
        (squad(item("q", ("gene.", 99))), "question q: the answer is not at answer_start 99"),
        ('{"data": [{"paragraph": []}]}', r"not SQuAD's JSON \(KeyError\('paragraphs'\)\)"),
        ("[1]", "not SQuAD's JSON"),
        ("{", "not valid JSON"),
    ],
)
def test_a_bad_question_file_is_refused(train, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        train(entry(task="qa", format="squad"), content)
