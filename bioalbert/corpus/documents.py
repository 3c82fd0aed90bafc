"""Documents and the shards that hold them: the one file shape that the stages after this one read."""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioalbert.corpus.left_out import LeftOut
from bioalbert.errors import InputError, no_such_file
from bioalbert.files import read_json, whole_file, write_json

SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("pmid", pa.string()),
        pa.field("title", pa.string(), nullable=False),
        pa.field("licence", pa.string(), nullable=False),
        pa.field("restricted", pa.bool_(), nullable=False),
        pa.field("sentences", pa.list_(pa.string()), nullable=False),
        pa.field("sections", pa.list_(pa.string()), nullable=False),
        pa.field("languages", pa.list_(pa.string()), nullable=False),
        pa.field("types", pa.list_(pa.string()), nullable=False),
    ]
)
# Columns of few values; a dictionary of titles or sentences would only cost time.
REPEATED = ["source", "licence", "restricted", "sections.list.element", "languages.list.element", "types.list.element"]
ROW_GROUP_CHARACTERS = 8_000_000  # bounds the memory of writer and reader


# drop(id, reason): how a reader of raw files says what it leaves out, as ShardWriter.drop does.
Drop = Callable[[str, str], None]


@dataclass(frozen=True, slots=True)
class Document:
    """One text. `sentences` begin with the title (if there is one); `sections` is parallel: each sentence's section label or "".

    languages, types: those of the article or citation in its source's own words ("eng", "Review"); empty where it has none.
    """

    id: str
    source: str
    title: str
    licence: str
    sentences: list[str]
    sections: list[str]
    pmid: str | None = None
    restricted: bool = False
    languages: list[str] = field(default_factory=list)
    types: list[str] = field(default_factory=list)


class ShardWriter:
    """Writes documents to one Parquet shard, a row group at a time; beside it NAME.stats.json and NAME.dropped.jsonl.

    A context manager: the three files appear when it ends without an error, and only then.
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self.documents = self.sentences = self.characters = 0
        self.restricted = False
        self._sources: Counter[str] = Counter()
        self._reasons: Counter[str] = Counter()
        self._rows: list[Document] = []
        self._waiting = 0
        self._open = ExitStack()

    def __enter__(self) -> "ShardWriter":
        enter = self._open.enter_context
        shard, self._stats, dropped = (enter(whole_file(path)) for path in (self.path, stats_path(self.path), dropped_path(self.path)))
        self._dropped = enter(dropped.open("w", encoding="utf-8"))
        self._parquet = enter(pq.ParquetWriter(shard, SCHEMA, compression="zstd", use_dictionary=REPEATED))
        self._open.push(self._finish)
        return self

    def __exit__(self, *error: object) -> None:
        self._open.__exit__(*error)

    def add(self, document: Document) -> None:
        characters = sum(map(len, document.sentences))
        self.documents += 1
        self.sentences += len(document.sentences)
        self.characters += characters
        self.restricted |= document.restricted
        self._sources[document.source] += 1
        self._rows.append(document)
        self._waiting += characters
        if self._waiting >= ROW_GROUP_CHARACTERS:
            self._flush()

    def drop(self, id: str, reason: str) -> None:
        """Notes what is left out. id: that of the document, or where it stands (FILE#N) when it has none; never any of its text."""
        self._reasons[reason] += 1
        self._dropped.write(json.dumps({"id": id, "reason": reason}, ensure_ascii=False) + "\n")

    def _finish(self, error: type | None, *_: object) -> None:
        if error is None:
            self._flush()
            write_json(self._stats, self.stats())

    def stats(self) -> dict:
        """What the shard holds and what was left out of it. `characters`: of all sentences, the spaces between them not counted."""
        return {
            "documents": self.documents,
            "sentences": self.sentences,
            "characters": self.characters,
            "restricted": self.restricted,
            "sources": dict(self._sources),
            "dropped": dict(self._reasons),
        }

    def _flush(self) -> None:
        if not self._rows:
            return
        columns = [pa.array([getattr(row, field.name) for row in self._rows], field.type) for field in SCHEMA]
        self._parquet.write_batch(pa.record_batch(columns, schema=SCHEMA))
        self._rows, self._waiting = [], 0


def stats_path(shard: str | Path) -> Path:
    """NAME.stats.json of NAME.parquet."""
    return Path(shard).with_suffix(".stats.json")


def dropped_path(shard: str | Path) -> Path:
    """NAME.dropped.jsonl of NAME.parquet: one {"id", "reason"} a line for all that was left out of the shard."""
    return Path(shard).with_suffix(".dropped.jsonl")


def total(stats: Iterable[Path]) -> dict:
    """The sums of the statistics of a corpus' shards, and `shards`, their number. Raises InputError for a file of another kind."""
    counts, groups, restricted = Counter(), {"sources": Counter(), "dropped": Counter()}, False
    for path in stats:
        shard = read_json(path)
        try:
            counts.update({name: shard[name] for name in ("documents", "sentences", "characters")}, shards=1)
            restricted |= shard["restricted"]
            for name, group in groups.items():
                group.update(shard[name])
        except (KeyError, TypeError):
            raise InputError("not the statistics of a shard", file=path, fix="give NAME.stats.json of `bioalbert corpus`") from None
    return dict(counts) | {"restricted": restricted} | {name: dict(group) for name, group in groups.items()}


def read_documents(shards: Iterable[str | Path], without: LeftOut | None = None) -> Iterator[Document]:
    """All documents in row order but those `without`, a row group in memory at a time. Raises InputError for a file that is not a shard."""
    for batch in read_batches(shards, SCHEMA.names, without):
        for row in batch.to_pylist():
            yield Document(**row)


def read_sentences(shards: Iterable[str | Path], without: LeftOut | None = None) -> Iterator[list[str]]:
    """The sentences of each document but those `without`, in row order and as read_documents does."""
    for batch in read_batches(shards, ["sentences"], without):
        yield from batch.column(0).to_pylist()


def is_restricted(shards: Iterable[str | Path]) -> bool:
    """Whether any document is under a data use agreement, so that what derives from it is too."""
    return any(pc.any(batch.column(0)).as_py() for batch in read_batches(shards, ["restricted"]))


def read_batches(shards: Iterable[str | Path], columns: list[str], without: LeftOut | None = None) -> Iterator[pa.RecordBatch]:
    """Some columns of all documents but those `without`, at most 1,000 documents at a time. Raises InputError as read_documents does."""
    fix = "give shards made by `bioalbert corpus`"
    for shard in shards:
        try:
            with pq.ParquetFile(shard) as parquet:
                if not parquet.schema_arrow.equals(SCHEMA):
                    raise InputError("not a document shard", file=shard, fix=fix)
                batches = parquet.iter_batches(batch_size=1_000, columns=columns)
                yield from batches if without is None else _filtered(batches, without.kept(parquet.read(["id"]).column(0)))
        except FileNotFoundError:
            raise no_such_file(shard) from None
        except pa.ArrowException as error:
            raise InputError(f"not a readable Parquet file ({error})", file=shard, fix=fix) from None


def _filtered(batches: Iterable[pa.RecordBatch], kept: pa.BooleanArray) -> Iterator[pa.RecordBatch]:
    """The batches of a shard with the rows that are kept of it."""
    first = 0
    for batch in batches:
        yield batch.filter(kept.slice(first, len(batch)))
        first += len(batch)
