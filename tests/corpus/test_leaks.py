"""Which benchmark items stand in the documents."""

import json
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioalbert.catalogue import entries
from bioalbert.cli import main
from bioalbert.corpus import passages as module
from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import Document, ShardWriter
from bioalbert.corpus.items import items_of
from bioalbert.corpus.passages import Search, prepare
from bioalbert.files import read_json

LONG = "We found that the mutation of codon twelve causes early onset colon cancer in mice ."  # 15 words, 3 n-grams
SHORT = "Mutations of codon twelve were rare in mice ."  # 8 words


def search(passages: list[str], *documents: list[str]) -> dict[tuple[str, int], float]:
    """(document's id, number of the passage) -> share; ids are "0", "1", ..."""
    made = Search(prepare(passages))
    for number, sentences in enumerate(documents):
        made.add(pa.array([str(number)]), pa.array([sentences], pa.list_(pa.string())))
    ids, numbers, shares = made.found()
    return {(id, number): share for id, number, share in zip(ids, numbers.tolist(), shares.tolist())}


def test_a_long_sentence_is_found_across_the_ends_of_sentences_and_whatever_its_punctuation():
    text = ["Before. We found (that the MUTATION of", "codon-twelve causes early-onset colon cancer, in mice) and rats."]
    assert search([LONG], text) == {("0", 0): 1.0}


def test_half_of_the_n_grams_is_enough_and_less_is_not():
    words = [*LONG.split()[:-1], "that", "were", "fed", "well"]  # 19 words, 7 n-grams
    item = " ".join(words)
    assert search([item], [" ".join(words[:16])]) == {("0", 0): 4 / 7}
    assert search([item], [" ".join(words[:15])]) == {}
    assert search([item], [" ".join(words[:13])], [" ".join(words[6:])]) == {}  # halves in two documents are not added up


def test_an_n_gram_never_joins_two_documents():
    words = LONG.split()
    made = Search(prepare([LONG]))
    made.add(pa.array(["a", "b"]), pa.array([[" ".join(words[:8])], [" ".join(words[8:])]]))
    assert made.found()[0] == []


def test_a_short_sentence_counts_only_as_a_whole_sentence():
    assert search([SHORT], ["One.", "Mutations of codon twelve were rare in mice"]) == {("0", 0): 1.0}
    assert search([SHORT], ["Mutations of codon twelve were rare in mice and rats."]) == {}
    assert search([SHORT], ["Mutations of codon twelve", "were rare in mice."]) == {}


def test_what_is_too_short_is_not_looked_for():
    items = [SHORT, "Seven words are not enough for it .", "", "@GENE$ causes @DISEASE$.", LONG]
    assert prepare(items).searchable().tolist() == [True, False, False, False, True]
    assert search(items[1:2], [items[1]]) == {}


MASKED = "We found that the @GENE$ polymorphism was not associated with the risk of @DISEASE$ in Chinese women."


@pytest.mark.parametrize(
    ("sentence", "is_it"),
    [
        ("We found that the IL-6 polymorphism was not associated with the risk of colon cancer in Chinese women.", True),
        ("We found that the polymorphism was not associated with the risk of cancer in Chinese women.", False),  # nothing for the mask
        ("We found that the IL-6 polymorphism was associated with the risk of colon cancer in Chinese women.", False),
        ("We found that the IL-6 polymorphism was not associated with the risk of colon cancer in Chinese women or men.", False),
        ("We found that the " + "long " * 11 + "polymorphism was not associated with the risk of cancer in Chinese women.", False),
    ],
)
def test_masks_stand_for_one_to_ten_words_of_a_whole_sentence(sentence: str, is_it: bool):
    assert search([MASKED], [sentence]) == ({("0", 0): 1.0} if is_it else {})


@pytest.mark.parametrize("item", ["@GENE$ was not associated with the risk of @DISEASE$ at any age in Chinese women.", MASKED])
def test_masked_sentences_are_looked_for_at_either_end(item: str):
    assert all(count >= module.ANCHOR for _, count in prepare([item]).anchors)
    assert len(search([item], [item.replace("@GENE$", "TNF alpha").replace("@DISEASE$", "asthma")])) == 1


def test_a_masked_sentence_needs_13_words_of_its_own():
    for one, other in (("@GENE$", "@DISEASE$"), ("@problem$", "@treatment$"), ("@drug_n$", "@drug_n$")):
        assert not prepare([f"We found no association between {one} and the risk of {other}."]).searchable().any()
        assert prepare([f"We found no association at all between {one} and the relative risk of {other} here."]).searchable().all()


def test_a_long_piece_between_masks_is_enough():
    text = LONG.replace(" .", "")
    assert search([f"@GENE$ , {text} , @DISEASE$ ."], ["Something else: " + text + "."]) == {("0", 0): 1.0}


def test_what_stands_in_more_than_ten_documents_is_common():
    for item in (LONG, SHORT):
        assert len(search([item], *[[item]] * 10)) == 10
        assert search([item], *[[item]] * 11) == {}
    assert len(search([LONG], [LONG] * 11)) == 1  # eleven times in one document
    together = Search(prepare([LONG, SHORT]))
    together.add(pa.array([str(number) for number in range(11)]), pa.array([[LONG, SHORT]] * 11))
    assert together.found()[0] == []


