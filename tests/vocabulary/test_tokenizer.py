"""Encoder and the Hugging Face tokenizer against google-research/albert's rule."""

import json
import random
import re
import shutil
import unicodedata
from itertools import groupby
from pathlib import Path

import pytest
import sentencepiece
from transformers import AlbertTokenizer, AutoTokenizer

from bioalbert.errors import InputError
from bioalbert.vocabulary.folder import reuse_vocabulary
from bioalbert.vocabulary.tokenizer import Encoder, preprocess, write_tokenizer

TRICKY = [
    "",
    " ",
    "p53-induced TNF-α (n=5) in 2014, and 1,234.5 or 2,000,000,",
    "``quoted'' and \"quoted\" and “quoted”",
    "Sjögren naïve Ångström İstanbul STRASSE Straße ΟΔΥΣΣΕΥΣ Σ ΔΣ Σ.",
    "ﬁbrin ﬂow ½ x² H₂O ℃ … ™ №5 Ⅳ ㎎",
    "5´-end 3′-end a¨b ¸ µM μM",
    "tab\there\nnew\r\nline \x1c\x1f sep\x85nel\xa0nbsp\u2003em\u3000wide",
    "nul\0here \x07bell \u200bzero\u200dwidth\ufeffbom \u00adsoft",
    "▁ lone ▁▁ two ▁start end▁ ▁",
    "🧬 DNA 👩‍🔬 ❤️ emoji",
    "مرض 疾病 한국어 रोग ไทย Ω≈ç√∫",
    "e\u0301 o\u0308 \u0301alone \u20dd",
    "- -- ( ) (( . .. ... £5 €5 ––",
    "§¶ ☃☃ ☃ ☃",
    "x" * 300,
]


def google(model: sentencepiece.SentencePieceProcessor, text: str, cased: bool) -> list[int]:
    """google-research/albert's rule, told plainly and piece by piece."""
    text = unicodedata.normalize("NFKD", " ".join(text.strip().split()))
    text = "".join(character for character in text if not unicodedata.combining(character))
    pieces = []
    for piece in model.encode(text if cased else text.lower(), out_type=str):
        if len(piece) > 1 and piece[-1] == "," and piece[-2].isdigit():
            pieces += [*model.encode(piece[:-1].replace("▁", ""), out_type=str), ","]
        else:
            pieces.append(piece)
    return [model.piece_to_id(piece) for piece in pieces]


def load(model_file: Path) -> sentencepiece.SentencePieceProcessor:
    return sentencepiece.SentencePieceProcessor(model_file=str(model_file))


def scrambled(texts: list[str], count: int) -> list[str]:
    """Bits of the texts with odd characters put in."""
    draw = random.Random(3)
    blocks = [(1, 0x500), (0x2000, 0x2C00), (0x2E80, 0xD7FF), (0xE000, 0xFFFF), (0x1F300, 0x1F700)]
    made = []
    for _ in range(count):
        text = draw.choice(texts)[:40]
        at = draw.randrange(len(text) + 1)
        made.append(text[:at] + chr(draw.randrange(*draw.choice(blocks))) + text[at:])
    return made


def test_encoder_follows_googles_rule(vocabulary: Path, cased: bool, documents: list):
    model, encoder = load(vocabulary / "spiece.model"), Encoder(vocabulary / "spiece.model", cased)
    texts = TRICKY + [sentence for document in documents for sentence in document.sentences]
    texts += scrambled(texts, 1000)
    encoded = encoder.encode_all(texts)
    assert encoded == [google(model, text, cased) for text in texts]
    assert encoded[2] == encoder.encode(texts[2]) != []


def test_tokenizer_agrees_with_encoder(vocabulary: Path, cased: bool, documents: list):
    encoder, tokenizer = Encoder(vocabulary / "spiece.model", cased), AutoTokenizer.from_pretrained(vocabulary)
    texts = TRICKY + [sentence for document in documents for sentence in document.sentences]
    texts += scrambled(texts, 3000)
    assert tokenizer(texts, add_special_tokens=False)["input_ids"] == encoder.encode_all(texts)


def test_word_start_is_not_invented_after_a_symbol(vocabulary: Path):
    pieces = AutoTokenizer.from_pretrained(vocabulary).tokenize("p53-induced (cells)")
    assert "-" in pieces and "▁induced" not in pieces and "▁cells" not in pieces


