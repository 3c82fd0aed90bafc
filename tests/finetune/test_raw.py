"""`bioalbert predict`: raw text in; entities with their characters, labels, answers out."""

import json
import random

import pytest

from bioalbert.errors import InputError
from bioalbert.finetune import raw as stage
from bioalbert.finetune.raw import predict
from tests.finetune.conftest import SETTINGS, WORDS


def test_raw_text_in_entities_labels_and_answers_out(runs, tmp_path):
    text = "the study, shows fibrosis  in a mouse"
    (tmp_path / "ner.txt").write_text(f"{text}\n\n{text}\n")
    (tmp_path / "re.txt").write_text("@GENE$ causes @DISEASE$ in a cell\n@GENE$ lowers @DISEASE$ in a cell\n")
    (tmp_path / "qa.jsonl").write_text(json.dumps({"question": "which?", "context": text, "key": 7}) + "\n")
    (tmp_path / "inference.txt").write_text("a\tlowers fibrosis\n\na\tcauses fibrosis\n")
    (tmp_path / "similarity.txt").write_text("a\tcauses fibrosis\na\tlowers fibrosis\n")
    (tmp_path / "classification.txt").write_text("cell gene\nthe study\n")
    sources = {task: tmp_path / f"{task}.{'jsonl' if task == 'qa' else 'txt'}" for task in SETTINGS}
    counts = {task: predict(runs / task, source, tmp_path / task) for task, source in sources.items()}
    assert counts == dict.fromkeys(SETTINGS, 2) | {"qa": 1}
    assert (tmp_path / "inference").read_text() == "0\tno\n1\tyes\n"
    assert (tmp_path / "classification").read_text() == "0\tgene;cell\n1\t\n"
    scores = [float(line.split("\t")[1]) for line in (tmp_path / "similarity").read_text().splitlines()]
    assert scores == pytest.approx([4.0, 0.5], abs=0.75)
    first = json.loads((tmp_path / "ner").read_text().splitlines()[0])
    start = text.index("fibrosis")
    assert first == {"text": text, "entities": [{"start": start, "end": start + 8, "type": "", "text": "fibrosis"}]}
    assert (tmp_path / "re").read_text() == "0\t1\n1\t0\n"
    answered = json.loads((tmp_path / "qa").read_text())
    assert answered["key"] == 7 and answered["answers"][0]["text"] == "fibrosis"


def test_relations_without_the_markers_of_training_are_doubted(runs, tmp_path, capsys):
    (tmp_path / "in.txt").write_text("BRCA1 causes fibrosis\n@GENE$ causes @DISEASE$\nno mark$ @ all\n@DRUG$ causes @EFFECT$\n")
    assert predict(runs / "re", tmp_path / "in.txt", tmp_path / "out") == 4
    told = capsys.readouterr().err
    assert f"{tmp_path}/in.txt: 3 line(s) without an entity as this run marks them" in told and "put @DISEASE$ or @GENE$ where" in told
    (tmp_path / "in.txt").write_text("@GENE$ causes @DISEASE$\n")
    predict(runs / "re", tmp_path / "in.txt", tmp_path / "out")
    assert "as this run marks them" not in capsys.readouterr().err


def test_a_pair_is_two_texts(runs, tmp_path):
    (tmp_path / "in.txt").write_text("a mouse\ta cell\n\na mouse\n")
    with pytest.raises(InputError, match=r"in\.txt: line 3: 1 texts where 2 are expected; a line is text<TAB>text"):
        predict(runs / "inference", tmp_path / "in.txt", tmp_path / "out")


def test_a_malformed_record_is_refused_with_its_line(runs, tmp_path):
    (tmp_path / "in.jsonl").write_text('{"text": "gene"}\n{"txt": 1}\n')
    with pytest.raises(InputError, match=r"in\.jsonl: line 2: .*text"):
        predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def jsonl(*records: dict) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


def found(file) -> list[list[tuple[int, int, str]]]:
    records = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return [[(one["start"], one["end"], one["text"]) for one in record["entities"]] for record in records]


