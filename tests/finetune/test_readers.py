"""Readers refuse what is wrong in a file with its line, and bend for nothing but CRLF and a BOM."""

import json
from collections import Counter
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import Entry, Protocol, load, split_name
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Question, Relation, Sentence
from bioalbert.finetune.metrics.ner import entities
from bioalbert.finetune.readers import count, golden, labels_of, read
from bioalbert.finetune.readers.bioasq import BioasqOptions, places, read_bioasq


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


@pytest.mark.parametrize(
    "content",
    [
        "BRCA1\tB\r\n\r\nβ\tO\r\n",
        "\ufeffBRCA1\tB\n\nβ\tO\n",
        "BRCA1\tB\n\nβ\tO",
        "-DOCSTART-\tO\n\nBRCA1\tB\n\n-DOCSTART-\tO\n\nβ\tO\n",
        "-DOCSTART- -X- O\nBRCA1\tB\n-DOCSTART- -X- O\nβ\tO\n",  # a document's end is a sentence's, with or without a blank line
        "\n\n\nBRCA1\tB\n\n \t\n\nβ\tO\n\n\n",  # empty sentences are none
        "BRCA1 B\n\nβ\tO\n",  # a tab or one space, line by line
    ],
    ids=["CRLF", "BOM", "no last line end", "document marks", "document marks alone", "empty sentences", "tab or space"],
)
def test_the_form_of_a_tagged_file_changes_nothing(train, content: str) -> None:
    assert train(entry(), content) == [Sentence(("BRCA1",), ("B",)), Sentence(("β",), ("O",))]


def test_a_file_of_one_token(train) -> None:
    assert train(entry(), "x\tB") == [Sentence(("x",), ("B",))]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("BRCA1\tB\ngene\n", "line 2: 1 columns where 2 are expected"),
        ("BRCA1\tB\ngene\tx\tO\n", "line 2: 3 columns where 2 are expected"),
        ("BRCA1\tB\ngene\tX\n", "line 2: 'X' is not a BIO tag"),
        ("BRCA1\tB-gene\n", "line 1: the label 'B-gene' is not in the catalogue's mine"),
        ("BRCA1\tB-\n", "line 1: 'B-' is not a BIO tag"),
        ("BRCA1\tO-gene\n", "line 1: 'O-gene' is not a BIO tag"),
        ("gene \tO\n", "line 1: 'gene ' is not a word"),
        ("gene  O\n\nx O\n", "line 3: 2 columns where 3 are expected"),
        ("gene\tO\t\n", "line 1: '' is not a BIO tag"),
        ("gene\tNN O\n", "line 1: 'NN O' is not a BIO tag"),
        ("x\tO\nge\0ne\tB\n", "line 2: a NUL byte; the file is damaged or no text"),
        ("\tB\n", "line 1: '' is not a word"),
        ("a b\tB\n", "line 1: 'a b' is not a word"),
        (b"x\tO\n\xff\xfe\tB\n", "line 2: not UTF-8"),
        ("", "the train split is empty"),
        ("\n-DOCSTART-\tO\n", "the train split is empty"),
    ],
)
def test_a_bad_tagged_file_is_refused(train, content: str | bytes, told: str) -> None:
    with pytest.raises(InputError, match=told) as error:
        train(entry(), content)
    assert "train.tsv" in str(error.value)


def test_types_can_be_collapsed(train) -> None:
    collapsing = entry(format_options={"*": {"collapse": True}})
    assert train(collapsing, "x\tB-DNA\ny\tI-DNA\nz\tO\n") == [Sentence(("x", "y", "z"), ("B", "I", "O"))]


TYPED = ("O", "B-DNA", "I-DNA", "B-RNA", "I-RNA")
STRAY = "a\tI-DNA\nb\tI-DNA\nc\tI-RNA\nd\tB-RNA\ne\tO\nf\tI-RNA\n\ng\tI-RNA\n"


def noticing(folder: Path, content: str, **options: object) -> tuple[list, dict]:
    (folder / "train.tsv").write_text(content)
    noticed: Counter[str] = Counter()
    found = read(entry(labels=TYPED, format_options={"*": options}), "own", "train", folder, noticed=noticed)
    return [" ".join(one.tags) for one in found], dict(noticed)