def test_pairs_segments_and_offsets(vocabulary: Path, cased: bool):
    tokenizer = AutoTokenizer.from_pretrained(vocabulary)
    encoder = Encoder(vocabulary / "spiece.model", cased)
    first, second = "Sjögren   patients (IL-2)", "was induced"
    encoding = tokenizer(first, second, return_offsets_mapping=True)
    one, two = encoder.encode(first), encoder.encode(second)
    assert encoding["input_ids"] == [2, *one, 3, *two, 3]
    assert encoding["token_type_ids"] == [0] * (len(one) + 2) + [1] * (len(two) + 1)
    pieces = tokenizer.convert_ids_to_tokens(encoding["input_ids"])
    for piece, (start, end) in list(zip(pieces, encoding["offset_mapping"]))[1 : len(one) + 1]:
        if piece != "▁":  # a word start by itself covers the space or the letter that it stands before
            assert preprocess(first[start:end], cased) == piece.replace("▁", "")


def test_words_given_one_by_one_keep_their_numbers(vocabulary: Path):
    encoding = AutoTokenizer.from_pretrained(vocabulary)(["p53-induced", "\u0301", "naïve", "(IL-2)"], is_split_into_words=True)
    words = encoding.word_ids()
    assert words[0] is None and words[-1] is None
    assert sorted(set(words[1:-1])) == [0, 2, 3]  # of the second word nothing is left
    assert words[1:-1] == sorted(words[1:-1])


@pytest.mark.parametrize("beside_config", [False, True])
def test_save_and_reload_change_nothing(vocabulary: Path, tmp_path: Path, cased: bool, beside_config: bool):
    write_tokenizer(vocabulary / "spiece.model", tmp_path / "first", cased)
    if beside_config:
        (tmp_path / "first" / "config.json").write_text(json.dumps({"model_type": "albert", "architectures": ["AlbertForPreTraining"]}))
    first = AutoTokenizer.from_pretrained(tmp_path / "first")
    first.save_pretrained(tmp_path / "second")
    second = AutoTokenizer.from_pretrained(tmp_path / "second")
    assert dict(second(TRICKY)) == dict(first(TRICKY))
    assert second("a", "b")["token_type_ids"] == first("a", "b")["token_type_ids"]
    assert (second.mask_token_id, second.model_max_length) == (4, 512)
    before, after = (json.loads((tmp_path / name / "tokenizer.json").read_text()) for name in ("first", "second"))
    scores = [[score for _, score in saved["model"].pop("vocab")] for saved in (before, after)]
    assert before == after
    assert scores[1] == pytest.approx(scores[0], rel=1e-14)


def test_mask_in_text_is_the_mask(vocabulary: Path):
    tokenizer = AutoTokenizer.from_pretrained(vocabulary)
    assert tokenizer("the [MASK] cells", add_special_tokens=False)["input_ids"] == [
        *tokenizer.encode("the", add_special_tokens=False),
        4,
        *tokenizer.encode("cells", add_special_tokens=False),
    ]


