"""The token store: all documents as one memory-mapped column of pieces, and where in it each sentence and each document begins.

pieces.arrow     `piece` (uint16): the sentences' pieces end to end, in document order
sentences.arrow  `start` (int64): where in `piece` each sentence begins, and one row more: where the last one ends
documents.arrow  `first_sentence` (int64): the row in `start` of each document's first sentence, and one row more: the number of sentences
manifest.json    which vocabulary, how much of everything; written last

Each file holds one column as one uncompressed record batch, so that it maps as one array, whose pages the processes of a node share.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from itertools import chain
from pathlib import Path

import numpy as np
import pyarrow as pa

from bioalbert.corpus.documents import is_restricted, read_sentences
from bioalbert.corpus.left_out import LeftOut
from bioalbert.errors import InputError
from bioalbert.files import read_json, whole_folder, write_json
from bioalbert.progress import Progress
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.folder import read_vocabulary
from bioalbert.vocabulary.tokenizer import Encoder

COLUMNS = {  # file: its only column
    "pieces.arrow": pa.field("piece", pa.uint16(), nullable=False),
    "sentences.arrow": pa.field("start", pa.int64(), nullable=False),
    "documents.arrow": pa.field("first_sentence", pa.int64(), nullable=False),
}
MANIFEST = "manifest.json"
AGAIN = "make it again with `bioalbert tokens`"
LARGEST_VOCABULARY = 2**16 - 1
SENTENCES_A_BATCH = 8_192


class TokenStore:
    """A finished token store, memory-mapped: opening it reads nothing but the manifest, and takes no memory of its own.

    pieces: uint16 [pieces]. sentence_start: int64 [sentences + 1], where in `pieces` each sentence begins, and its end.
    document_start: int64 [documents + 1], the index of each document's first sentence, and the number of sentences.
    All three are views of the files, read-only. No sentence and no document is empty.
    Raises InputError when `folder` is not a token store, is one of the former format, or its files do not fit its manifest.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        if not (self.folder / MANIFEST).is_file():
            raise InputError("not a token store: it has no manifest.json", file=self.folder, fix="make one with `bioalbert tokens`")
        self.manifest = read_json(self.folder / MANIFEST)
        if self.manifest.get("files") != list(COLUMNS):
            raise InputError("a token store of a former format", file=self.folder, fix=AGAIN)
        try:
            self.pieces, self.sentence_start, self.document_start = (_read_column(self.folder / name) for name in COLUMNS)
        except (pa.ArrowException, OSError, ValueError):
            raise self._broken() from None
        found = {"pieces": len(self.pieces), "sentences": len(self.sentence_start) - 1, "documents": len(self.document_start) - 1}
        if any(self.manifest.get(name) != count for name, count in found.items()):
            raise self._broken()
        if self.sentence_start[-1] != found["pieces"] or self.document_start[-1] != found["sentences"]:
            raise self._broken()

    def _broken(self) -> InputError:
        return InputError("its files do not fit its manifest", file=self.folder, fix=AGAIN)


def _read_column(path: Path) -> np.ndarray:
    """The file's column, a view of it. Raises ArrowException, OSError or ValueError when it is absent, cut short or empty."""
    with pa.memory_map(str(path)) as source:
        column = pa.ipc.open_file(source).get_batch(0).column(COLUMNS[path.name].name)
    # Not to_numpy, which imports pandas: 0.3 s and 24 MB of each process that trains.
    return np.frombuffer(column.buffers()[1], column.type.to_pandas_dtype(), len(column))