def test_order_and_batches_do_not_matter():
    draw = random.Random(3)
    words = [f"w{number}" for number in range(40)]
    documents = [[" ".join(draw.choices(words, k=draw.randint(5, 30))) for _ in range(6)] for _ in range(60)]
    items = [draw.choice(draw.choice(documents)) for _ in range(80)]
    rows = [(f"text:{number}", document) for number, document in enumerate(documents)]
    results = []
    for size in (1, 7, 60):
        made = Search(prepare(items))
        for first in range(0, len(rows), size):
            ids, texts = zip(*rows[first : first + size])
            made.add(pa.array(ids), pa.array(texts, pa.list_(pa.string())))
        results.append(sorted(zip(*(list(part) for part in made.found()))))
        draw.shuffle(rows)
    assert results[0] == results[1] == results[2]
    whole = {number for number, item in enumerate(items) if len(item.split()) >= module.LEAST}
    assert {row[1] for row in results[0]} == whole


# The audit as a whole, on a data set of one's own.

OWN = """\
title: a set of one's own
kind: dataset
task: re
licence: CC0
format: labelled-tsv
format_options: {"*": {columns: [index, text, label]}}
labels: ["0", "1"]
pmid: '(\\d+)\\.T\\d+'
protocols:
  first: {train: [train.tsv], test: [test.tsv]}
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Its catalogue file; the test rows: 0 found by text, 1 by PMID and text, 2 by PMID, 3 not, 4 too short."""
    file = tmp_path / "own.yaml"
    file.write_text(OWN)
    rows = [f"x1\t{LONG}", f"77.T1\t{SHORT}", "77.T2\tAltogether other words .", f"99.T1\t{LONG.replace('colon', 'skin')}", "x2\tShort ."]
    (tmp_path / "raw/own").mkdir(parents=True)
    (tmp_path / "raw/own/test.tsv").write_text("".join(f"{row}\t1\n" for row in rows))
    (tmp_path / "raw/own/train.tsv").write_text(f"1.T1\t{SHORT}\t0\n")
    return file


@pytest.fixture
def shards(tmp_path: Path) -> list[Path]:
    rows = [
        Document("pubmed:77", "pubmed", "", "", ["A title.", SHORT], ["", ""], pmid="77"),
        Document("pubmed:78", "pubmed", "", "", ["Nothing."], [""], pmid="78"),
        Document("mimic:5", "mimic", "", "", ["Secret words.", LONG], ["", ""], restricted=True),
    ]
    for number, row in enumerate(rows):
        with ShardWriter(tmp_path / f"shard-{number}.parquet") as shard:
            shard.add(row)
    return [tmp_path / f"shard-{number}.parquet" for number in range(3)]


def audit(tmp_path: Path, shards: list[Path], *arguments: object) -> tuple[list[tuple], dict]:
    """Runs the command; returns the rows of leaks.parquet (id, split, item, how) and leaks.json."""
    output = tmp_path / "leaks"
    command = ["corpus", "leaks", "--documents", *shards, "--data", tmp_path / "raw", "--output", output, *arguments]
    assert main([str(part) for part in command]) == 0
    rows = pq.read_table(output / "leaks.parquet").to_pylist()
    return [(row["id"], row["split"], row["item"], row["how"]) for row in rows], read_json(output / "leaks.json")


FOUND = [
    ("mimic:5", "test", 0, "text"),
    ("pubmed:77", "test", 1, "pmid"),
    ("pubmed:77", "test", 1, "text"),
    ("pubmed:77", "test", 2, "pmid"),
]


def test_the_audit(own, shards, tmp_path):
    rows, summary = audit(tmp_path, shards, "--datasets", own, f"{own}@first")
    assert rows == FOUND
    (told,) = summary["datasets"]
    assert told == {
        "dataset": "own@first",
        "split": "test",
        "items": 5,
        "searchable": 4,
        "found": 3,
        "share": 0.75,
        "by_pmid": 2,
        "by_text": 2,
        "documents": 2,
        "not_audited": "",
    }
    assert (summary["documents"], summary["left_out"]) == (3, 0)
    assert "| own@first | test | 5 | 4 | 3 | 75.00 % | 2 | 2 | 2 |  |" in (tmp_path / "leaks/leaks.md").read_text()
    assert "own@first,test,5,4,3,0.75,2,2,2,\n" in (tmp_path / "leaks/leaks.csv").read_text()


def test_other_splits_on_demand(own, shards, tmp_path):
    rows, summary = audit(tmp_path, shards, "--datasets", own, "--splits", "test", "train", "dev")
    assert rows == [*FOUND, ("pubmed:77", "train", 0, "text")]
    told = [(row["split"], row["found"], row["not_audited"]) for row in summary["datasets"]]
    assert told == [("test", 3, ""), ("train", 1, ""), ("dev", 0, "the protocol has no such split")]


