"""Encoder and tokenizer.json with Google's 30,000 pieces on every text of the real benchmark files and 10,000 sentences of PMC."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import sentencepiece
from lxml import etree
from transformers import AutoTokenizer

from bioalbert.corpus import pmc
from bioalbert.vocabulary.folder import reuse_vocabulary
from bioalbert.vocabulary.tokenizer import Encoder, preprocess

from .test_tokenizer import TRICKY, google, load

SENTENCES = 10_000
# Every difference between tokenizer.json and Google's rule on these texts, as (tokenizer.json's pieces, Google's): two splits of the same
# letters whose scores are equal, or differ by less than SentencePiece's float32 sum over the text before them resolves.
TIES = {("6 66", "66 6"), ("a aaa", "aaa a"), ("f ff", "ff f"), ("rina ry", "rin ary"), ("tam ic", "ta mic"), ("▁ cortic o", "▁cor tico")}


def benchmark_texts(mirror: Path) -> Iterator[str]:
    """Sentences of the tagged files, cells of the other tables, strings of the JSON files, sentences of the DDI corpus."""
    for file in sorted((mirror / "raw.githubusercontent.com").rglob("*.*")):
        if file.suffix == ".tsv":
            text = file.read_text(encoding="utf-8")
            if "NER" in file.parts:
                yield from (" ".join(line.split("\t")[0] for line in block.splitlines()) for block in text.split("\n\n"))
            else:
                yield from (cell for line in text.split("\n") for cell in line.split("\t"))
        elif file.suffix == ".json":
            yield from _strings(json.loads(file.read_text(encoding="utf-8")))
        elif file.suffix == ".zip":
            with zipfile.ZipFile(file) as archive:
                for name in sorted(archive.namelist()):
                    if name.endswith(".xml"):
                        yield from (sentence.get("text") for sentence in etree.fromstring(archive.read(name)).iter("sentence"))


def _strings(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _strings(inner)


def pmc_sentences(mirror: Path) -> Iterator[str]:
    for file in sorted((mirror / "pmc-oa-opendata.s3.amazonaws.com").glob("*/*.xml")):
        for document in pmc.read(file, Counter()):
            yield from document.sentences


@pytest.fixture(scope="module")
def sentences(mirror: Path) -> list[str]:
    return list(islice(pmc_sentences(mirror), SENTENCES))


@pytest.fixture(scope="module")
def texts(mirror: Path, sentences: list[str]) -> list[str]:
    return list(dict.fromkeys([*benchmark_texts(mirror), *sentences]))


@pytest.fixture(scope="module")
def model(google_model: Path) -> sentencepiece.SentencePieceProcessor:
    return load(google_model)


@pytest.fixture(scope="module")
def tokenizer(google_model: Path, tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("vocabulary") / "google"
    reuse_vocabulary(google_model, folder, cased=False)
    return AutoTokenizer.from_pretrained(folder)


def encode(tokenizer, texts: list[str]) -> list[list[int]]:
    """A special piece's name in the text is text, as it is for SentencePiece. In parts: all at once would take gigabytes."""
    options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False, "return_attention_mask": False}
    parts = (texts[start : start + 2_000] for start in range(0, len(texts), 2_000))
    return [ids for part in parts for ids in tokenizer(part, **options)["input_ids"]]


