"""The report on vocabularies: its rows, its files, and what must not stand in it."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from bioalbert.cli import main
from bioalbert.corpus.documents import Document
from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json
from bioalbert.vocabulary import figures
from bioalbert.vocabulary.coverage import coverage
from bioalbert.vocabulary.folder import read_vocabulary, reuse_vocabulary
from bioalbert.vocabulary.report import write_report
from bioalbert.vocabulary.train import train_vocabulary
from tests.catalogue.test_catalogue_check import laid_out

FILES = {"coverage.parquet", "coverage.csv", "terms.parquet", "terms.csv", "report.md", "coverage.svg", "terms.svg", "provenance.json"}


@pytest.fixture(scope="module")
def small(shards: list[Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vocabulary of fewer pieces, which splits more."""
    folder = tmp_path_factory.mktemp("vocabulary") / "small"
    train_vocabulary(shards, folder, 150, cased=False, sentences=10_000)
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> str:
    """A data set of one's own, whose training sentences stand in two files; returns its catalogue file's path."""
    (tmp_path / "raw" / "mine").mkdir(parents=True)
    rows = "The\tO\nkinase\tB\nCytochrom\tI\n.\tO\n\n" + "".join(f"kinase\tB\nnumber\tO\n{number}\tO\n\n" for number in range(12))
    for name in ("train.tsv", "test.tsv"):
        (tmp_path / "raw" / "mine" / name).write_text(rows)
    form = "kind: dataset\ntask: ner\ntitle: mine\nlicence: mine\nformat: conll\nlabels: [O, B, I]\n"
    files = "".join(f'  - {{name: {name}.tsv, url: "https://example.invalid/{name}.tsv"}}\n' for name in ("train", "test"))
    (tmp_path / "mine.yaml").write_text(f"{form}files:\n{files}protocols: {{p: {{train: [train.tsv], test: [test.tsv]}}}}\n")
    return str(tmp_path / "mine.yaml")


def test_rows_are_the_coverage_of_each_vocabulary_on_each_source(
    vocabulary: Path, small: Path, shards: list[Path], mine: str, documents: list, tmp_path: Path
):
    rows = write_report([vocabulary, small], shards, tmp_path / "raw", [mine], tmp_path / "report", 100_000)
    assert {file.name for file in (tmp_path / "report").iterdir()} == FILES
    pd.testing.assert_frame_equal(pd.read_parquet(tmp_path / "report" / "coverage.parquet"), rows)
    assert list(zip(rows["vocabulary"], rows["kind"], rows["source"])) == [
        ("folder", "corpus", "text"),
        ("small", "corpus", "text"),
        ("folder", "data set", "mine"),
        ("small", "data set", "mine"),
    ]
    everything = [sentence for document in documents for sentence in document.sentences]
    expected = coverage(read_vocabulary(small)[1], everything)
    assert tuple(rows.loc[1, ["texts", "words", "word_pieces", "unknown"]]) == (
        len(everything),
        expected.words,
        expected.word_pieces,
        expected.unknown,
    )
    assert rows.loc[2, "texts"] == 13  # the two files hold the same sentences
    terms = pd.read_csv(tmp_path / "report" / "terms.csv")
    assert set(terms["term"]) <= {"kinase"} and set(terms["count"]) <= {13}  # of words that occur in entities ten times


def test_equal_input_gives_equal_bytes(vocabulary: Path, small: Path, shards: list[Path], tmp_path: Path):
    for name, order in (("one", shards), ("two", shards[::-1])):
        write_report([vocabulary, small], order, tmp_path, [], tmp_path / name, 100)
    for name in FILES - {"provenance.json"}:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_without_entities_the_terms_are_words_of_the_corpora(small: Path, shards: list[Path], tmp_path: Path):
    write_report([small], shards, tmp_path, None, tmp_path / "report", 100_000)
    terms = pd.read_parquet(tmp_path / "report" / "terms.parquet")
    assert len(terms) == 20 and terms["count"].min() >= 10
    assert terms["pieces"].is_monotonic_decreasing
    assert (terms["split"].str.split(" ").str.len() == terms["pieces"]).all()
    assert "Of the words of the corpora" in (tmp_path / "report" / "report.md").read_text()


