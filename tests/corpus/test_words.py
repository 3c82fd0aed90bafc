"""Words are compared without their case, punctuation and tokenisation."""

import numpy as np
import pyarrow as pa
import pytest

from bioalbert.corpus import words as module
from bioalbert.corpus.cli import run_corpus
from bioalbert.corpus.documents import read_batches
from bioalbert.corpus.words import SECOND, batches, words_in, words_of


def documents(*texts: list[str]) -> pa.ListArray:
    return pa.array(list(texts), pa.list_(pa.string()))


def hashes(text: str) -> list[int]:
    return words_of(documents([text])).hashes.tolist()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("IL-2 activates NF-κB (p < 0.05).", "il - 2 ACTIVATES NF ‐ κb ( p < 0.05 )"),
        ("10 mm² of TNFα", "10 mm2 of tnfα"),  # NFKC
        ("naïve\u00a0cells", "nai\u0308ve cells"),
        ("Ångström’s", "ÅNGSTRÖM's"),
        ("ﬁbre", "fibre"),
    ],
)
def test_equal_words(one: str, other: str):
    assert hashes(one) == hashes(other)
    assert words_in(one) == words_in(other)


@pytest.mark.parametrize(("one", "other"), [("IL2", "IL-2"), ("a b", "b a"), ("ab", "ba"), ("gene", "genes"), ("1 2", "12"), ("α", "a")])
def test_different_words(one: str, other: str):
    assert hashes(one) != hashes(other)


def test_words_sentences_and_documents_begin_where_they_should():
    found = words_of(documents(["One two.", "", "Three"], [], ["--", "four 5,6"]))
    assert len(found.hashes) == 6
    assert found.sentences.tolist() == [0, 2, 2, 3, 3, 6]
    assert found.documents.tolist() == [0, 3, 3, 6]


def test_a_span_has_the_same_hash_wherever_it_stands():
    text = words_of(documents(["a b c d", "x a b c"], ["a b c"]))
    start = np.array([0, 5, 8])
    for multiplier in (module.FIRST, SECOND):
        assert len(set(text.spans(start, start + 3, multiplier).tolist())) == 1
    assert len(set(text.spans(start, start + 2).tolist()) | set(text.spans(start, start + 3).tolist())) == 2


def test_every_word_of_real_text_is_the_one_that_words_in_gives(mirror, tmp_path):
    """Equal hashes for equal words, different ones for different words, in 60 real articles."""
    files = sorted((mirror / "pmc-oa-opendata.s3.amazonaws.com").glob("PMC*/*.xml"))[:60]
    shard = tmp_path / "pmc.parquet"
    run_corpus("pmc", [str(file) for file in files], str(shard))
    numbers: dict[str, int] = {}
    for batch in read_batches([shard], ["sentences"]):
        for _, part in batches(batch.column(0)):
            found = [word for document in part.to_pylist() for sentence in document for word in words_in(sentence)]
            given = words_of(part).hashes.tolist()
            assert len(given) == len(found)
            for word, number in zip(found, given):
                assert numbers.setdefault(word, number) == number
    assert len(set(numbers.values())) == len(numbers) > 15_000


def test_batches_hold_all_documents_in_order(monkeypatch):
    monkeypatch.setattr(module, "CHARACTERS_A_BATCH", 10)
    texts = documents(["abc"], ["x" * 50], [], ["abc", "def"], ["1234567"])
    parts = list(batches(texts))
    assert [first for first, _ in parts] == [0, 1, 2, 4]
    assert pa.concat_arrays([part for _, part in parts]).equals(texts)
    assert list(batches(documents())) == []
