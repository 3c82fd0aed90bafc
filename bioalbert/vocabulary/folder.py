"""A vocabulary folder: spiece.model, the Hugging Face tokenizer made from it, and vocabulary.json that says what it is."""

from dataclasses import asdict, dataclass
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import digest, read_json, whole_folder, write_json
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.tokenizer import Encoder, write_tokenizer

MAKE_ONE = "make one with `bioalbert vocabulary train` or `bioalbert vocabulary reuse`"


@dataclass(frozen=True)
class Vocabulary:
    """What vocabulary.json holds.

    size: number of pieces. cased: whether text keeps its case. sha256: of spiece.model, the identity of all that is encoded with it.
    source: "trained" or "reused". restricted: whether it was trained on text under a data use agreement.
    """

    size: int
    cased: bool
    sha256: str
    source: str
    restricted: bool


def write_vocabulary(model_file: Path, folder: Path, cased: bool, source: str, restricted: bool) -> Vocabulary:
    """Fills `folder` from a SentencePiece model. Raises InputError when the model is not an ALBERT vocabulary."""
    vocabulary = Vocabulary(len(Encoder(model_file, cased)), cased, digest(model_file), source, restricted)
    write_tokenizer(model_file, folder, cased)
    write_json(folder / "vocabulary.json", asdict(vocabulary))
    return vocabulary


def reuse_vocabulary(model_file: Path, output: Path, cased: bool) -> Vocabulary:
    """A vocabulary folder around an existing SentencePiece model, as BioALBERT took over Google's 30k-clean."""
    if not model_file.is_file():
        raise InputError("no such file", file=model_file, fix="name a SentencePiece model (spiece.model, 30k-clean.model)")
    provenance = Provenance("vocabulary reuse", {"cased": cased}, [model_file])
    with whole_folder(output) as folder:
        vocabulary = write_vocabulary(model_file, folder, cased, "reused", provenance.restricted)
        provenance.write(folder)
    return vocabulary


def read_vocabulary(folder: Path) -> tuple[Vocabulary, Encoder]:
    """A vocabulary folder's description and its Encoder.

    Raises InputError when `folder` is not a vocabulary folder or its spiece.model is not the one described.
    """
    described, model_file = folder / "vocabulary.json", folder / "spiece.model"
    if not described.is_file():
        raise InputError("not a vocabulary folder: it has no vocabulary.json", file=folder, fix=MAKE_ONE)
    try:
        vocabulary = Vocabulary(**read_json(described))
    except TypeError:
        raise InputError("does not describe a vocabulary", file=described, fix=MAKE_ONE) from None
    encoder = Encoder(model_file, vocabulary.cased)
    if digest(model_file) != vocabulary.sha256:
        raise InputError("is not the model that vocabulary.json describes", file=model_file, fix=MAKE_ONE)
    return vocabulary, encoder
