"""The token store: all documents as one memory-mapped column of pieces, sentence and document boundaries kept.

pieces.arrow     one record batch, one column `piece` (uint16): the sentences' pieces end to end, in document order
sentences.arrow  one row a sentence: `pieces` (uint32) its length, `begins_document` (bool); compressed, a byte or two a sentence
manifest.json    which vocabulary, how much of everything; written last
"""

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import BinaryIO

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

PIECES, SENTENCES, MANIFEST = "pieces.arrow", "sentences.arrow", "manifest.json"
SENTENCE_SCHEMA = pa.schema([pa.field("pieces", pa.uint32(), nullable=False), pa.field("begins_document", pa.bool_(), nullable=False)])
LARGEST_VOCABULARY = 2**16 - 1
SENTENCES_A_BATCH = 8_192


class TokenStore:
    """A finished token store, memory-mapped: opening it reads the sentence lengths (8 bytes of memory a sentence), not the pieces.

    pieces: uint16 [pieces], a view of the file. sentence_start: int64 [sentences + 1], where in `pieces` each sentence begins.
    document_start: int64 [documents + 1], the index of each document's first sentence. No sentence and no document is empty.
    Raises InputError when `folder` is not a token store or its files do not fit its manifest.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)
        if not (self.folder / MANIFEST).is_file():
            raise InputError("not a token store: it has no manifest.json", file=self.folder, fix="make one with `bioalbert tokens`")
        self.manifest = read_json(self.folder / MANIFEST)
        self.pieces = self._batch(PIECES).column("piece").to_numpy(zero_copy_only=True)
        sentences = self._table(SENTENCES)
        begins = sentences.column("begins_document").to_numpy()
        self.sentence_start = np.zeros(len(sentences) + 1, np.int64)
        np.cumsum(sentences.column("pieces").to_numpy(), out=self.sentence_start[1:])
        self.document_start = np.append(np.flatnonzero(begins), len(sentences))
        found = {"pieces": self.sentence_start[-1], "sentences": len(sentences), "documents": len(self.document_start) - 1}
        if len(self.pieces) != found["pieces"] or any(self.manifest.get(name) != count for name, count in found.items()):
            raise InputError("its files do not fit its manifest", file=self.folder, fix="make it again with `bioalbert tokens`")

    def _batch(self, name: str) -> pa.RecordBatch:
        with pa.memory_map(str(self.folder / name)) as source:
            return pa.ipc.open_file(source).get_batch(0)

    def _table(self, name: str) -> pa.Table:
        with pa.memory_map(str(self.folder / name)) as source:
            return pa.ipc.open_file(source).read_all()


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
        counts = _write_columns(folder, read_sentences(shards, left_out), encoder)
        if not counts["pieces"]:
            raise InputError("the documents hold no text", file=shards[0], fix="give shards that hold sentences")
        manifest = counts | {
            "vocabulary": vocabulary.sha256,
            "left_out": left_out.documents,
            "restricted": vocabulary.restricted or is_restricted(shards),
            "files": [PIECES, SENTENCES],
        }
        provenance.write(folder, manifest["restricted"])
        write_json(folder / MANIFEST, manifest)
    return manifest


def _write_columns(folder: Path, documents: Iterator[list[str]], encoder: Encoder) -> dict:
    """Writes both Arrow files; returns the counts.

    The pieces go to a plain file first: their number is known only at the end, and one record batch of all is what maps as one array.
    """
    counts = {"pieces": 0, "sentences": 0, "documents": 0, "dropped": {"sentences": 0, "documents": 0}}
    plain = folder / "pieces.plain"
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with (
        plain.open("wb") as pieces,
        pa.ipc.new_file(str(folder / SENTENCES), SENTENCE_SCHEMA, options=options) as sentences,
        Progress("tokens", unit="document") as done,
    ):
        for batch in _batches(documents):
            sentences.write_batch(_encode_batch(batch, encoder, pieces, counts))
            done.advance(len(batch), f"{counts['pieces']} pieces")
    if counts["pieces"]:
        column = pa.py_buffer(np.memmap(plain, np.uint16, mode="r"))
        array = pa.Array.from_buffers(pa.uint16(), counts["pieces"], [None, column])
        batch = pa.record_batch([array], schema=pa.schema([pa.field("piece", pa.uint16(), nullable=False)]))
        with pa.ipc.new_file(str(folder / PIECES), batch.schema) as file:
            file.write_batch(batch)
    plain.unlink()
    return counts


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


def _encode_batch(batch: list[list[str]], encoder: Encoder, pieces: BinaryIO, counts: dict) -> pa.RecordBatch:
    """Appends the batch's pieces to `pieces`, adds to `counts` and returns the rows of sentences.arrow."""
    encoded = encoder.encode_all(list(chain.from_iterable(batch)))
    lengths = np.fromiter(map(len, encoded), np.uint32, len(encoded))
    document = np.repeat(np.arange(len(batch)), [len(sentences) for sentences in batch])[lengths > 0]
    kept = lengths[lengths > 0]
    begins = np.append(True, document[1:] != document[:-1])[: len(document)]
    total = int(kept.sum())
    np.fromiter(chain.from_iterable(encoded), np.uint16, total).tofile(pieces)
    counts["pieces"] += total
    counts["sentences"] += len(kept)
    counts["documents"] += int(begins.sum())
    counts["dropped"]["sentences"] += len(lengths) - len(kept)
    counts["dropped"]["documents"] += len(batch) - int(begins.sum())
    return pa.record_batch([pa.array(kept), pa.array(begins)], schema=SENTENCE_SCHEMA)