def test_every_disease_of_a_long_text_is_found_at_its_characters(runs, tmp_path, monkeypatch):
    monkeypatch.setattr(stage, "CHUNK", 7)  # many chunks, the last of them not full
    draws = random.Random(2)
    records, expected = [], []
    for _ in range(30):
        text, places = "", []
        for _ in range(draws.randint(0, 40)):
            word = draws.choice(WORDS)
            if draws.random() < 0.2:
                word = draws.choice(["fibrosis", "lymphoma"])
                places.append((len(text), len(text) + len(word), word))
            text += word + draws.choice([" ", "  ", "\n", "\n\n", "\t", "\u00a0", "\r\n \r\n"])
        records.append({"text": text, "key": len(records)})
        expected.append(places)
    (tmp_path / "in.jsonl").write_text(jsonl(*records))
    assert predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out.jsonl") == 30
    assert found(tmp_path / "out.jsonl") == expected
    assert [json.loads(line)["key"] for line in (tmp_path / "out.jsonl").read_text().splitlines()] == list(range(30))


def test_chunks_change_nothing(runs, tmp_path, monkeypatch):
    (tmp_path / "in.txt").write_text("a study shows fibrosis in a cell. A mouse with lymphoma\n" * 50)
    for size in (3, 1000):
        monkeypatch.setattr(stage, "CHUNK", size)
        predict(runs / "ner", tmp_path / "in.txt", tmp_path / f"{size}.jsonl")
    assert (tmp_path / "3.jsonl").read_bytes() == (tmp_path / "1000.jsonl").read_bytes()


def test_records_are_read_as_they_are_needed(runs, tmp_path, monkeypatch):
    """A malformed record far down is met after the first chunk is written, and nothing is left."""
    monkeypatch.setattr(stage, "CHUNK", 2)
    written = []
    monkeypatch.setitem(stage.FORMS, "ner", (stage._read_texts, lambda item, tags: written.append(item) or "", (".jsonl",)))
    (tmp_path / "in.jsonl").write_text(jsonl(*[{"text": "gene"}] * 5) + "{}\n")
    with pytest.raises(InputError, match="line 6"):
        predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert len(written) == 4 and [path.name for path in tmp_path.iterdir()] == ["in.jsonl"]


def test_pubtator_counts_over_title_and_abstract(runs, tmp_path):
    records = [
        {"pmid": 17, "title": "The fibrosis", "text": "A mouse shows\nlymphoma. In a cell"},
        {"id": "x", "text": "The study shows that. The gene causes anaemia\tin a mouse"},
        {"text": "fibrosis"},
        {"text": ""},
    ]
    (tmp_path / "in.jsonl").write_text(jsonl(*records))
    predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out.pubtator")
    assert (tmp_path / "out.pubtator").read_text() == (
        "17|t|The fibrosis\n17|a|A mouse shows lymphoma. In a cell\n17\t4\t12\tfibrosis\ttoy-ner\n17\t27\t35\tlymphoma\ttoy-ner\n\n"
        "x|t|The study shows that.\nx|a|The gene causes anaemia in a mouse\nx\t38\t45\tanaemia\ttoy-ner\n\n"
        "3|t|fibrosis\n3|a|\n3\t0\t8\tfibrosis\ttoy-ner\n\n"
        "4|t|\n4|a|\n\n"
    )
    predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert found(tmp_path / "out.jsonl")[0] == [(4, 12, "fibrosis"), (27, 35, "lymphoma")]


def test_pubtator_in_is_pubtator_out_with_the_runs_own_entities(runs, tmp_path):
    texts = ["17|t|The fibrosis\n17|a|A mouse shows lymphoma. In a cell\n", "x|t|\nx|a|anaemia\n"]
    (tmp_path / "in.pubtator").write_text(f"{texts[0]}17\t0\t3\tThe\tGene\n\n{texts[1]}")
    assert predict(runs / "ner", tmp_path / "in.pubtator", tmp_path / "out.pubtator") == 2
    mine = ["17\t4\t12\tfibrosis\ttoy-ner\n17\t27\t35\tlymphoma\ttoy-ner\n\n", "x\t1\t8\tanaemia\ttoy-ner\n\n"]
    assert (tmp_path / "out.pubtator").read_text() == texts[0] + mine[0] + texts[1] + mine[1]
    predict(runs / "ner", tmp_path / "in.pubtator", tmp_path / "out.jsonl")
    first = json.loads((tmp_path / "out.jsonl").read_text().splitlines()[0])
    assert (first["pmid"], first["title"], first["text"]) == ("17", "The fibrosis", "A mouse shows lymphoma. In a cell")
    (tmp_path / "in.pubtator").write_text("BRCA1 causes fibrosis\n")
    with pytest.raises(InputError, match=r"in\.pubtator: line 1"):
        predict(runs / "ner", tmp_path / "in.pubtator", tmp_path / "out.pubtator")


