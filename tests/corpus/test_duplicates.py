"""Which documents are left out because another one holds the same."""

import itertools
import re
import unicodedata
from collections import defaultdict

import pyarrow.parquet as pq
import pytest

from bioalbert.cli import main
from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import Document, ShardWriter, read_documents
from bioalbert.files import read_json


def made(id: str, *sentences: str, pmid: str | None = None) -> Document:
    return Document(id, id.partition(":")[0], sentences[0], "", list(sentences), [""] * len(sentences), pmid=pmid)


@pytest.fixture
def found(tmp_path):
    """found([documents of a shard], ...) -> ({id: (reason, of)}, counts)."""
    numbers = itertools.count()

    def run(*shards: list[Document]) -> tuple[dict, dict]:
        folder = tmp_path / str(next(numbers))
        paths = [folder / f"{number}.parquet" for number in range(len(shards))]
        for path, rows in zip(paths, shards):
            with ShardWriter(path) as shard:
                for row in rows:
                    shard.add(row)
        assert main(["corpus", "duplicates", "--documents", *map(str, paths), "--output", f"{folder}/found.parquet"]) == 0
        rows = pq.read_table(folder / "found.parquet").to_pylist()
        return {row["id"]: (row["reason"], row["of"]) for row in rows}, read_json(folder / "found.stats.json")

    return run


TEXT = ("Genes of mice.", "IL-2 was high.", "IL-4 was low.")
SAME = ("GENES OF MICE", "Il-2 was high;", "IL - 4 was low .")


def test_equal_words_are_equal_texts(found):
    left_out, counts = found(
        [made("text:b#1", *TEXT), made("text:a#1", *SAME)], [made("text:c#1", " ".join(SAME)), made("text:d#1", *TEXT[:2])]
    )
    assert left_out == {"text:b#1": ("duplicate of", "text:a#1"), "text:c#1": ("duplicate of", "text:a#1")}
    assert counts == {"documents": 4, "left_out": {"duplicate of": 2}, "kept_for_an_id_met_twice": 0, "restricted": False}


def test_the_article_stays_and_its_citation_goes(found):
    citations = [made("pubmed:11", "A title.", "An abstract.", pmid="11"), made("pubmed:12", "Another.", pmid="12")]
    articles = [made("pmc:PMC7.1", "A title.", "An abstract.", "A body.", pmid="11"), made("pmc:PMC8.1", "No link.", "Text.")]
    left_out, counts = found(citations, articles)
    assert left_out == {"pubmed:11": ("full text in", "pmc:PMC7.1")}
    assert counts["left_out"] == {"full text in": 1}


def test_of_equal_texts_that_of_pmc_stays(found):
    rows = [made("pubmed:1", *TEXT, pmid="1"), made("pmc:PMC9.1", *SAME), made("text:a#1", *TEXT)]
    assert found(rows)[0] == {"pubmed:1": ("duplicate of", "pmc:PMC9.1"), "text:a#1": ("duplicate of", "pmc:PMC9.1")}


def test_a_text_never_goes_for_one_that_goes_itself(found):
    """The citation 1 goes because of its article; 2, equal to it, must then stay: the article need not hold the very same text."""
    rows = [made("pubmed:1", *TEXT, pmid="1"), made("pubmed:2", *TEXT, pmid="2"), made("pmc:PMC9.1", "Revised.", "Much more.", pmid="1")]
    assert found(rows)[0] == {"pubmed:1": ("full text in", "pmc:PMC9.1")}


def test_two_documents_of_one_id_are_kept_and_counted(found):
    """They could only be left out together."""
    left_out, counts = found([made("text:a.txt#1", *TEXT)], [made("text:a.txt#1", *SAME), made("text:A#1", *SAME)])
    assert left_out == {}
    assert counts["kept_for_an_id_met_twice"] == 1


def test_the_order_of_shards_and_documents_does_not_matter(found):
    rows = [
        made("pubmed:3", *TEXT, pmid="3"),
        made("pubmed:4", "Other.", pmid="4"),
        made("pmc:PMC1.1", *TEXT, "More.", pmid="3"),
        made("pmc:PMC1.2", "Another version.", pmid="3"),
        made("text:z#1", *SAME),
        made("text:y#1", *SAME),
        made("text:x#1", "Other"),
    ]
    results = [found(list(order[:3]), list(order[3:])) for order in itertools.islice(itertools.permutations(rows), 0, None, 700)]
    assert all(result == results[0] for result in results)
    assert results[0][0] == {
        "pubmed:3": ("full text in", "pmc:PMC1.1"),
        "text:z#1": ("duplicate of", "text:y#1"),
        "text:x#1": ("duplicate of", "pubmed:4"),
    }


def test_no_documents(found):
    assert found([]) == ({}, {"documents": 0, "left_out": {}, "kept_for_an_id_met_twice": 0, "restricted": False})


def test_the_public_notes_have_203_that_repeat_others(real_data, found, tmp_path):
    """Against a comparison of the words themselves."""
    shard = tmp_path / "notes.parquet"
    run_corpus("mimic", [str(real_data / "mimic-standin/NOTEEVENTS.csv.gz")], str(shard))
    notes = list(read_documents([shard]))
    same = defaultdict(list)
    for note in notes:
        text = unicodedata.normalize("NFKC", " ".join(note.sentences)).lower()
        same[" ".join(re.findall(r"[^\W_]+", text))].append(note.id)
    left_out, counts = found(notes)
    assert left_out == {id: ("duplicate of", min(ids)) for ids in same.values() for id in ids if id != min(ids)}
    assert counts["left_out"] == {"duplicate of": 203}
