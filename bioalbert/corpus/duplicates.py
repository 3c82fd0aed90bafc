"""Documents to leave out because another one holds the same: equal texts, and PubMed citations whose full text is in PMC.

Texts are compared by their words (bioalbert.corpus.words), so that case, punctuation and white space do not count. Of equal texts one
stays: that of PMC before others, then the smallest id, whatever the order of the shards. A citation gives way to the PMC article with
its PMID.
"""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioalbert.corpus.documents import is_restricted, read_batches
from bioalbert.corpus.keys import changes
from bioalbert.corpus.words import FIRST, SECOND, batches, words_of
from bioalbert.files import whole_file, write_json
from bioalbert.progress import Progress
from bioalbert.provenance import Provenance

SCHEMA = pa.schema([pa.field("id", pa.string(), nullable=False), pa.field("reason", pa.string()), pa.field("of", pa.string())])
EQUAL, FULL_TEXT = "duplicate of", "full text in"
OTHER, PUBMED, PMC = range(3)


@dataclass(frozen=True)
class Documents:
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
    provenance = Provenance("corpus duplicates", {}, shards)
    documents = read(shards)
    found = {FULL_TEXT: citations_with_full_text(documents)}
    found[EQUAL] = equal_texts(documents, without=found[FULL_TEXT][:, 0])
    columns = [(pc.take(documents.ids, rows[:, 0]), reason, pc.take(documents.ids, rows[:, 1])) for reason, rows in found.items()]
    tables = [pa.table([ids, pa.array([reason] * len(ids), pa.string()), of], schema=SCHEMA) for ids, reason, of in columns]
    table = pa.concat_tables(tables).sort_by("id")
    shared = _not_unique(documents.ids, table["id"])
    table = table.filter(pc.invert(pc.is_in(table["id"], value_set=shared)))
    reasons = dict(Counter(table["reason"].to_pylist()))
    stats = {"documents": len(documents.ids), "left_out": reasons, "kept_for_an_id_met_twice": len(shared)}
    stats["restricted"] = is_restricted(shards)  # ids of restricted documents may be among those left out
    with whole_file(output) as unfinished:
        pq.write_table(table, unfinished, compression="zstd")
    write_json(output.with_suffix(".stats.json"), stats)
    provenance.write(output, stats["restricted"])
    return stats


def read(shards: list[Path]) -> Documents:
    ids, pmids, sources, texts = [], [], [], []
    with Progress("comparing documents", unit="document") as done:
        for batch in read_batches(shards, ["id", "source", "pmid", "sentences"]):
            ids.append(batch.column("id"))
            pmids.append(pmid_numbers(batch.column("pmid")))
            source = batch.column("source")
            sources.append((PUBMED * _equal(source, "pubmed") + PMC * _equal(source, "pmc")).astype(np.uint8))
            texts += [_text_hashes(documents) for _, documents in batches(batch.column("sentences"))]
            done.advance(len(batch))
    return Documents(
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


def citations_with_full_text(documents: Documents) -> np.ndarray:
    """int64 [found, 2]: the row of each PubMed citation that has a PMC article with its PMID, and the row of that article."""
    articles = np.flatnonzero((documents.sources == PMC) & (documents.pmids > 0))
    articles = articles[np.lexsort((_ranks(documents.ids, articles), documents.pmids[articles]))]
    citations = np.flatnonzero((documents.sources == PUBMED) & (documents.pmids > 0))
    place = np.searchsorted(documents.pmids[articles], documents.pmids[citations])
    has = np.flatnonzero(place < len(articles))
    has = has[documents.pmids[articles[place[has]]] == documents.pmids[citations[has]]]
    return np.stack([citations[has], articles[place[has]]], axis=1)


def equal_texts(documents: Documents, without: np.ndarray) -> np.ndarray:
    """int64 [found, 2]: the row of each document whose text another one has that is preferred, and the row of that one.

    without: rows that are left out already.
    """
    rows = np.setdiff1d(np.arange(len(documents.ids)), without, assume_unique=True)
    rows = rows[np.lexsort(documents.texts[rows].T)]
    group = np.cumsum(changes(*documents.texts[rows].T)) - 1
    shared = np.bincount(group)[group] > 1
    rows, group = rows[shared], group[shared]
    order = np.lexsort((_ranks(documents.ids, rows), documents.sources[rows] != PMC, group))
    rows, group = rows[order], group[order]
    first = changes(group)
    kept = rows[first][np.cumsum(first) - 1]
    return np.stack([rows[~first], kept[~first]], axis=1)


def _ranks(ids: pa.ChunkedArray, rows: np.ndarray) -> np.ndarray:
    """The place of each row's id in alphabetical order."""
    return pc.rank(pc.take(ids, pa.array(rows))).to_numpy()


def _not_unique(ids: pa.ChunkedArray, among: pa.ChunkedArray) -> pa.Array:
    """Those ids `among` these that more than one document has."""
    counted = pc.value_counts(ids.filter(pc.is_in(ids, value_set=among.combine_chunks())))
    return counted.field("values").filter(pc.greater(counted.field("counts"), 1))