@pytest.mark.parametrize(
    ("task", "ending", "fitting"),
    [("re", ".pubtator", ".tsv"), ("ner", ".tsv", ".jsonl or .pubtator"), ("classification", ".jsonl", ".tsv"), ("qa", ".gz", ".jsonl")],
)
def test_an_output_that_promises_another_form_is_refused(runs, tmp_path, task, ending, fitting):
    (tmp_path / "in.txt").write_text("@GENE$ causes @DISEASE$\n")
    with pytest.raises(InputError, match=rf"out\{ending}: predictions of the task {task} are no \{ending} file; end its name in {fitting}"):
        predict(runs / task, tmp_path / "in.txt", tmp_path / f"out{ending}")


@pytest.mark.parametrize("task", ["ner", "re", "inference", "similarity", "classification"])
def test_objects_of_json_are_no_texts(runs, tmp_path, task):
    (tmp_path / "in.txt").write_text(("a\tb" if task in ("inference", "similarity") else "a {gene}") + '\n{"question": "which\t?"}\n')
    with pytest.raises(InputError, match=r"in\.txt: line 2: an object of JSON where a text is expected; bioalbert predict --help"):
        predict(runs / task, tmp_path / "in.txt", tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("task", SETTINGS)
def test_no_records_are_an_empty_file(runs, tmp_path, task):
    (tmp_path / "in.jsonl").write_text("\n")
    assert predict(runs / task, tmp_path / "in.jsonl", tmp_path / "out") == 0
    assert (tmp_path / "out").read_bytes() == b""


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"text": "gene \\ud800"}', "line 1: not an object"),
        ('{"text": "gene", "title": 3}', "line 1: its title is no text"),
        ("[1]", "line 1"),
    ],
)
def test_records_of_another_form_are_refused(runs, tmp_path, line, told):
    (tmp_path / "in.jsonl").write_text(line)
    with pytest.raises(InputError, match=told):
        predict(runs / "ner", tmp_path / "in.jsonl", tmp_path / "out.jsonl")


def test_answers_are_merged_over_the_passages_of_a_question(runs, tmp_path):
    texts = ["the study shows fibrosis in a mouse", "a gene lowers lymphoma of the cell", "that causes fibrosis with beta"]
    records = [{"question": "which?", "contexts": texts, "key": 7}, {"question": "which?", "context": texts[1]}]
    (tmp_path / "qa.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    assert predict(runs / "qa", tmp_path / "qa.jsonl", tmp_path / "out") == 2
    first, second = map(json.loads, (tmp_path / "out").read_text().splitlines())
    assert first["key"] == 7 and first["contexts"] == texts and len(first["answers"]) == 5
    assert [answer["text"] for answer in first["answers"]][:2] == ["fibrosis", "lymphoma"]
    assert first["answers"][0]["probability"] < second["answers"][0]["probability"] <= 1  # a third of the passages does not name it
    assert second["answers"][0]["text"] == "lymphoma"


def test_a_list_question_has_as_many_answers_as_its_rule_takes(runs, tmp_path):
    texts = [f"lung cell gene {disease} heart dose" for disease in ("fibrosis", "lymphoma")]
    asked = [{"question": "Which disease?", "contexts": texts} | more for more in ({}, {"type": "factoid"}, {"type": "list"})]
    (tmp_path / "qa.jsonl").write_text("".join(json.dumps(one) + "\n" for one in asked))
    predict(runs / "qa", tmp_path / "qa.jsonl", tmp_path / "out")
    plain, factoid, several = ([one["text"] for one in json.loads(line)["answers"]] for line in (tmp_path / "out").read_text().splitlines())
    assert plain == factoid and len(plain) == 5
    assert sorted(several) == ["fibrosis", "lymphoma"]


def test_a_question_with_passages_under_both_keys_is_refused(runs, tmp_path):
    (tmp_path / "qa.jsonl").write_text(json.dumps({"question": "which?", "context": "a gene", "contexts": ["a cell"]}))
    with pytest.raises(InputError, match=r'qa\.jsonl: line 1: it has both "context" and "contexts"; keep one of them'):
        predict(runs / "qa", tmp_path / "qa.jsonl", tmp_path / "out")


@pytest.mark.parametrize("record", [{}, {"contexts": []}, {"contexts": "x"}, {"contexts": ["x", 1]}, {"context": None}])
def test_a_question_without_a_passage_is_refused(runs, tmp_path, record):
    (tmp_path / "qa.jsonl").write_text(json.dumps({"question": "which?"} | record))
    with pytest.raises(InputError, match=r"qa\.jsonl: line 1: the question 'which\?' has no context; give \"context\""):
        predict(runs / "qa", tmp_path / "qa.jsonl", tmp_path / "out")