def test_restricted_text_is_counted_but_never_shown(
    vocabulary: Path, documents: list[Document], write_shard: Callable, mine: str, tmp_path: Path
):
    secret = replace(documents[0], source="notes", restricted=True, sentences=["Zyxwvutsr patients"] * 50, sections=[""] * 50)
    rows = write_report([vocabulary], [write_shard([*documents, secret])], tmp_path, [], tmp_path / "report", 100_000)
    assert list(rows["source"]) == ["notes", "text"] and rows.loc[0, "words"] == 100
    assert not any(b"zyxwvutsr" in file.read_bytes().lower() for file in (tmp_path / "report").iterdir())
    closed = Path(mine).with_name("closed.yaml")
    closed.write_text(Path(mine).read_text() + "access: credentialed\napply: https://example.invalid\n")
    (tmp_path / "raw" / "closed").symlink_to(tmp_path / "raw" / "mine")
    write_report([vocabulary], [], tmp_path / "raw", [str(closed)], tmp_path / "closed-report", 100)
    assert len(pd.read_csv(tmp_path / "closed-report" / "terms.csv")) == 0


def test_pieces_from_restricted_text_are_not_shown(small: Path, cased: bool, shards: list[Path], tmp_path: Path):
    reuse_vocabulary(small / "spiece.model", tmp_path / "notes", cased)
    write_json(tmp_path / "notes" / "vocabulary.json", read_json(tmp_path / "notes" / "vocabulary.json") | {"restricted": True})
    write_report([tmp_path / "notes"], shards, tmp_path, [], tmp_path / "report", 100_000)
    terms = pd.read_parquet(tmp_path / "report" / "terms.parquet")
    assert set(terms["split"]) == {""} and terms["pieces"].min() > 1
    assert "▁" not in (tmp_path / "report" / "report.md").read_text()


def test_what_cannot_be_reported_is_refused(vocabulary: Path, small: Path, mine: str, shards: list[Path], tmp_path: Path):
    def refused(match: str, *arguments: object) -> None:
        with pytest.raises(InputError, match=match):
            write_report(*arguments, tmp_path / "report", 100)
        assert not (tmp_path / "report").exists()

    refused("not a vocabulary folder", [tmp_path], shards, tmp_path, [])
    refused("two vocabularies of this name", [small, small], shards, tmp_path, [])
    refused("no text to measure on; give --documents", [small], [], tmp_path, None)
    refused("no file of this data set that can be read; run: bioalbert download mine", [small], [], tmp_path / "empty", [mine])


def test_command_line(small: Path, shards: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture):
    arguments = ["--vocabulary", small, "--documents", *shards, "--data", tmp_path, "--output", tmp_path / "report"]
    assert main(["vocabulary", "report", *map(str, arguments)]) == 0
    assert "report: 1 vocabularies on 1 corpora and data sets" in capsys.readouterr().out


def test_googles_vocabulary_on_a_real_data_set(google_model: Path, small: Path, mirror: Path, tmp_path: Path):
    """NCBI-disease: its words were counted with awk and grep, over the sentences of the four files, each sentence once."""
    laid_out("ncbi-disease", mirror, tmp_path / "raw")
    reuse_vocabulary(google_model, tmp_path / "google", cased=False)
    rows = write_report([tmp_path / "google", small], [], tmp_path / "raw", ["ncbi-disease"], tmp_path / "report", 100)
    assert rows.loc[0, "words"] == 157_242
    assert 1.2 < rows.loc[0, "pieces_per_word"] < 1.4 and 0.78 < rows.loc[0, "whole_words"] < 0.85
    assert rows.loc[1, "pieces_per_word"] > 2
    terms = pd.read_parquet(tmp_path / "report" / "terms.parquet").query("vocabulary == 'small' and split_most_by == 'small'")
    assert "neurodegenerative" in set(terms["term"])


def test_where_no_term_is_split_the_figure_is_a_line_that_says_so():
    drawn = figures.terms(pd.DataFrame(columns=["term", "vocabulary", "pieces", "split", "split_most_by"]))
    assert "No term is split." in drawn and 'height="36pt"' in drawn
