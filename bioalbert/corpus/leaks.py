"""The leak audit: which items of benchmark data sets stand in documents for pre-training, found by PMID or by their words."""

import csv
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from bioalbert.catalogue import entries
from bioalbert.corpus.documents import is_restricted, read_batches
from bioalbert.corpus.duplicates import pmid_numbers
from bioalbert.corpus.items import Item, items_of
from bioalbert.corpus.keys import Keys
from bioalbert.corpus.left_out import LeftOut
from bioalbert.corpus.passages import Passages, Search, prepare
from bioalbert.corpus.words import batches
from bioalbert.errors import InputError
from bioalbert.files import whole_folder, write_json, write_text
from bioalbert.progress import Progress
from bioalbert.provenance import Provenance

# One row a document and item that it holds. id: the document's. fold, item: as bioalbert.corpus.items counts them.
# how: "pmid" or "text". share: of the item's n-grams (null for a PMID).
SCHEMA = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("dataset", pa.string(), nullable=False),
        pa.field("split", pa.string(), nullable=False),
        pa.field("fold", pa.int32(), nullable=False),
        pa.field("item", pa.int32(), nullable=False),
        pa.field("how", pa.string(), nullable=False),
        pa.field("share", pa.float32()),
    ]
)
LEAKS, SUMMARY = "leaks.parquet", "leaks.json"
Split = Literal["train", "dev", "test"]


@dataclass(frozen=True)
class Leaks:
    """What was found of one split of a data set, one row of the summary.

    dataset: DATASET@PROTOCOL. items: in the split, over all folds. searchable: of these, with a PMID or long enough to be looked for.
    found: of these, in a document. share: found / searchable, None where nothing could be looked for. documents: that hold one.
    not_audited: why, "" for a set that was.
    """

    dataset: str
    split: str
    items: int = 0
    searchable: int = 0
    found: int = 0
    share: float | None = None
    by_pmid: int = 0
    by_text: int = 0
    documents: int = 0
    not_audited: str = ""


@dataclass(frozen=True)
class Target:
    """A split of a data set and its items, or why they cannot be read."""

    dataset: str
    split: str
    items: list[Item]
    not_audited: str = ""


@dataclass(frozen=True)
class Sought:
    """The items of all targets, numbered. item_of: int64 [passages], whose each passage is."""

    items: list[tuple[Target, Item]]
    passages: Passages
    item_of: np.ndarray

    def searchable(self) -> np.ndarray:
        """bool [items]: which items can be found, by PMID or by a passage that is long enough."""
        long_enough = np.bincount(self.item_of[self.passages.searchable()], minlength=len(self.items)) > 0
        return long_enough | np.array([bool(item.pmids) for _, item in self.items], bool)


Hit = tuple[str, int, str, float | None]  # the document's id, the item's number, how, share


def audit(shards: list[Path], names: list[str], splits: list[Split], data: Path, output: Path, without: list[Path]) -> list[Leaks]:
    """Looks for the items of data sets (DATASET[@PROTOCOL], files in data/DATASET) in all documents but those `without`.

    Writes the folder `output`: leaks.parquet (ids and numbers, never text) and its summary as leaks.json, .csv and .md.
    A data set whose files are absent, or have no reader, is listed as not audited. Raises InputError for an unknown name or a bad shard.
    """
    provenance = Provenance("corpus leaks", {"datasets": names, "splits": splits}, [*shards, *without])
    read = [_target(name, split, data) for name in names for split in splits]
    targets = list({(target.dataset, target.split): target for target in read}.values())  # `gad` and `gad@biobert` are one
    sought = _sought(targets)
    left_out = LeftOut(without)
    documents, hits = _search(shards, sought, left_out)
    found = _table(hits, sought)
    summary = _summaries(targets, sought, found)
    with whole_folder(output) as folder:
        pq.write_table(found, folder / LEAKS, compression="zstd")
        counts = {"documents": documents, "left_out": left_out.documents}
        write_json(folder / SUMMARY, counts | {"datasets": [asdict(row) for row in summary]})
        _write_csv(summary, folder / "leaks.csv")
        write_text(folder / "leaks.md", as_markdown(summary))
        provenance.write(folder, restricted=is_restricted(shards))
    return summary


def _target(name: str, split: Split, data: Path) -> Target:
    entry, protocol = entries.split_name(name)
    full_name = f"{entry.id}@{protocol}"
    try:
        items = items_of(entry, protocol, split, entry.folder(data))
    except InputError as error:
        return Target(full_name, split, [], str(error))
    return Target(full_name, split, items, "" if items else "the protocol has no such split")


