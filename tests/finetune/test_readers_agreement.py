"""The real files: what is made from the authors' releases agrees with what BLURB and BLUE published of them."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.cli import main
from bioalbert.finetune.examples import Relation, seen_in_training
from bioalbert.finetune.readers import read, read_file


@pytest.fixture(scope="module")
def raw(mirror: Path, tmp_path_factory) -> Path:
    """data/raw with the real sets that the tests below need."""
    folder = tmp_path_factory.mktemp("raw")
    names = ["ddi", "gad", "euadr", "hoc", "biosses", "pubmedqa", "bioasq-yesno"]
    assert main(["download", *names, "--mirror", str(mirror), "--output", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def ddi(raw: Path):
    return lambda name: read_file(load("ddi"), name, raw / "ddi")


def rows(examples: list[Relation]) -> Counter:
    """White space at the ends and its kind are not kept by every copy."""
    return Counter((" ".join(one.text.split()), one.label) for one in examples)


def test_ddis_test_pairs_are_blurbs(ddi) -> None:
    ours, theirs = ddi("DDICorpus-2013.zip#test"), ddi("blurb/test.tsv")
    assert len(theirs) == 5716
    assert Counter((one.text, one.label) for one in ours) == Counter((one.text, one.label) for one in theirs)


def test_ddis_dev_documents_are_blurbs_in_its_order_of_pairs(ddi) -> None:
    """79 whole documents, one after another in the file. In two of them the copy that BLURB was made from has another text, and so other
    marks: those pairs agree in their labels."""
    ours, theirs = ddi("DDICorpus-2013.zip#blurb-dev"), ddi("blurb/dev.tsv")
    assert len(ours) == len(theirs) == 2496
    documents: dict[str, list[Relation]] = {}
    for one in ours:
        documents.setdefault(one.index.rpartition(".s")[0], []).append(one)
    assert len(documents) == 79
    listed = load("ddi").format_options["DDICorpus-2013.zip#blurb-dev"]["only"]
    in_order = [one for name in listed for one in documents[name]]
    assert [one.label for one in in_order] == [one.label for one in theirs]
    others = [one.index for one, other in zip(in_order, theirs) if one.text.split() != other.text.split()]
    assert Counter(index.rpartition(".p")[0] for index in others) == {"DDI-MedLine.d68.s0": 15, "DDI-MedLine.d134.s0": 6}


def test_the_rest_of_ddis_training_pairs_are_as_many_as_blurb_published(ddi) -> None:
    train, dev = ddi("DDICorpus-2013.zip#blurb-train"), ddi("DDICorpus-2013.zip#blurb-dev")
    assert len(train) == 25296
    assert {one.index for one in train}.isdisjoint(one.index for one in dev)
    assert rows(train) + rows(dev) == rows(ddi("DDICorpus-2013.zip#train"))


@pytest.mark.parametrize(("part", "file", "missing"), [("train", "blue/dev.tsv", 0), ("test", "blue/test.tsv", 45)])
def test_ddis_pairs_are_blues_by_their_ids(ddi, part: str, file: str, missing: int) -> None:
    ours = {one.index: one for one in ddi(f"DDICorpus-2013.zip#{part}")}
    theirs = ddi(file)
    there = [one for one in theirs if one.index in ours]
    assert {one.index.rpartition(".s")[0] for one in theirs if one.index not in ours} <= {"DrugDDI.d21928724"}
    assert len(theirs) - len(there) == missing
    assert [(ours[one.index].text.split(), ours[one.index].label) for one in there] == [(one.text.split(), one.label) for one in there]


def test_blues_dev_pairs_are_parted_from_training(ddi) -> None:
    train, dev = ddi("DDICorpus-2013.zip#blue-train"), ddi("DDICorpus-2013.zip#blue-dev")
    assert sorted(one.index for one in dev) == sorted(one.index for one in ddi("blue/dev.tsv"))
    assert (len(train), len(dev)) == (20548, 7244)
    marks = Counter(mark for one in train for mark in ("@drug$", "@brand$", "@group$", "@drug_n$", "@DRUG$") if mark in one.text)
    assert marks["@DRUG$"] == 0 and all(marks[mark] for mark in ("@drug$", "@brand$", "@group$", "@drug_n$"))


def test_the_pair_without_a_type_is_false(ddi) -> None:
    assert [one.label for one in ddi("DDICorpus-2013.zip#train") if one.index == "DDI-DrugBank.d236.s29.p0"] == ["DDI-false"]


def test_test_sentences_of_gads_folds_that_are_trained_on(raw) -> None:
    gad, euadr = load("gad"), load("euadr")

    def repeated(entry, fold: int) -> int:
        return seen_in_training(*(read(entry, "biobert", split, raw / entry.id, fold) for split in ("train", "test")))

    assert [repeated(gad, fold) for fold in range(1, 11)] == [8, 9, 4, 13, 16, 6, 16, 28, 1, 2]
    assert [repeated(euadr, fold) for fold in range(1, 11)] == [0] * 10


def test_blurbs_gad_is_the_first_fold(raw) -> None:
    gad = load("gad")
    train, dev, test = (read(gad, "blurb", split, raw / "gad") for split in ("train", "dev", "test"))
    assert rows(train + dev) == rows(read(gad, "biobert", "train", raw / "gad", 1))
    assert rows(test) == rows(read(gad, "biobert", "test", raw / "gad", 1))


def test_both_forms_of_biosses_are_one_split(raw, mirror: Path) -> None:
    entry = load("biosses")
    (folder,) = (mirror / "raw.githubusercontent.com/justinphan3110/SciFive").glob("*/biot5x/data/BIOSSES")
    for split, size in (("train", 64), ("dev", 16), ("test", 20)):
        found = read(entry, "blue", split, raw / "biosses")
        with (folder / f"{split}_blurb.tsv").open(encoding="utf-8", newline="") as stream:
            theirs = Counter((" ".join(text.split()), float(score)) for text, score in csv.reader(stream, delimiter="\t"))
        assert Counter((" ".join(f"s1: {one.text} s2: {one.text_b}".split()), one.score) for one in found) == theirs
        assert len(found) == size


def test_hallmarks_have_one_meaning_in_blue_and_blurb(raw) -> None:
    """1,022 abstracts are letter for letter in both (BLURB's text is that of the sentences, BLUE's lacks some); two have other labels."""
    entry = load("hoc")
    blue, blurb = (
        {"".join(one.text.split()): one for split in ("train", "dev", "test") for one in read(entry, protocol, split, raw / "hoc")}
        for protocol in ("blue", "blurb")
    )
    assert (len(blue), len(blurb), len(blue.keys() & blurb)) == (1580, 1852, 1022)
    assert {blue[text].index for text in blue.keys() & blurb if blue[text].labels != blurb[text].labels} == {"20525204", "20720310"}
    assert sum(not one.labels for one in blurb.values()) == 272 and all(one.labels for one in blue.values())


def test_pubmedqas_dev_questions_are_blurbs(raw, mirror: Path) -> None:
    entry = load("pubmedqa")
    (folder,) = (mirror / "raw.githubusercontent.com/justinphan3110/SciFive").glob("*/biot5x/data/pubmedqa")
    for split in ("train", "dev", "test"):
        theirs = Counter(
            tuple(line.split("\t")) for line in (folder / f"{split}_blurb.tsv").read_text(encoding="utf-8").split("\n") if line
        )
        ours = Counter(
            (f"question: {one.text} context: {one.text_b}", one.label) for one in read(entry, "official", split, raw / "pubmedqa")
        )
        assert sum(theirs.values()) == sum(ours.values())
        assert Counter({("".join(text.split()), label): n for (text, label), n in ours.items()}) == Counter(
            {("".join(text.split()), label): n for (text, label), n in theirs.items()}
        )


def test_yes_no_questions_have_their_context(raw) -> None:
    found = read(load("bioasq-yesno"), "blurb", "test", raw / "bioasq-yesno")
    assert found[0].text == "Is Baloxavir effective for influenza?" and found[0].text_b.startswith("Baloxavir marboxil (Xofluza™;")
