import csv
import gzip
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from bioalbert.demo.grammar import LINKS, UNSEEN_LINKS, terms
from bioalbert.demo.world import make_world

KINDS = ("disease", "gene", "chemical")


@pytest.fixture(scope="module")
def corpus(demo: Path) -> str:
    """All running text of PubMed's and PMC's files and the notes, in lower case."""
    packed = sorted(demo.glob("mirror/ftp*/pubmed/baseline/*.xml.gz"))
    roots = [etree.fromstring(gzip.decompress(file.read_bytes())) for file in packed]
    roots += [etree.parse(file).getroot() for file in sorted(demo.glob("mirror/pmc*/PMC*/*.xml"))]
    texts = [text for root in roots for text in root.itertext()]
    with gzip.open(demo / "NOTEEVENTS.csv.gz", "rt", newline="") as stream:
        texts += [" ".join(row["TEXT"].split()) for row in csv.DictReader(stream)]
    return "\n".join(texts).lower()


def sentences(file: Path) -> list[list[tuple[str, str]]]:
    blocks = file.read_text().removesuffix("\n\n").split("\n\n")
    return [[tuple(line.split("\t")) for line in block.split("\n")] for block in blocks]


def test_ner_tags_are_legal_and_mark_diseases(datasets: Path):
    world = make_world(1)
    diseases = {*world.names["disease"], *world.strangers["disease"]}
    for name in ("train", "devel", "test"):
        for sentence in sentences(datasets / f"ner/{name}.tsv"):
            tags = "".join(tag for _, tag in sentence)
            assert re.fullmatch(r"(O|BI*)+", tags), tags
            found = {" ".join(word for word, _ in sentence[match.start() : match.end()]) for match in re.finditer("BI*", tags)}
            assert found <= diseases


def test_ner_train_dev_is_train_then_devel(datasets: Path):
    train, devel, both = ((datasets / f"ner/{name}.tsv").read_text() for name in ("train", "devel", "train_dev"))
    assert train + devel == both


def test_ner_test_puts_things_of_every_kind_into_the_same_place(datasets: Path):
    world = make_world(1)
    first_words = {kind: {name.split()[0] for name in world.names[kind]} for kind in KINDS}
    here = Counter()
    for sentence in sentences(datasets / "ner/test.tsv"):
        words = [word for word, _ in sentence]
        if words[:3] == ["the", "role", "of"]:
            here.update(kind for kind in KINDS if words[3] in first_words[kind])
    assert min(here[kind] for kind in KINDS) >= 3


def test_names_of_the_test_sets_are_absent_from_the_training_sets(datasets: Path):
    files = ["ner/train_dev.tsv", "re/1/train.tsv", "qa/train.json"]
    text = " ".join((datasets / file).read_text() for file in files).lower()
    words = set(re.findall(r"[a-z]+", text))
    for kind, names in make_world(1).names_of("test").items():
        if kind in KINDS:
            assert not {name.split()[0] for name in names} & words, kind


def test_names_of_the_test_sets_are_frequent_in_the_corpus(corpus: str):
    counts = Counter(re.findall(r"[a-z]+", corpus))
    for names in make_world(1).names_of("test").values():
        for name in names:
            assert counts[name.split()[0]] >= 30, name


def test_every_word_stands_before_a_comma_too(corpus: str):
    """Else SentencePiece's seeds lack it as a whole and its pieces are syllables."""
    named = {name.split()[0] for kind, names in make_world(1).names.items() if kind in KINDS for name in names}
    for word in [*terms(), *named]:
        assert f" {word}," in corpus, word


def test_re_files_have_gads_form(datasets: Path):
    train = [line.split("\t") for line in (datasets / "re/1/train.tsv").read_text().splitlines()]
    header, *test = [line.split("\t") for line in (datasets / "re/1/test.tsv").read_text().splitlines()]
    assert header == ["index", "sentence", "label"]
    assert [row[0] for row in test] == [str(index) for index in range(len(test))]
    assert (datasets / "re/1/dev.tsv").read_bytes() == b""
    for sentence, label in train + [row[1:] for row in test]:
        assert sentence.count("@GENE$") == sentence.count("@DISEASE$") == 1
        assert label in ("0", "1")
    assert 0.4 < sum(label == "1" for _, label in train) / len(train) < 0.6


def test_re_test_has_verbs_that_only_the_corpus_explains(datasets: Path, corpus: str):
    train, test = ((datasets / f"re/1/{name}.tsv").read_text() for name in ("train", "test"))
    for verbs in LINKS.values():
        for verb in verbs[-UNSEEN_LINKS:]:
            assert verb not in train
            assert f"{verb} @DISEASE$" in test
            assert corpus.count(f" {verb} ") >= 30


def test_qa_answers_stand_where_they_are_said_to(datasets: Path):
    things = [name for kind in ("gene", "chemical") for name in make_world(1).names_of("train")[kind]]
    for paragraph in json.loads((datasets / "qa/train.json").read_text())["data"][0]["paragraphs"]:
        for question in paragraph["qas"]:
            for answer in question["answers"]:
                start = answer["answer_start"]
                assert paragraph["context"][start : start + len(answer["text"])] == answer["text"]
                assert answer["text"].lower() in things


def test_qa_test_belongs_to_golden(datasets: Path):
    golden = {question["id"]: question for question in json.loads((datasets / "qa/golden.json").read_text())["questions"]}
    paragraphs = json.loads((datasets / "qa/test.json").read_text())["data"][0]["paragraphs"]
    asked = [(question, paragraph["context"]) for paragraph in paragraphs for question in paragraph["qas"]]
    for question, context in asked:
        assert re.fullmatch(r"[0-9a-f]{24}_\d{3}", question["id"])
        assert "answers" not in question
        gold = golden[question["id"][:24]]
        assert (gold["type"], gold["body"]) == ("factoid", question["question"])
        assert gold["exact_answer"][0][0] in context.lower()
    factoids = {id for id, question in golden.items() if question["type"] == "factoid"}
    assert factoids == {question["id"][:24] for question, _ in asked}
    assert 40 <= len(factoids) <= 60
    assert Counter(question["type"] for question in golden.values() if question["type"] != "factoid") == {"yesno": 1, "list": 1}