def _sought(targets: list[Target]) -> Sought:
    items = [(target, item) for target in targets for item in target.items]
    item_of = np.repeat(np.arange(len(items)), [len(item.passages) for _, item in items])
    return Sought(items, prepare([passage for _, item in items for passage in item.passages]), item_of)


def _search(shards: list[Path], sought: Sought, left_out: LeftOut) -> tuple[int, list[Hit]]:
    """(documents read, what was found, each document and item once a way)."""
    pmids = [(pmid, number) for number, (_, item) in enumerate(sought.items) for pmid in item.pmids]
    by_pmid = Keys(np.array([pmid for pmid, _ in pmids], np.uint64), np.array([number for _, number in pmids], np.int64))
    search, hits = Search(sought.passages), []
    with Progress("leak audit", unit="document") as done:
        for batch in read_batches(shards, ["id", "pmid", "sentences"], left_out):
            places, keys = by_pmid.find(pmid_numbers(batch.column("pmid")).astype(np.uint64))
            holders, items = by_pmid.owners_of(keys)
            ids = batch.column("id").take(pa.array(places[holders])).to_pylist()
            hits += [(id, item, "pmid", None) for id, item in zip(ids, items.tolist())]
            for first, documents in batches(batch.column("sentences")):
                search.add(batch.column("id").slice(first, len(documents)), documents)
            done.advance(len(batch))
    ids, passages, shares = search.found()
    best: dict[tuple[str, int], float] = {}  # of the passages of one item in one document
    for id, item, share in zip(ids, sought.item_of[passages].tolist(), shares.tolist()):
        best[id, item] = max(share, best.get((id, item), 0.0))
    return done.done, hits + [(id, item, "text", share) for (id, item), share in best.items()]


def _table(hits: list[Hit], sought: Sought) -> pa.Table:
    """The rows of SCHEMA, in a fixed order."""
    rows = []
    for id, number, how, share in hits:
        target, item = sought.items[number]
        rows.append((id, target.dataset, target.split, item.fold, item.number, how, share))
    columns = zip(*rows) if rows else [()] * len(SCHEMA)
    table = pa.table([pa.array(values, kind) for values, kind in zip(columns, SCHEMA.types)], schema=SCHEMA)
    return table.sort_by([(name, "ascending") for name in ("dataset", "split", "fold", "item", "id", "how")])


def _summaries(targets: list[Target], sought: Sought, found: pa.Table) -> list[Leaks]:
    rows = found.to_pandas()
    parts = np.split(sought.searchable(), np.cumsum([len(target.items) for target in targets])[:-1])
    return [_summary(target, int(part.sum()), rows) for target, part in zip(targets, parts)]


def _summary(target: Target, searchable: int, rows: pd.DataFrame) -> Leaks:
    here = rows[(rows["dataset"] == target.dataset) & (rows["split"] == target.split)]
    found = _items(here)
    return Leaks(
        target.dataset,
        target.split,
        items=len(target.items),
        searchable=searchable,
        found=found,
        share=found / searchable if searchable else None,
        by_pmid=_items(here[here["how"] == "pmid"]),
        by_text=_items(here[here["how"] == "text"]),
        documents=here["id"].nunique(),
        not_audited=target.not_audited or ("" if searchable else "no item is long enough to be looked for"),
    )


def _items(rows: pd.DataFrame) -> int:
    return len(rows[["fold", "item"]].drop_duplicates())


def _write_csv(summary: list[Leaks], file: Path) -> None:
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [item.name for item in fields(Leaks)], lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(row) for row in summary)


def as_markdown(summary: list[Leaks]) -> str:
    """A GitHub table of the summary."""
    head = ["Data set @ protocol", "Split", "Items", "Searchable", "Found", "Share", "By PMID", "By text", "Documents", "Not audited"]
    lines = [head, ["---", "---", *["---:"] * 7, "---"]]
    for row in summary:
        share = "–" if row.share is None else f"{100 * row.share:.2f} %"
        counts = [str(value) for value in (row.items, row.searchable, row.found)]
        rest = [str(value) for value in (row.by_pmid, row.by_text, row.documents)]
        lines.append([row.dataset, row.split, *counts, share, *rest, row.not_audited.replace("|", r"\|")])
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)
