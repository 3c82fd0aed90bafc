"""`bioalbert bioasq-to-squad`: BioASQ's own JSON in the form that SQuAD's readers, this program's and others', take."""

import json

import pytest

from bioalbert.cli import main
from bioalbert.corpus.documents import Document, ShardWriter
from bioalbert.files import read_json

URL = "http://www.ncbi.nlm.nih.gov/pubmed/"
KEYS = ["a" * 24, "b" * 24, "c" * 24]


def question(key: str, answer: str, **more: object) -> dict:
    snippets = [{"text": "BRCA1 and brca1.", "document": f"{URL}11"}, {"text": "No gene.", "document": f"{URL}12"}]
    return {"id": key, "type": "factoid", "body": "Which gene?", "exact_answer": [[answer]], "snippets": snippets} | more


@pytest.fixture
def source(tmp_path):
    questions = [question(KEYS[0], "BRCA1"), question(KEYS[1], "p53"), question(KEYS[2], "gene", type="list")]
    (tmp_path / "6b.json").write_text(json.dumps({"questions": questions}))
    return tmp_path / "6b.json"


@pytest.fixture
def squad(source, tmp_path, capsys):
    """Converts, and returns {id: (context, [(answer, its characters)])} and what was printed."""

    def convert(*options: object) -> tuple[dict, str]:
        assert main(["bioasq-to-squad", str(source), str(tmp_path / "squad.json"), *map(str, options)]) == 0
        (article,) = read_json(tmp_path / "squad.json")["data"]
        found = {}
        for paragraph in article["paragraphs"]:
            (item,) = paragraph["qas"]
            starts = [(answer["text"], answer["answer_start"]) for answer in item["answers"]]
            assert all(paragraph["context"][start : start + len(text)] == text for text, start in starts)
            found[item["id"]] = (paragraph["context"], [text for text, _ in starts])
        return found, capsys.readouterr().out

    return convert


def test_a_context_a_snippet(squad) -> None:
    found, printed = squad()
    assert found[f"{KEYS[0]}_000"] == ("BRCA1 and brca1.", ["BRCA1", "brca1"])
    assert found[f"{KEYS[1]}_001"] == ("No gene.", []) and len(found) == 4
    assert printed.startswith("2 questions, 1 of them without an answer in any context, 4 contexts, 3 of them without an answer")


def test_a_training_file_has_an_example_for_each_place(squad) -> None:
    found, printed = squad("--training")
    assert found == {f"{KEYS[0]}_000": ("BRCA1 and brca1.", ["BRCA1"]), f"{KEYS[0]}_001": ("BRCA1 and brca1.", ["brca1"])}
    assert "2 examples written" in printed


def test_list_questions_and_questions_that_are_left_out(squad, tmp_path) -> None:
    assert {key[:24] for key in squad("--type", "list")[0]} == {KEYS[2]}
    (tmp_path / "golden.json").write_text(json.dumps({"questions": [question(KEYS[0], "BRCA1")]}))
    assert {key[:24] for key in squad("--without", tmp_path / "golden.json")[0]} == {KEYS[1]}


def test_no_question_left_is_refused(source, tmp_path, refused) -> None:
    told = refused("bioasq-to-squad", source, tmp_path / "squad.json", "--without", source)
    assert f"{source}: none of its 2 factoid questions is left; give other files to --without" in told
    source.write_text(json.dumps({"questions": [question(KEYS[0], "BRCA1")]}))
    assert "no list question among its 1 factoid; choose another --type" in refused(
        "bioasq-to-squad", source, tmp_path / "squad.json", "--type", "list"
    )
    assert not (tmp_path / "squad.json").exists()


def test_nothing_to_write_is_refused_with_what_the_file_holds(source, tmp_path, refused) -> None:
    convert = ["bioasq-to-squad", source, tmp_path / "squad.json"]
    questions = [question(KEYS[0], "p53"), question(KEYS[1], "p21"), question(KEYS[2], "gene", type="list")]
    source.write_text(json.dumps({"questions": questions}))
    told = refused(*convert, "--training")
    assert f"{source}: none of its 2 factoid questions has an answer that stands in a context; it holds 2 factoid, 1 list" in told
    source.write_text(json.dumps({"questions": [one | {"snippets": []} for one in questions]}))
    told = refused(*convert)
    assert (
        "none of its 2 factoid questions has a context; it holds 2 factoid, 1 list; give shards that hold their documents with --documents"
        in told
    )
    assert not (tmp_path / "squad.json").exists()


def test_abstracts_of_the_documents_that_the_shards_hold(squad, source, tmp_path) -> None:
    with ShardWriter(tmp_path / "part.parquet") as shard:
        for pmid, kind in (("11", "pubmed"), ("12", "pmc"), ("13", "pubmed")):
            shard.add(Document(f"{kind}:{pmid}", kind, "On genes.", "CC0", ["On genes.", f"BRCA1 is the {pmid}th."], ["", ""], pmid))
    questions = [question(KEYS[0], "BRCA1", documents=[f"{URL}13", f"{URL}11"])]
    source.write_text(json.dumps({"questions": questions}))
    found, printed = squad("--documents", tmp_path / "part.parquet")
    contexts = [context for context, _ in found.values()]
    assert contexts == ["On genes. BRCA1 is the 13th.", "On genes. BRCA1 is the 11th.", "No gene."]  # an article is no abstract
    assert "2 of them abstracts" in printed


def test_what_is_written_is_what_the_reader_reads(squad, source, tmp_path) -> None:
    from bioalbert.catalogue.entries import load
    from bioalbert.finetune.readers.bioasq import BioasqOptions, read_bioasq
    from bioalbert.finetune.readers.squad import SquadOptions, read_squad

    squad()
    written = list(read_squad(tmp_path / "squad.json", load("bioasq-6b"), SquadOptions(), tmp_path))
    assert written == list(read_bioasq(source, load("bioasq-6b"), BioasqOptions(), tmp_path))
