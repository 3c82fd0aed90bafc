"""Documents to leave out because another one holds the same: equal texts, and PubMed citations whose full text is in PMC.

Texts are compared by their words (bioalbert.corpus.words), so that case, punctuation and white space do not count. Of equal texts one stays:
that of PMC before others, then the smallest id, whatever the order of the shards. A citation gives way to the PMC article with its PMID.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioalbert.corpus.documents import read_batches
from bioalbert.corpus.words import FIRST, SECOND, batches, words_of
from bioalbert.files import whole_file, write_json
from bioalbert.progress import Progress

SCHEMA = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("reason", pa.string()), pa.field("of", pa.string())])
EQUAL, FULL_TEXT = "duplicate of", "full text in"
OTHER, PUBMED, PMC = range(3)


@dataclass(frozen=True)
class Keys:
    """What is known of all documents while they are compared: some 50 bytes each.

    ids: string. pmids: uint32, 0 for none. sources: uint8, OTHER, PUBMED or PMC. texts: uint64 [documents, 2], 128-bit hashes of the words.
    """

    ids: pa.ChunkedArray
    pmids: np.ndarray
    sources: np.ndarray
    texts: np.ndarray


def find_duplicates(shards: list[Path], output: Path) -> dict:
    """Writes the documents to leave out (id, reason, of which document) to a Parquet file, and their counts to NAME.stats.json beside it.

    Returns the counts. A document whose id another one has too is never left out, because it is left out by its id.
    Raises InputError for a file that is no shard.
    """
    keys = read_keys(shards)
    found = {FULL_TEXT: citations_with_full_text(keys)}
    found[EQUAL] = equal_texts(keys, without=found[FULL_TEXT][:, 0])
    columns = [(pc.take(keys.ids, rows[:, 0]), reason, pc.take(keys.ids, rows[:, 1])) for reason, rows in found.items()]
    tables = [pa.table([ids, pa.array([reason] * len(ids), pa.string()), of], schema=SCHEMA) for ids, reason, of in columns]
    table = pa.concat_tables(tables).sort_by("id")
    shared = _not_unique(keys.ids, table["id"])
    table = table.filter(pc.invert(pc.is_in(table["id"], value_set=shared)))
    reasons = dict(Counter(table["reason"].to_pylist()))
    stats = {"documents": len(keys.ids), "left_out": reasons, "kept_for_an_id_met_twice": len(shared)}
    with whole_file(output) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")
    write_json(output.with_suffix(".stats.json"), stats)
    return stats


def read_keys(shards: list[Path]) -> Keys:
    ids, pmids, sources, texts = [], [], [], []
    with Progress("comparing documents", unit="document") as done:
        for batch in read_batches(shards, ["id", "source", "pmid", "sentences"]):
            ids.append(batch.column("id"))
            pmids.append(pmid_numbers(batch.column("pmid")))
            source = batch.column("source")
            sources.append((PUBMED * _equal(source, "pubmed") + PMC * _equal(source, "pmc")).astype(np.uint8))
            texts += [_text_hashes(documents) for _, documents in batches(batch.column("sentences"))]
            done.advance(len(batch))
    return Keys(
        pa.chunked_array(ids, pa.string()),
        np.concatenate([np.empty(0, np.uint32), *pmids]),
        np.concatenate([np.empty(0, np.uint8), *sources]),
        np.concatenate([np.empty((0, 2), np.uint64), *texts]),
    )


def pmid_numbers(pmids: pa.Array) -> np.ndarray:
    """PMIDs as numbers (uint32), 0 where there is none or it is no number."""
    is_number = pc.fill_null(pc.match_substring_regex(pmids, r"^[1-9]\d{0,8}$"), False)
    return pc.if_else(is_number, pmids, "0").cast(pa.uint32()).to_numpy(zero_copy_only=False)


def _equal(names: pa.Array, name: str) -> np.ndarray:
    return pc.equal(names, name).to_numpy(zero_copy_only=False)


def _text_hashes(documents: pa.ListArray) -> np.ndarray:
    words = words_of(documents)
    return np.stack([words.spans(words.documents[:-1], words.documents[1:], multiplier) for multiplier in (FIRST, SECOND)], axis=1)


def citations_with_full_text(keys: Keys) -> np.ndarray:
    """int64 [found, 2]: the row of each PubMed citation that has a PMC article with its PMID, and the row of that article."""
    articles = np.flatnonzero((keys.sources == PMC) & (keys.pmids > 0))
    articles = articles[np.lexsort((_ranks(keys.ids, articles), keys.pmids[articles]))]
    citations = np.flatnonzero((keys.sources == PUBMED) & (keys.pmids > 0))
    place = np.searchsorted(keys.pmids[articles], keys.pmids[citations])
    has = np.flatnonzero(place < len(articles))
    has = has[keys.pmids[articles[place[has]]] == keys.pmids[citations[has]]]
    return np.stack([citations[has], articles[place[has]]], axis=1)


def equal_texts(keys: Keys, without: np.ndarray) -> np.ndarray:
    """int64 [found, 2]: the row of each document whose text another one has that is preferred, and the row of that one.

    without: rows that are left out already.
    """
    rows = np.setdiff1d(np.arange(len(keys.ids)), without, assume_unique=True)
    rows = rows[np.lexsort(keys.texts[rows].T)]
    same = (keys.texts[rows[1:]] == keys.texts[rows[:-1]]).all(axis=1)
    rows = rows[np.append(same, False) | np.insert(same, 0, False)]  # those that are not alone
    order = np.lexsort((_ranks(keys.ids, rows), keys.sources[rows] != PMC, *keys.texts[rows].T))
    rows = rows[order]
    first = np.insert((keys.texts[rows[1:]] != keys.texts[rows[:-1]]).any(axis=1), 0, True)[: len(rows)]
    kept = rows[first][np.cumsum(first) - 1]
    return np.stack([rows[~first], kept[~first]], axis=1)


def _ranks(ids: pa.ChunkedArray, rows: np.ndarray) -> np.ndarray:
    """The place of each row's id in alphabetical order."""
    return pc.rank(pc.take(ids, pa.array(rows))).to_numpy()


def _not_unique(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.Array:
    """Those ids `among` these that more than one document has."""
    counted = pc.value_counts(ids.filter(pc.is_in(ids, value_set=among.combine_chunks())))
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1))
