"""ALBERT's encoding of text: google-research/albert's rule on plain SentencePiece, and the same rule as a Hugging Face tokenizer.

Transformers' own AlbertTokenizer is not used: built from spiece.model it invents a word start after each of ALBERT's symbols
( ) " - . – £ €, lacks Google's re-split of pieces like "2014," and returns no segment ids.
"""

import json
import re
import shutil
import sys
import unicodedata
from functools import cache
from pathlib import Path

import sentencepiece

from bioalbert.errors import InputError
from bioalbert.files import write_json
from bioalbert.vocabulary.model_file import is_unigram, normalizer_charsmap

SPECIAL_PIECES = ("<pad>", "<unk>", "[CLS]", "[SEP]", "[MASK]")  # ids 0 to 4
# The bracket that begins a special piece's name. Text is cut behind it, so that where a special piece's name is asked to be text
# (split_special_tokens) it is no piece; no piece of text holds such a bracket and the letter behind it, which are of two scripts.
SPECIAL_NAME = r"<(?=(pad|unk)>)|\[(?=(CLS|SEP|MASK)\])"
MAX_LENGTH = 512  # positions of every ALBERT


def preprocess(text: str, cased: bool) -> str:
    """Text as Google's `preprocess_text` leaves it: white space collapsed, NFKD, combining marks off, lower case unless `cased`."""
    text = " ".join(text.split())
    if not text.isascii():
        text = re.sub(_combining_marks(), "", unicodedata.normalize("NFKD", text))
    return text if cased else text.lower()


class Encoder:
    """Text to piece ids, exactly as google-research/albert (tokenization.py: preprocess_text, encode_pieces, PieceToId).

    Raises InputError when `model_file` is not a SentencePiece unigram model that begins with ALBERT's special pieces.
    """

    def __init__(self, model_file: Path, cased: bool):
        self.cased = cased
        self._model = _load(model_file)
        self._parts = _parts_of_digit_commas(self._model)

    def __len__(self) -> int:
        return len(self._model)

    def encode(self, text: str) -> list[int]:
        """Piece ids of one text, without [CLS] and [SEP]; empty when nothing is left of it."""
        return self.encode_all([text])[0]

    def encode_all(self, texts: list[str]) -> list[list[int]]:
        """Piece ids of each text; several times faster than one call a text."""
        encoded = self._model.encode([preprocess(text, self.cased) for text in texts], out_type=int, num_threads=1)
        if not self._parts:
            return encoded
        return [ids if self._parts.keys().isdisjoint(ids) else self._split_digit_commas(ids) for ids in encoded]

    def names(self, ids: list[int]) -> list[str]:
        """The pieces as text: "▁kin", "ase"."""
        return self._model.id_to_piece(ids)

    def _split_digit_commas(self, ids: list[int]) -> list[int]:
        return [part for piece in ids for part in self._parts.get(piece, (piece,))]


def write_tokenizer(model_file: Path, folder: Path, cased: bool) -> None:
    """Writes spiece.model, tokenizer.json and tokenizer_config.json, which `AutoTokenizer.from_pretrained(folder)` loads as they are.

    Its pieces are the Encoder's but for: a special piece literally in the text ("[MASK]" is then the mask, unless the tokenizer is
    called with split_special_tokens); two splits whose scores
    differ by less than SentencePiece's single precision; and, in vocabularies with pieces like "▁2014,", numbers that Google's rule
    splits in two steps and this in one. Google's vocabulary: 95 of 247,414 biomedical texts differ, all by their scores
    (docs/benchmarks.md, "Tokenizer").
    """
    model = _load(model_file)
    folder.mkdir(parents=True, exist_ok=True)
    if model_file.resolve() != (folder / "spiece.model").resolve():
        shutil.copyfile(model_file, folder / "spiece.model")
    (folder / "tokenizer.json").write_text(_tokenizer(model, normalizer_charsmap(model_file), cased) + "\n", encoding="utf-8")
    pad, unknown, start, separator, mask = SPECIAL_PIECES
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
        "model_max_length": MAX_LENGTH,
        "padding_side": "right",
        "clean_up_tokenization_spaces": False,
        "do_lower_case": not cased,
    }
    names = {"pad": pad, "unk": unknown, "bos": start, "eos": separator, "cls": start, "sep": separator, "mask": mask}
    write_json(folder / "tokenizer_config.json", settings | {f"{role}_token": name for role, name in names.items()})


