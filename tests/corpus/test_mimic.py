import csv
import gzip

import pytest

from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import is_restricted, read_documents, stats_path
from bioalbert.corpus.mimic import paragraphs
from bioalbert.files import read_json

COLUMNS = ["ROW_ID", "SUBJECT_ID", "CATEGORY", "ISERROR", "TEXT"]


@pytest.fixture
def notes(tmp_path):
    """notes(row, ..., columns=) -> path of a NOTEEVENTS.csv.gz; a row: (ROW_ID, ISERROR, TEXT)."""

    def write(*rows: tuple[str, str, str], columns=COLUMNS):
        path = tmp_path / "NOTEEVENTS.csv.gz"
        with gzip.open(path, "wt", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, columns, quoting=csv.QUOTE_ALL, extrasaction="ignore", restval="", lineterminator="\n")
            table.writeheader()
            table.writerows({"ROW_ID": row, "ISERROR": error, "TEXT": text} for row, error, text in rows)
        return path

    return write


def test_notes_are_restricted_documents(corpus, dropped, notes):
    made, stats = corpus("mimic", notes(("7", "", 'He said "no". Next\nline.'), ("8", "1", "Wrong."), ("9", "", " \n")))
    assert [(d.id, d.source, d.restricted, d.title) for d in made] == [("mimic:7", "mimic", True, "")]
    assert made[0].sentences == ['He said "no".', "Next line."]
    assert stats["dropped"] == {"marked as an error": 1, "no text": 1} and stats["restricted"] is True
    assert dropped() == [{"id": "mimic:8", "reason": "marked as an error"}, {"id": "mimic:9", "reason": "no text"}]


@pytest.mark.parametrize(
    "bracket, words",
    [
        ("[**Hospital1 18**]", "Hospital"),
        ("[**First Name8 (NamePattern2) 3**]", "First Name"),
        ("[**Known\nlastname 55**]", "Known lastname"),
        ("[**2101-10-20**]", "2101-10-20"),
        ("[**10-20**]", "10-20"),
        ("[**74**]", "74"),
        ("[**Month/Day/Year 12**]", "Month/Day/Year"),
        ("[** **]", ""),
    ],
)
def test_brackets_become_words(bracket, words):
    assert list(paragraphs(f"at {bracket}.")) == [("", f"at {words}.")]


@pytest.mark.parametrize(
    "note, wanted",
    [
        ("HISTORY OF PRESENT ILLNESS: A man.\nWith pain.", [("HISTORY OF PRESENT ILLNESS", "A man. With pain.")]),
        (
            "Intro.\nALLERGIES: None.\nPast Medical History:\nAsthma.",
            [("", "Intro."), ("ALLERGIES", "None."), ("Past Medical History", "Asthma.")],
        ),
        ("CHIEF COMPLAINT\n\nCough.\n\nStill.", [("CHIEF COMPLAINT", "Cough."), ("CHIEF COMPLAINT", "Still.")]),
        ("PT STABLE\nNO PAIN", [("", "PT STABLE NO PAIN")]),
        ("Temp: 38.5 today", [("", "Temp: 38.5 today")]),
        ("PLAN:\r\n\r\nGo home.", [("PLAN", "Go home.")]),
    ],
)
def test_heads_become_section_labels(note, wanted):
    found = [(label, " ".join(text.split())) for label, text in paragraphs(note)]
    assert [pair for pair in found if pair[1]] == wanted


def test_a_very_long_note(corpus, notes):
    made, _ = corpus("mimic", notes(("1", "", "Fine today. " * 20_000)))
    assert len(made[0].sentences) == 20_000


def test_heads_and_brackets_of_a_whole_note(corpus, notes):
    note = (
        "Admission Date:  [**2118-6-2**]\n\nHISTORY OF PRESENT ILLNESS:  Mr. [**Known lastname 1829**] came from [**Hospital1 18**].\n"
        "He had a\ncough.\n\nMEDICATIONS ON ADMISSION:\nAspirin.\n\n\nPHYSICAL EXAM\n\nLungs \x00clear\x07."
    )
    made, _ = corpus("mimic", notes(("7", "", note)))
    assert list(zip(made[0].sections, made[0].sentences)) == [
        ("", "Admission Date: 2118-6-2"),
        ("HISTORY OF PRESENT ILLNESS", "Mr. Known lastname came from Hospital."),
        ("HISTORY OF PRESENT ILLNESS", "He had a cough."),
        ("MEDICATIONS ON ADMISSION", "Aspirin."),
        ("PHYSICAL EXAM", "Lungs clear."),
    ]


def test_the_mark_covers_a_shard_of_notes(notes, tmp_path):
    shard = tmp_path / "a.parquet"
    run_corpus("mimic", [str(notes(("7", "", "Text.")))], str(shard))
    assert is_restricted([shard])


def test_broken_rows_are_known_by_their_place_not_by_their_content(corpus, dropped, tmp_path):
    """What stands in a broken row's ROW_ID may be the text of a note."""
    file = tmp_path / "NOTEEVENTS.csv"
    file.write_text('TEXT,ISERROR,ROW_ID\nA note.,,1\n"Secret, one",,secret two\nSecret three\nSecret, four,,5,6\n')
    made, stats = corpus("mimic", file)
    assert [document.id for document in made] == ["mimic:1"]
    assert stats["dropped"] == {"broken row": 3}
    assert [line["id"] for line in dropped()] == ["NOTEEVENTS.csv#2", "NOTEEVENTS.csv#3", "NOTEEVENTS.csv#4"]


def test_missing_columns_are_named(notes, tmp_path, refused):
    file = notes(("1", "", "Text."), columns=["ROW_ID", "TXT"])
    message = refused("corpus", "mimic", "--input", file, "--output", tmp_path / "a.parquet")
    assert "NOTEEVENTS.csv.gz: line 1: no column ISERROR, TEXT; give NOTEEVENTS.csv.gz of MIMIC-III" in message


def test_broken_files_are_refused_without_a_word_of_the_notes(notes, tmp_path, refused):
    file = notes(*[(str(row), "", f"Secret{row} " * 50) for row in range(300)])
    call = ["corpus", "mimic", "--input", file, "--output", tmp_path / "a.parquet"]
    whole = file.read_bytes()
    file.write_bytes(whole[:-40])
    assert "corrupt or truncated gzip" in refused(*call)
    file.write_bytes(gzip.compress(gzip.decompress(whole)[:-30]))
    message = refused(*call)
    assert "line 301: broken CSV" in message and "Secret" not in message
    assert not (tmp_path / "a.parquet").exists()


def test_stand_in_notes(real_data, tmp_path):
    shard = tmp_path / "a.parquet"
    run_corpus("mimic", [str(real_data / "mimic-standin" / "NOTEEVENTS.csv.gz")], str(shard))
    made = list(read_documents([shard]))
    assert len(made) == 1_908 - 19 and all(document.restricted for document in made)
    assert read_json(stats_path(shard))["dropped"] == {"marked as an error": 19}
    assert sum("HISTORY OF PRESENT ILLNESS" in document.sections for document in made) > 100