def differences(ours: list[str], theirs: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """(pieces before, ours, theirs) of each stretch of letters that the two split in another way."""
    i = j = 0
    while i < len(ours):
        if ours[i] == theirs[j]:
            i, j = i + 1, j + 1
            continue
        first, other = i, j
        one, two = len(ours[i]), len(theirs[j])
        i, j = i + 1, j + 1
        while one != two:
            if one < two:
                one, i = one + len(ours[i]), i + 1
            else:
                two, j = two + len(theirs[j]), j + 1
        assert "".join(ours[first:i]) == "".join(theirs[other:j])
        yield theirs[:other], ours[first:i], theirs[other:j]


def added_scores(model: sentencepiece.SentencePieceProcessor) -> dict[str, float]:
    """What SentencePiece adds for each piece to the score of a split (its unigram_model.cc: user-defined symbols and <unk> have no own)."""
    scores = {model.id_to_piece(piece): model.get_score(piece) for piece in range(13, len(model))}
    best, worst = max(scores.values()), min(scores.values())
    symbols = {model.id_to_piece(piece): best - 0.1 for piece in range(5, 13)}
    return scores | symbols | {"<unk>": worst - 10}


def within_rounding(scores: dict[str, float], before: list[str], ours: list[str], theirs: list[str]) -> bool:
    """Whether float32 cannot tell the two splits apart: each addition to the running sum errs by half a unit in its last place."""

    def score(pieces: list[str]) -> float:
        return sum(scores[piece] for piece in pieces)

    largest = np.spacing(np.float32(abs(score(before) + min(score(ours), score(theirs)))))
    return abs(score(ours) - score(theirs)) <= (len(ours) + len(theirs)) * largest / 2


def test_encoder_is_googles_rule(texts: list[str], google_model: Path, model: sentencepiece.SentencePieceProcessor):
    assert len(texts) > 240_000
    encoded = Encoder(google_model, cased=False).encode_all(texts)
    assert [text for text, ids in zip(texts, encoded) if ids != google(model, text, cased=False)] == []


def test_tokenizer_differs_by_ties_alone(texts: list[str], google_model: Path, model: sentencepiece.SentencePieceProcessor, tokenizer):
    encoded = Encoder(google_model, cased=False).encode_all(texts)
    pairs = zip(encode(tokenizer, texts), encoded)
    differing = [tuple(map(model.id_to_piece, pair)) for pair in pairs if pair[0] != pair[1]]
    found = [stretch for ours, theirs in differing for stretch in differences(ours, theirs)]
    counted = Counter((" ".join(ours), " ".join(theirs)) for _, ours, theirs in found)
    print(f"{len(differing)} of {len(texts)} texts: {counted}")
    assert counted.keys() <= TIES
    scores = added_scores(model)
    assert all(within_rounding(scores, *stretch) for stretch in found)


def test_cased_text_too(sentences: list[str], google_model: Path, model: sentencepiece.SentencePieceProcessor, tmp_path: Path):
    reuse_vocabulary(google_model, tmp_path / "cased", cased=True)
    encoded = Encoder(google_model, cased=True).encode_all(sentences)
    assert encoded == [google(model, text, cased=True) for text in sentences]
    assert encode(AutoTokenizer.from_pretrained(tmp_path / "cased"), sentences) == encoded


def test_offsets_are_the_characters_behind_each_piece(sentences: list[str], tokenizer):
    texts = [*TRICKY, *sentences[:5_000]]
    encoded = tokenizer(texts, add_special_tokens=False, return_offsets_mapping=True, verbose=False)
    for text, ids, spans in zip(texts, encoded["input_ids"], encoded["offset_mapping"]):
        covered = set()
        for piece, (start, end) in zip(tokenizer.convert_ids_to_tokens(ids), spans):
            covered.update(range(start, end))
            letters = preprocess(text[start:end], cased=False)
            assert piece in ("▁", "<unk>") or piece.replace("▁", "") in letters.replace(" ", "")
        assert spans == sorted(spans)
        assert all(place in covered for place, character in enumerate(text) if character.isalnum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sjögren naïve", ["S", "S", "jö", "gren", " naïve"]),
        ("``quoted''", ["`", "``", "quo", "ted", "'", "'"]),
        ("ﬁbrin ﬂow", ["ﬁb", "rin", " ﬂow"]),
        ("x² H₂O ㎎", ["x", "²", " H", "₂", "O", " ㎎"]),
        ("a½ …", ["a", "½", "½", "½", " ", "…", "…", "…"]),
        ("5´-end", ["5", "´", "-", "end"]),
        ("  two   spaces\tand", ["two", " spaces", "\tand"]),
    ],
)
def test_offsets_of_accents_ligatures_and_expansions(text: str, expected: list[str], tokenizer):
    spans = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    assert [text[start:end] for start, end in spans] == expected