def _load(model_file: Path) -> sentencepiece.SentencePieceProcessor:
    if not model_file.is_file():
        raise InputError("no such file", file=model_file, fix="name a SentencePiece model (spiece.model, 30k-clean.model)")
    try:
        model = sentencepiece.SentencePieceProcessor(model_file=str(model_file))
    except (RuntimeError, OSError):
        raise InputError("not a SentencePiece model", file=model_file) from None
    if not is_unigram(model_file):
        raise InputError("not a unigram model", file=model_file, fix="ALBERT's vocabularies are SentencePiece unigram models")
    first = tuple(model.id_to_piece(piece) for piece in range(min(len(model), len(SPECIAL_PIECES))))
    if first != SPECIAL_PIECES:
        problem = f"the first pieces are {' '.join(first)}, not ALBERT's {' '.join(SPECIAL_PIECES)}"
        raise InputError(problem, file=model_file, fix="use Google's 30k-clean.model or one from `bioalbert vocabulary train`")
    return model


def _parts_of_digit_commas(model: sentencepiece.SentencePieceProcessor) -> dict[int, tuple[int, ...]]:
    """Pieces such as "▁2014," -> the pieces of "▁2014" and ",". Vocabularies trained on plain text hold them.

    Google's code invents a word start where such a piece lies inside a word ("4," gives "▁4" ","); here it gives "4" ",".
    Google's own vocabulary has none of that kind.
    """
    names = {model.id_to_piece(piece): piece for piece in range(len(model))}
    split = {name: piece for name, piece in names.items() if len(name) > 1 and name[-1] == "," and name[-2].isdigit()}
    scores = {name: model.get_score(piece) for name, piece in names.items() if name not in split}
    return {piece: tuple(names[part] for part in (*_best_split(name[:-1], scores), ",")) for name, piece in split.items()}


def _best_split(text: str, scores: dict[str, float]) -> list[str]:
    """The split of `text` into pieces with the largest sum of scores (Viterbi)."""
    best: list[tuple[float, list[str]]] = [(0.0, [])]
    for end in range(1, len(text) + 1):
        starts = [start for start in range(end) if text[start:end] in scores]
        best.append(max((best[start][0] + scores[text[start:end]], [*best[start][1], text[start:end]]) for start in starts))
    return best[-1][1]


def _tokenizer(model: sentencepiece.SentencePieceProcessor, charsmap: bytes, cased: bool) -> str:
    """tokenizer.json's text."""
    from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers, processors

    tokenizer = Tokenizer(models.Unigram(_scores(model), unk_id=SPECIAL_PIECES.index("<unk>"), byte_fallback=False))
    tokenizer.normalizer = _normalizer(charsmap, cased)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Metaspace(prepend_scheme="never"),  # the normalizer has put the first word's "▁"
            pre_tokenizers.Split(Regex(SPECIAL_NAME), "merged_with_previous"),
        ]
    )
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, SPECIAL_PIECES.index(name)) for name in ("[CLS]", "[SEP]")],
    )
    tokenizer.add_special_tokens([AddedToken(name, special=True, normalized=False) for name in SPECIAL_PIECES])
    return json.dumps(json.loads(tokenizer.to_str()), indent=1, ensure_ascii=False)


def _scores(model: sentencepiece.SentencePieceProcessor) -> list[tuple[str, float]]:
    """Pieces and log-probabilities; a digit-comma piece is put just below the sum of its parts, so that they always win."""
    scores = [model.get_score(piece) for piece in range(len(model))]
    for piece, parts in _parts_of_digit_commas(model).items():
        scores[piece] = sum(scores[part] for part in parts) - 1.0
    # All digits: rounded to fewer, splits of equal score would no longer be equal, and SentencePiece's choice among them be lost.
    return [(model.id_to_piece(piece), score) for piece, score in enumerate(scores)]


def _normalizer(charsmap: bytes, cased: bool):
    """`preprocess`, then SentencePiece's own normalisation (its character map, spaces collapsed, "▁" before the first word)."""
    from tokenizers import Regex, normalizers

    steps = [
        normalizers.Replace(Regex(f"[{_white_space()}]+"), " "),
        normalizers.NFKD(),
        normalizers.Replace(Regex(_combining_marks()), ""),
    ]
    if not cased:
        steps += [normalizers.Replace(Regex(r"(?<=\p{L})Σ(?!\p{L})"), "ς"), normalizers.Lowercase()]
    if charsmap:
        steps.append(normalizers.Precompiled(charsmap))
    steps += [
        normalizers.Replace(Regex(" +"), " "),
        normalizers.Replace(Regex("^ | $"), ""),
        normalizers.Prepend("▁"),
    ]
    return normalizers.Sequence(steps)


@cache
def _combining_marks() -> str:
    """A character class of all code points with a canonical combining class (what `unicodedata.combining` finds)."""
    return f"[{_class_of(lambda character: unicodedata.combining(character) != 0)}]"


@cache
def _white_space() -> str:
    """What `str.split` splits at, as the inside of a character class."""
    return _class_of(str.isspace)


def _class_of(belongs) -> str:
    ranges: list[list[int]] = []
    for code in range(sys.maxunicode + 1):
        if belongs(chr(code)):
            if ranges and ranges[-1][1] == code - 1:
                ranges[-1][1] = code
            else:
                ranges.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)