def test_names_of_special_pieces_can_be_text(vocabulary: Path, cased: bool):
    texts = ["a [SEP] b <unk> [MASK]x<pad> (<pad>", "[CLS]", "x<unk>y [sep] <PAD> [MASKED] [[MASK]] <<pad>>"]
    found = AutoTokenizer.from_pretrained(vocabulary)(texts, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    expected = [google(load(vocabulary / "spiece.model"), text, cased) for text in texts]
    # Two unknown letters in a row are one <unk>, but not across the cut.
    assert [[piece for piece, _ in groupby(ids)] for ids in found] == [[piece for piece, _ in groupby(ids)] for ids in expected]
    assert not {0, 2, 3, 4} & {piece for ids in found for piece in ids}


def test_digit_comma_pieces_are_split(vocabulary: Path, cased: bool, tmp_path: Path):
    """A word's piece is renamed to "▁201," or so: a piece of a kind that Google's vocabulary has and ours have not."""
    pieces = [load(vocabulary / "spiece.model").id_to_piece(piece) for piece in range(300)]
    word = next(piece for piece in pieces if re.fullmatch("▁[a-z]{2,5}", piece))
    number = "2014"[: len(word) - 2]
    model_file = tmp_path / "old.model"
    model_file.write_bytes((vocabulary / "spiece.model").read_bytes().replace(word.encode(), f"▁{number},".encode(), 1))
    texts = [f"in {number}, and {number},", f"({number},5) {number}4, {number}", f"{number},"]
    encoder, model = Encoder(model_file, cased), load(model_file)
    assert f"▁{number}," in model.encode(texts[0], out_type=str)  # what plain SentencePiece makes of it
    encoded = encoder.encode_all(texts)
    assert encoded == [google(model, text, cased) for text in texts]
    write_tokenizer(model_file, tmp_path / "folder", cased)
    assert AutoTokenizer.from_pretrained(tmp_path / "folder")(texts, add_special_tokens=False)["input_ids"] == encoded


def test_digit_comma_piece_inside_a_word_starts_no_word(vocabulary: Path, cased: bool, tmp_path: Path):
    model = load(vocabulary / "spiece.model")
    inner = next(name for name in map(model.id_to_piece, range(13, len(model))) if re.fullmatch("[a-z]{3}", name))
    model_file = tmp_path / "old.model"
    model_file.write_bytes((vocabulary / "spiece.model").read_bytes().replace(b"\x03" + inner.encode(), b"\x0314,", 1))
    encoder = Encoder(model_file, cased)
    assert "14," in load(model_file).encode("(14,", out_type=str)
    assert encoder.encode("(14,") == [*encoder.encode("(14"), encoder.encode("-,")[-1]]


def test_other_models_are_refused(tmp_path: Path, documents: list):
    foreign = tmp_path / "foreign.model"
    texts = [sentence for document in documents for sentence in document.sentences]
    with foreign.open("wb") as model:
        trainer = sentencepiece.SentencePieceTrainer
        trainer.train(sentence_iterator=iter(texts), model_writer=model, vocab_size=200, minloglevel=2)
    with pytest.raises(InputError, match="first pieces are <unk> <s>"):
        Encoder(foreign, cased=False)
    foreign.write_bytes(b"no model")
    with pytest.raises(InputError, match="not a SentencePiece model"):
        Encoder(foreign, cased=False)
    with foreign.open("wb") as model:
        trainer.train(sentence_iterator=iter(texts), model_writer=model, vocab_size=200, minloglevel=2, model_type="bpe")
    with pytest.raises(InputError, match="not a unigram model"):
        Encoder(foreign, cased=False)


def sentences_of(mirror: Path, data_set: str) -> list[str]:
    [file] = mirror.glob(f"raw.githubusercontent.com/BioMedBERT/biomedbert/*/datasets/NER/{data_set}/test.tsv")
    blocks = file.read_text(encoding="utf-8").split("\n\n")
    return [" ".join(line.split("\t")[0] for line in block.splitlines()) for block in blocks if block.strip()]


def test_google_vocabulary_on_real_sentences(mirror: Path, google_model: Path, tmp_path: Path):
    reuse_vocabulary(google_model, tmp_path / "vocabulary", cased=False)
    encoder, model = Encoder(google_model, cased=False), load(google_model)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "vocabulary")
    texts = sentences_of(mirror, "NCBI-disease") + sentences_of(mirror, "BC5CDR-chem")
    texts += TRICKY + [f"in {year}, and {year},5 and ({year},)" for year in range(1800, 2030)]
    assert len(texts) > 5_000
    encoded = encoder.encode_all(texts)
    assert encoded == [google(model, text, cased=False) for text in texts]
    own = tokenizer(texts, add_special_tokens=False)["input_ids"]
    assert [text for text, ours, theirs in zip(texts, own, encoded) if ours != theirs] == []
    # The trap that this module exists for: transformers' own class on the same file.
    pytest.importorskip("google.protobuf")
    (tmp_path / "bare").mkdir()
    shutil.copy(google_model, tmp_path / "bare" / "spiece.model")
    naive = AlbertTokenizer.from_pretrained(tmp_path / "bare")
    differing = sum(theirs != ours for theirs, ours in zip(naive(texts, add_special_tokens=False)["input_ids"], encoded))
    assert differing > len(texts) // 10