def test_an_i_that_follows_no_entity_is_kept_or_repaired_or_refused_by_choice_and_counted(tmp_path) -> None:
    kept = (["I-DNA I-DNA I-RNA B-RNA O I-RNA", "I-RNA"], {"stray_inside": 4})
    assert noticing(tmp_path, STRAY) == noticing(tmp_path, STRAY, stray_inside="keep") == kept
    repaired = ["B-DNA I-DNA B-RNA B-RNA O B-RNA", "B-RNA"]
    assert noticing(tmp_path, STRAY, stray_inside="repair") == (repaired, {"stray_inside": 4})
    for one, other in zip(kept[0], repaired):  # the entities are conlleval's either way
        assert entities(one.split()) == entities(other.split())
    with pytest.raises(InputError, match=r"train\.tsv: line 1: 'I-DNA' follows no entity of its type; mend it, or choose stray_inside"):
        noticing(tmp_path, STRAY, stray_inside="refuse")
    with pytest.raises(InputError, match=r"format_options\.train\.tsv\.stray_inside: expected one of keep, repair, refuse, got 'drop'"):
        noticing(tmp_path, STRAY, stray_inside="drop")


def test_collapsed_tags_are_judged_without_their_types(tmp_path) -> None:
    (tmp_path / "train.tsv").write_text("a\tB-DNA\nb\tI-RNA\n")
    noticed: Counter[str] = Counter()
    read(entry(format_options={"*": {"collapse": True}}), "own", "train", tmp_path, noticed=noticed)
    assert not noticed  # B I: one entity, as these labels have it


def test_a_protocol_may_have_labels_and_options_of_its_own(tmp_path) -> None:
    (tmp_path / "5types").mkdir()
    (tmp_path / "5types/test.tsv").write_text("-DOCSTART-\tO\n\nIL-2\tB-DNA\ngene\tI-DNA\nB\tB-cell_type\ncells\tI-cell_type\n")
    tags = {}
    for name in ("jnlpba@blurb", "jnlpba@5types"):
        one, protocol = split_name(name)
        (found,) = read(one, protocol, "test", tmp_path)
        assert set(found.tags) <= set(one.labels)
        tags[name] = found.tags
    assert tags == {"jnlpba@blurb": ("B", "I", "B", "I"), "jnlpba@5types": ("B-DNA", "I-DNA", "B-cell_type", "I-cell_type")}
    assert (len(split_name("jnlpba@5types")[0].labels), len(split_name("jnlpba")[0].labels)) == (11, 3)


@pytest.mark.parametrize("content", ["a\tB-DNA\nb\tI-DNA\nc\tE-DNA\nd\tS-RNA\ne\tO\n", "a\tB-DNA\nb\tI-DNA\nc\tL-DNA\nd\tU-RNA\ne\tO\n"])
def test_bioes_and_bilou_become_bio_counted(tmp_path, content: str) -> None:
    assert noticing(tmp_path, content) == (["B-DNA I-DNA I-DNA B-RNA O"], {"tags_converted_to_bio": 2})


def test_labels_are_those_of_the_files_where_the_entry_has_none(tmp_path) -> None:
    one, other = Sentence(("a", "b"), ("I-RNA", "B-cell-line")), Sentence(("c",), ("B-DNA",))
    labels = ("O", "B-DNA", "I-DNA", "B-RNA", "I-RNA", "B-cell-line", "I-cell-line")
    assert labels_of(entry(labels=()), [one, other]) == labels_of(entry(labels=()), [other, one]) == labels
    assert labels_of(entry(labels=()), [Sentence(("a",), ("B",))]) == ("O", "B", "I")
    many = [f"kind{number:02}" for number in range(20)]
    assert labels_of(entry(labels=()), [Sentence(("a",), (f"B-{kind}",)) for kind in reversed(many)])[1::2] == tuple(f"B-{k}" for k in many)
    assert labels_of(entry(), [one]) == ("O", "B", "I")
    with pytest.raises(InputError, match="mine: some tags have a type, others have none"):
        labels_of(entry(labels=()), [one, Sentence(("a",), ("B",))])


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
    with pytest.raises(InputError, match="has folds, and none is chosen; choose a fold from 1 to 10"):
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
        task="qa", format="squad", format_options={"train.tsv": {"without": ["golden.json"]}, "golden.json": {"format": "bioasq-json"}}
    )


@pytest.mark.parametrize("wrong", [{"exact_answer": None}, {"exact_answer": [[5]]}, {"snippets": None}, {"snippets": 5}, {"body": 5}])
def test_what_bioasqs_own_json_holds_in_no_year_is_refused(train, wrong: dict) -> None:
    with pytest.raises(InputError, match=r"question c{24}: (exact_answer is|no body, or)"):
        train(own_json(), bioasq({"type": "factoid"} | wrong))


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


SNIPPETS = [
    {"text": "TP53 (p53, tp53) and p53R2.", "document": "http://www.ncbi.nlm.nih.gov/pubmed/11"},
    {"text": "Nothing.", "document": "http://www.ncbi.nlm.nih.gov/pubmed/12"},
]


def bioasq(*questions: dict) -> str:
    return json.dumps({"questions": [{"id": "c" * 24, "body": "Which?", "snippets": SNIPPETS} | question for question in questions]})


