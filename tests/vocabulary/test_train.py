"""Training a vocabulary."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import sentencepiece

from bioalbert.corpus.documents import Document
from bioalbert.errors import InputError
from bioalbert.files import digest, read_json
from bioalbert.vocabulary.folder import read_vocabulary, reuse_vocabulary
from bioalbert.vocabulary.train import sample_sentences, train_vocabulary

ALBERT_PIECES = ["<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]", "(", ")", '"', "-", ".", "–", "£", "€"]


def test_first_pieces_are_alberts(vocabulary: Path):
    model = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary / "spiece.model"))
    assert [model.id_to_piece(piece) for piece in range(13)] == ALBERT_PIECES
    assert [piece for piece in range(len(model)) if model.is_control(piece)] == [0, 2, 3, 4]
    assert not any(model.is_control(piece) or "(" in model.id_to_piece(piece) for piece in range(13, len(model)))


def test_case_and_accents_go_before_training(vocabulary: Path, cased: bool):
    model = sentencepiece.SentencePieceProcessor(model_file=str(vocabulary / "spiece.model"))
    letters = "".join(model.id_to_piece(piece) for piece in range(13, len(model)))
    assert ("ö" in letters, letters != letters.lower()) == (False, cased)


def test_no_piece_that_the_encoder_would_split(documents: list[Document], write_shard: Callable, tmp_path: Path):
    years = [f"in {year}, cells ({year - 9}, {year + 1}, {year % 7},{year % 5})" for year in range(1900, 2030)] * 2
    shard = write_shard([*documents, Document("text:years", "text", "", "CC0", years, [""] * len(years))])
    train_vocabulary([shard], tmp_path / "vocabulary", 250, cased=False, sentences=2000)
    model = sentencepiece.SentencePieceProcessor(model_file=str(tmp_path / "vocabulary" / "spiece.model"))
    pieces = [model.id_to_piece(piece) for piece in range(len(model))]
    assert [piece for piece in pieces if re.search(r"\d,$|\ue000", piece)] == []
    assert "," in pieces


def test_folder_describes_itself(vocabulary: Path, cased: bool):
    described = {"size": 300, "cased": cased, "sha256": digest(vocabulary / "spiece.model"), "source": "trained", "restricted": False}
    assert read_json(vocabulary / "vocabulary.json") == described
    files = {"spiece.model", "tokenizer.json", "tokenizer_config.json", "vocabulary.json", "provenance.json"}
    assert {file.name for file in vocabulary.iterdir()} == files


def test_equal_documents_give_equal_bytes(documents: list[Document], write_shard: Callable, tmp_path: Path):
    one = train_vocabulary([write_shard(documents)], tmp_path / "one", 250, cased=False, sentences=400)
    many = [write_shard(documents[80:]), write_shard(documents[:30][::-1]), write_shard(documents[30:80])]
    two = train_vocabulary(many, tmp_path / "two", 250, cased=False, sentences=400)
    assert one == two
    for name in ("spiece.model", "tokenizer.json", "tokenizer_config.json", "vocabulary.json"):
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_sample_is_a_fair_part(documents: list[Document], shards: list[Path]):
    everything = [sentence for document in documents for sentence in document.sentences]
    sample, restricted = sample_sentences(shards, 200)
    assert (len(sample), restricted) == (200, False)
    assert set(sample) <= set(everything)
    positions = [everything.index(sentence) / len(everything) for sentence in sample]
    assert 0.4 < sum(positions) / 200 < 0.6  # standard error 0.02
    assert sorted(sample_sentences(shards, 10**6)[0]) == sorted(everything)
    assert sample_sentences(shards, 50)[0] == sample[:50]


def test_restricted_text_marks_the_vocabulary(documents: list[Document], write_shard: Callable, tmp_path: Path):
    shard = write_shard([*documents[:60], replace(documents[60], restricted=True)])
    assert train_vocabulary([shard], tmp_path / "vocabulary", 200, cased=False, sentences=1000).restricted
    assert read_vocabulary(tmp_path / "vocabulary")[0].restricted


def test_too_large_a_size_is_refused_with_one_that_will_do(shards: list[Path], tmp_path: Path):
    with pytest.raises(InputError, match=r"too small for 30000 pieces; .* a size of at most (\d+)") as refusal:
        train_vocabulary(shards, tmp_path / "vocabulary", 30_000, cased=False, sentences=1000)
    assert list(tmp_path.iterdir()) == []
    most = int(refusal.value.fix.split()[-1])
    assert train_vocabulary(shards, tmp_path / "vocabulary", most, cased=False, sentences=1000).size == most


@pytest.mark.parametrize(
    ("sentences", "size", "message"),
    [
        ([], 100, "hold no sentence"),
        (["a" * 5000], 100, "no sentence of at most 4192 bytes"),
        (["abc def " * 9] * 9, 14, "at least [0-9]+"),
    ],
)
def test_useless_corpora_are_refused(sentences: list[str], size: int, message: str, write_shard: Callable, tmp_path: Path):
    shard = write_shard([Document("text:1", "text", "", "CC0", sentences, [""] * len(sentences))])
    with pytest.raises(InputError, match=message):
        train_vocabulary([shard], tmp_path / "vocabulary", size, cased=False, sentences=1000)
    assert list(tmp_path.iterdir()) == []


def test_reused_vocabulary_keeps_the_model(vocabulary: Path, cased: bool, tmp_path: Path):
    reused = reuse_vocabulary(vocabulary / "spiece.model", tmp_path / "reused", cased)
    assert (reused.source, reused.size, reused.sha256) == ("reused", 300, digest(vocabulary / "spiece.model"))
    for name in ("spiece.model", "tokenizer.json", "tokenizer_config.json"):
        assert (tmp_path / "reused" / name).read_bytes() == (vocabulary / name).read_bytes()


def test_wrong_vocabulary_folders_are_refused(vocabulary: Path, cased: bool, tmp_path: Path):
    with pytest.raises(InputError, match="not a vocabulary folder"):
        read_vocabulary(tmp_path)
    reuse_vocabulary(vocabulary / "spiece.model", tmp_path / "other", cased)
    longer = (vocabulary / "spiece.model").read_bytes() + b"\x7a\x00"  # an unknown, empty field: still a model
    (tmp_path / "other" / "spiece.model").write_bytes(longer)
    with pytest.raises(InputError, match="is not the model"):
        read_vocabulary(tmp_path / "other")
    (tmp_path / "other" / "vocabulary.json").write_text("{}")
    with pytest.raises(InputError, match="does not describe a vocabulary"):
        read_vocabulary(tmp_path / "other")
