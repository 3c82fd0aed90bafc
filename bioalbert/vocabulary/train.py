"""A SentencePiece unigram vocabulary trained as ALBERT's was, on a sample of sentences that depends on the documents alone."""

import io
import re
import sys
import time
from pathlib import Path

import sentencepiece

from bioalbert.corpus.documents import read_documents
from bioalbert.corpus.left_out import LeftOut
from bioalbert.errors import InputError
from bioalbert.files import whole_folder
from bioalbert.progress import Progress, still_running
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.folder import Vocabulary, write_vocabulary
from bioalbert.vocabulary.sample import SEED, Sample
from bioalbert.vocabulary.tokenizer import preprocess

LONGEST = 4192  # bytes of a sentence: SentencePiece's own limit, above which it drops one without a word

# No piece crosses a cut, and the cut itself (a private-use character) is no text. Cut between a digit and a comma, because the
# encoder never uses a piece like "▁2014,": Google's vocabulary wastes 130 of its pieces on them.
CUT = "\ue000"
DIGIT_COMMA = re.compile(r"(?<=\d)(?=,)")

# The flags of google-research/albert's README; those that it leaves to SentencePiece are as 30k-clean.model records them.
GOOGLE_FLAGS = {
    "model_type": "unigram",
    "pad_id": 0,
    "unk_id": 1,
    "bos_id": -1,
    "eos_id": -1,
    "control_symbols": ["[CLS]", "[SEP]", "[MASK]"],
    "user_defined_symbols": ["(", ")", '"', "-", ".", "–", "£", "€"],  # a list: in one string the quotation mark swallows the rest
    "character_coverage": 0.99995,
    "normalization_rule_name": "nmt_nfkc",
    "max_sentence_length": 3 * LONGEST,  # with its cuts in; what is longer than LONGEST without them has been left out
    "pretokenization_delimiter": CUT,
    "num_threads": 16,  # changes the pieces, so it is a setting of the model and not of the machine
}


def train_vocabulary(
    shards: list[Path], output: Path, size: int, cased: bool, sentences: int, without: list[Path] | None = None
) -> Vocabulary:
    """Trains on at most `sentences` sentences and writes the vocabulary folder. Memory: about 4 kB a sentence of the sample.

    Equal documents give equal files, in whatever order and in however many shards they come.
    without: Parquet files with the ids of documents to leave out.
    Raises InputError for an empty corpus and for one too small for `size` pieces.
    """
    settings = {"size": size, "cased": cased, "sentences": sentences}
    provenance = Provenance("vocabulary train", settings, [*shards, *(without or [])], seed=SEED)
    left_out = LeftOut(without or [])
    sample, restricted = sample_sentences(shards, sentences, left_out)
    if without:
        _say(f"{left_out.documents} documents left out")
    model = _train([preprocess(sentence, cased) for sentence in sample], size)
    with whole_folder(output) as folder:
        model_file = folder / "spiece.model"
        model_file.write_bytes(model)
        vocabulary = write_vocabulary(model_file, folder, cased, "trained", restricted)
        provenance.write(folder, restricted)
    return vocabulary


def sample_sentences(shards: list[Path], count: int, without: LeftOut | None = None) -> tuple[list[str], bool]:
    """At most `count` sentences drawn from all (Sample), and whether any document is restricted."""
    sample = Sample(count)
    with Progress("sampling sentences", unit="document") as done:
        for document in read_documents(shards, without):
            sample.add(document)
            done.advance()
    sentences = sample.sentences()
    if not sentences:
        raise InputError("the documents hold no sentence", file=shards[0], fix="train on shards that hold text")
    return sentences, sample.restricted


def _train(sentences: list[str], size: int) -> bytes:
    """The .model file's bytes."""
    usable = [DIGIT_COMMA.sub(CUT, sentence) for sentence in sentences if len(sentence.encode()) <= LONGEST]
    _say(f"training {size} pieces on {len(usable)} sentences ({len(sentences) - len(usable)} longer than {LONGEST} bytes left out)")
    start, model = time.monotonic(), io.BytesIO()
    flags = GOOGLE_FLAGS | {"vocab_size": size, "minloglevel": 2}
    try:
        with still_running(f"vocabulary: training {size} pieces"):
            sentencepiece.SentencePieceTrainer.train(sentence_iterator=iter(usable), model_writer=model, **flags)
    except RuntimeError as error:
        raise _refusal(str(error), size) from None
    _say(f"trained {size} pieces in {time.monotonic() - start:.1f} s")
    return model.getvalue()


def _refusal(message: str, size: int) -> Exception:
    """SentencePiece's complaint about the corpus or the size, as an InputError that names what will do."""
    if "!sentences_.empty()" in message:
        return InputError(
            f"no sentence of at most {LONGEST} bytes", place="--documents", fix="give documents that are split into sentences"
        )
    if most := re.search(r"too high.*<= (\d+)", message):
        fix = f"give more documents or a size of at most {most[1]}"
        return InputError(f"the text is too small for {size} pieces", place="--size", fix=fix)
    if least := re.search(r"smaller than required_chars\D+\d+ vs (\d+)", message):
        return InputError(f"{size} pieces cannot hold the text's characters", place="--size", fix=f"give a size of at least {least[1]}")
    return RuntimeError(message)


def _say(line: str) -> None:
    print(f"vocabulary: {line}", file=sys.stderr, flush=True)