def test_any_sentence_of_a_pair_is_enough(own, shards, tmp_path):
    own.write_text(OWN.replace("[index, text, label]", "[index, text, text_b, label]"))
    other = " ".join(f"word{number}" for number in range(40))
    (tmp_path / "raw/own/test.tsv").write_text(f"x1\t{LONG}\t{other}\t1\nx2\t{other}\t{LONG}\t1\nx3\t{LONG}\t{LONG}\t1\n")
    rows, _ = audit(tmp_path, shards, "--datasets", own)
    assert rows == [("mimic:5", "test", number, "text") for number in range(3)]


def test_documents_left_out_do_not_count(own, shards, tmp_path):
    pq.write_table(pa.table({"id": ["pubmed:77"]}), tmp_path / "without.parquet")
    rows, summary = audit(tmp_path, shards, "--datasets", own, "--without", tmp_path / "without.parquet")
    assert rows == FOUND[:1]
    assert (summary["documents"], summary["left_out"]) == (2, 1)


def test_the_order_of_shards_does_not_matter(own, shards, tmp_path):
    assert audit(tmp_path, shards, "--datasets", own) == audit(tmp_path, shards[::-1], "--datasets", own)


def test_no_text_is_in_any_output_and_the_mark_stays(own, shards, tmp_path, capsys):
    audit(tmp_path, shards, "--datasets", own)
    written = [file.read_bytes() for file in (tmp_path / "leaks").iterdir()] + ["".join(capsys.readouterr()).encode()]
    assert not any(word in text for text in written for word in (b"ecret", b"codon", b"mutation"))
    assert read_json(tmp_path / "leaks/provenance.json")["restricted"] is True


def test_absent_files_and_formats_without_a_reader_are_named(shards, tmp_path):
    rows, summary = audit(tmp_path, shards[:2], "--datasets", "ncbi-disease@blurb", "mednli")
    assert rows == []
    reasons = {told["dataset"]: told["not_audited"] for told in summary["datasets"]}
    assert reasons["ncbi-disease@blurb"].endswith("test.tsv: no such file; run: bioalbert download ncbi-disease")
    assert "it is not public: apply at https://physionet.org/content/mednli/" in reasons["mednli@official"]
    assert [told["share"] for told in summary["datasets"]] == [None, None]


def test_an_unknown_data_set_is_refused(refused, shards, tmp_path):
    line = refused("corpus", "leaks", "--documents", shards[0], "--datasets", "ncbi-disaese", "--output", tmp_path / "leaks")
    assert "did you mean ncbi-disease" in line


# Real files.


@pytest.fixture(scope="module")
def raw(mirror: Path, tmp_path_factory) -> Path:
    """The real data sets that the tests below need, downloaded from the mirror."""
    folder = tmp_path_factory.mktemp("raw")
    assert main(["download", "chemprot", "gad", "bioasq-6b", "hoc", "--mirror", str(mirror), "--output", str(folder)]) == 0
    return folder


def test_bioasq_contexts_have_the_pmids_of_the_snippets_that_they_hold(raw):
    items = items_of(entries.load("bioasq-6b"), "biobert", "test", raw / "bioasq-6b")
    assert (len(items), sum(bool(item.pmids) for item in items), sum(len(item.pmids) == 1 for item in items)) == (525, 514, 502)
    assert items[0].passages[0].startswith("emMAW: computing minimal absent words in external memory.")
    assert items[0].pmids == {28407038}


def test_all_ten_folds_are_audited(raw):
    items = items_of(entries.load("gad"), "biobert", "test", raw / "gad")
    assert len(items) == 5330
    assert {item.fold for item in items} == set(range(1, 11))


def test_one_abstract_of_hoc_is_in_the_test_set_of_chemprot(raw, tmp_path):
    """Read by eye: of HoC's 1,580 abstracts one, on jaceosidin, is also ChemProt's: rows 9792 to 9809 of the test file, all found but two
    that have fewer than 13 words besides their masks. (Rows 9788 to 9791 are of its title, which HoC lacks.) A sentence of GAD stands,
    but for the gene, in another abstract of its authors."""
    lines = [line for part in ("train", "dev", "test") for line in (raw / f"hoc/{part}.tsv").read_text().strip().split("\n")[1:]]
    pmids, texts = zip(*(line.split("\t")[:2] for line in lines))
    assert len(texts) == 1580
    (tmp_path / "hoc.jsonl").write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    run_corpus("text", [str(tmp_path / "hoc.jsonl")], str(tmp_path / "hoc.parquet"))
    command = ["corpus", "leaks", "--documents", tmp_path / "hoc.parquet", "--datasets", "chemprot", "gad", "--data", raw]
    assert main([str(part) for part in [*command, "--output", tmp_path / "leaks"]]) == 0
    found = pq.read_table(tmp_path / "leaks/leaks.parquet").to_pylist()
    rows = [(row["dataset"], row["fold"], row["item"], pmids[int(row["id"].partition("#")[2]) - 1]) for row in found]
    jaceosidin = [("chemprot@blurb", 0, number, "23274058") for number in range(9792, 9810) if number not in (9794, 9798)]
    assert rows == [*jaceosidin, ("gad@biobert", 5, 137, "23825998")]