def write_store(shards: list[Path], vocabulary_folder: Path, output: Path, without: list[Path] | None = None) -> dict:
    """Encodes the shards (in the order of their paths) into a token store at `output`; returns its manifest. Memory does not grow.

    Sentences of which no piece is left are dropped, documents without sentences too; both are counted.
    without: Parquet files with the ids of documents to leave out; the manifest's `left_out` counts them.
    Raises InputError when nothing is left, or when the vocabulary is too large for uint16.
    """
    shards = sorted(shards)
    vocabulary, encoder = read_vocabulary(vocabulary_folder)
    if len(encoder) > LARGEST_VOCABULARY:
        fix = f"use one of at most {LARGEST_VOCABULARY}"
        raise InputError(f"{len(encoder)} pieces do not fit the store's 16 bits", file=vocabulary_folder, fix=fix)
    left_out = LeftOut(without or [])
    provenance = Provenance("tokens", {}, [*shards, vocabulary_folder, *(without or [])])
    with whole_folder(output) as folder:
        counts = _write_plain(folder, read_sentences(shards, left_out), encoder)
        if not counts["pieces"]:
            raise InputError("the documents hold no text", file=shards[0], fix="give shards that hold sentences")
        for name in COLUMNS:
            _plain_to_arrow(folder / name)
        manifest = counts | {
            "vocabulary": vocabulary.sha256,
            "left_out": left_out.documents,
            "restricted": vocabulary.restricted or is_restricted(shards),
            "files": list(COLUMNS),
        }
        provenance.write(folder, manifest["restricted"])
        write_json(folder / MANIFEST, manifest)
    return manifest


def _plain(path: Path) -> Path:
    return path.with_suffix(".plain")


def _write_plain(folder: Path, documents: Iterator[list[str]], encoder: Encoder) -> dict:
    """Writes each column's values to a plain file, as their number is known only at the end; returns the counts."""
    counts = {"pieces": 0, "sentences": 0, "documents": 0, "dropped": {"sentences": 0, "documents": 0}}
    with ExitStack() as stack:
        files = [stack.enter_context(_plain(folder / name).open("wb")) for name in COLUMNS]
        done = stack.enter_context(Progress("tokens", unit="document"))
        for batch in _batches(documents):
            for file, values in zip(files, _encode_batch(batch, encoder, counts), strict=True):
                values.tofile(file)
            done.advance(len(batch), f"{counts['pieces']} pieces")
        for file, end in zip(files[1:], (counts["pieces"], counts["sentences"]), strict=True):
            np.array([end], np.int64).tofile(file)
    return counts


def _plain_to_arrow(path: Path) -> None:
    """Writes the column as one record batch, from its plain file, which is deleted."""
    field = COLUMNS[path.name]
    values = np.memmap(_plain(path), field.type.to_pandas_dtype(), mode="r")
    array = pa.Array.from_buffers(field.type, len(values), [None, pa.py_buffer(values)])
    batch = pa.record_batch([array], schema=pa.schema([field]))
    options = pa.ipc.IpcWriteOptions(allow_64bit=True)  # or no column has more than 2^31 - 1 values
    with pa.ipc.new_file(str(path), batch.schema, options=options) as file:
        file.write_batch(batch)
    _plain(path).unlink()


def _batches(documents: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    """Documents gathered until they hold SENTENCES_A_BATCH sentences."""
    batch, sentences = [], 0
    for document in documents:
        batch.append(document)
        sentences += len(document)
        if sentences >= SENTENCES_A_BATCH:
            yield batch
            batch, sentences = [], 0
    if batch:
        yield batch


def _encode_batch(batch: list[list[str]], encoder: Encoder, counts: dict) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The batch's values of each column (their ends not among them); adds to `counts`."""
    encoded = encoder.encode_all(list(chain.from_iterable(batch)))
    lengths = np.fromiter(map(len, encoded), np.int64, len(encoded))
    document = np.repeat(np.arange(len(batch)), [len(sentences) for sentences in batch])[lengths > 0]
    kept = lengths[lengths > 0]
    start = counts["pieces"] + np.cumsum(kept) - kept
    begins = np.flatnonzero(np.append(True, document[1:] != document[:-1])[: len(document)])
    first_sentence = counts["sentences"] + begins
    pieces = np.fromiter(chain.from_iterable(encoded), np.uint16, int(kept.sum()))
    counts["pieces"] += len(pieces)
    counts["sentences"] += len(kept)
    counts["documents"] += len(begins)
    counts["dropped"]["sentences"] += len(lengths) - len(kept)
    counts["dropped"]["documents"] += len(batch) - len(begins)
    return pieces, start, first_sentence