def own_json(**options: object) -> Entry:
    return entry(task="qa", format="bioasq-json", format_options={"*": options}, labels=("no", "yes"))


def test_questions_of_bioasqs_own_json_stand_over_each_snippet(train) -> None:
    content = bioasq(
        {"type": "factoid", "exact_answer": [["TP53", "p53"]]},
        {"id": "d" * 24, "type": "list", "exact_answer": [["TP53"], ["p53R2"]]},
        {"id": "e" * 24, "type": "yesno", "exact_answer": "Yes"},
        {"id": "f" * 24, "type": "summary"},
    )
    whole, empty = train(own_json(), content)
    assert (whole.id, whole.question, whole.answers) == ("c" * 24 + "_000", "Which?", (("TP53", 0), ("tp53", 11), ("p53", 6)))
    assert empty == Question("c" * 24 + "_001", "Which?", "Nothing.")
    (whole, _) = train(own_json(type="list"), content)
    assert whole.answers == (("TP53", 0), ("tp53", 11), ("p53R2", 21))
    assert train(own_json(type="yesno"), content)[0] == Relation("e" * 24 + "_000", "Which?", "yes", SNIPPETS[0]["text"])


def test_test_files_of_bioasq_have_no_answers(train) -> None:
    assert [one.answers for one in train(own_json(), bioasq({"type": "factoid"}))] == [(), ()]


@pytest.mark.parametrize("answer", ["TP53", ["TP53"], [["x", "TP53"]], [["x"], ["TP53"]]])
def test_the_years_write_exact_answers_in_several_shapes(train, answer: object) -> None:
    assert [text for text, _ in train(own_json(), bioasq({"type": "factoid", "exact_answer": answer}))[0].answers] == ["TP53", "tp53"]


def test_questions_of_golden_files_are_left_out_of_bioasqs_own_json(train, tmp_path) -> None:
    write_golden(tmp_path / "golden.json", "c" * 24)
    content = bioasq({"type": "factoid"}, {"id": "d" * 24, "type": "factoid"})
    assert {one.id[:24] for one in train(own_json(without=["golden.json"]), content)} == {"d" * 24}


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (bioasq({"id": "c", "type": "factoid"}), "question c: its id does not have 24 characters"),
        (bioasq({"type": "factoid", "body": None}), f"question {'c' * 24}: no body, or a snippet without text"),
        (bioasq({"type": "factoid", "snippets": [{}]}), f"question {'c' * 24}: no body, or a snippet without text"),
        ('{"questions": 3}', "no list of questions"),
    ],
)
def test_a_bad_file_of_bioasq_is_refused(train, content: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        train(own_json(), content)


@pytest.mark.parametrize(
    ("text", "context", "found"),
    [
        ("p53", "p53 P53 p53R2 xp53 (p53)", [0, 4, 20]),
        ("IL-2", "IL-2, IL-21", [0]),
        ("β-catenin", "ββ-catenin β-catenin", [11]),
        ("(+)-x", "a(+)-x", [1]),  # its own end is no letter
        ("i", "İ I i", [0, 2, 4]),  # where lower() would shift what follows
        ("", "abc", []),
    ],
)
def test_places_of_an_answer(text: str, context: str, found: list[int]) -> None:
    assert sorted(start for _, start in places([text], context)) == found
    assert all(context[start : start + len(written)] == written for written, start in places([text], context))


def test_a_file_that_the_user_brings_is_asked_for(tmp_path) -> None:
    with pytest.raises(InputError, match=r"BioASQ-trainingDataset6b\.json: no such file; it is not public: apply at http"):
        read(load("bioasq-6b"), "official", "train", tmp_path)


def test_places_are_those_of_bioberts_own_file(mirror) -> None:
    """BioASQ's golden snippets against the training file that BioBERT's authors made of them: as many as the two years' files share."""
    sites = mirror / "raw.githubusercontent.com"
    own = next(sites.glob("molesong/*/*/datasets/QA/BioASQ/BioASQ-train-factoid-7b.json"))
    theirs: dict[tuple[str, str], set] = {}
    for paragraph in json.loads(own.read_text())["data"][0]["paragraphs"]:
        for item in paragraph["qas"]:
            start, text = item["answers"][0]["answer_start"], item["answers"][0]["text"]
            theirs.setdefault((item["id"][:24], paragraph["context"]), set()).add((start, start + len(text)))
    same = total = 0
    for file in sorted(sites.glob("BioMedBERT/*/*/datasets/QA/BioASQ/?B?_golden.json")):
        for one in read_bioasq(file, own_json(), BioasqOptions(), file.parent):
            if found := theirs.pop((one.id[:24], one.context), None):
                total += 1
                same += found == {(start, start + len(text)) for text, start in one.answers}
    assert (same, total) == (1072, 1115)
