"""A report on vocabularies: what they make of corpora and of data sets, and which biomedical terms they split.

coverage.{parquet,csv}  a row a vocabulary and source: counts, pieces a word, share of words kept whole, share of unknown pieces
terms.{parquet,csv}     a row a term and vocabulary: how each of them splits the terms that one of them splits most
report.md, coverage.svg, terms.svg   the same to read
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.catalogue.check import present
from bioalbert.corpus.documents import read_documents
from bioalbert.errors import InputError
from bioalbert.files import whole_folder, write_text
from bioalbert.finetune.examples import Example, Sentence
from bioalbert.finetune.metrics.ner import entities
from bioalbert.finetune.readers import READERS, format_of, read_file
from bioalbert.progress import Progress
from bioalbert.provenance import Provenance
from bioalbert.vocabulary import figures
from bioalbert.vocabulary.coverage import SplitTerm, coverage, frequent, most_split, words
from bioalbert.vocabulary.folder import Vocabulary, read_vocabulary
from bioalbert.vocabulary.sample import Sample
from bioalbert.vocabulary.tokenizer import Encoder

LEAST = 10  # occurrences of a term that is listed
MOST = 20  # terms listed of each vocabulary
RATES = {"pieces_per_word": "Pieces a word", "whole_words": "Words kept whole, %", "unknown_rate": "Unknown pieces, %"}


@dataclass(frozen=True)
class Source:
    """Texts to measure on. kind: "corpus" or "data set". terms: words of its entities; none where its text must not be shown."""

    name: str
    kind: str
    texts: list[str]
    terms: Counter[str] = field(default_factory=Counter)


def write_report(
    folders: list[Path], shards: list[Path], data: Path, datasets: list[str] | None, output: Path, sentences: int
) -> pd.DataFrame:
    """Measures the vocabulary folders and writes the report's folder; returns the rows of coverage.parquet.

    shards: document shards; of each corpus (a document's `source`) at most `sentences` sentences are drawn. datasets: catalogue names,
    whose files lie in `data`; None: all that have any there. Terms are the words of entities in the open data sets of the task ner;
    where there are none, the words of the corpora. Restricted corpora and data sets give counts alone, restricted vocabularies no pieces.
    Raises InputError for what is missing or unreadable, two vocabularies of one name, and when there is no text.
    """
    vocabularies = _read(folders)
    encoders = {name: encoder for name, (_, encoder) in vocabularies.items()}
    settings = {"datasets": datasets, "sentences": sentences}
    provenance = Provenance("vocabulary report", settings, [*folders, *sorted(shards)])
    rows, terms = [], {"corpus": Counter(), "data set": Counter()}
    with Progress("measuring", unit="source") as done:
        for source in [*_corpora(shards, sentences), *_data_sets(datasets, data)]:
            rows += [_row(name, encoder, source) for name, encoder in encoders.items()]
            terms[source.kind] += source.terms
            done.advance(1, source.name)
    if not rows:
        raise InputError("no text to measure on", file=data, fix="give --documents, or the names of data sets that are there")
    found = most_split(encoders, frequent(terms["data set"] or terms["corpus"], LEAST), MOST)
    table, split = pd.DataFrame(rows), _term_rows(found, vocabularies)
    with whole_folder(output) as folder:
        for name, frame in (("coverage", table), ("terms", split)):
            frame.to_parquet(folder / f"{name}.parquet", index=False)
            frame.to_csv(folder / f"{name}.csv", index=False)
        write_text(folder / "report.md", _markdown(table, split, bool(terms["data set"])))
        write_text(folder / "coverage.svg", figures.coverage(table))
        write_text(folder / "terms.svg", figures.terms(split))
        provenance.write(folder)
    return table


def _read(folders: list[Path]) -> dict[str, tuple[Vocabulary, Encoder]]:
    """Vocabularies by the name of their folder."""
    found = {}
    for folder in folders:
        if folder.resolve().name in found:
            raise InputError("two vocabularies of this name", file=folder, fix="a folder's name stands for it in the report: rename one")
        found[folder.resolve().name] = read_vocabulary(folder)
    return found


def _corpora(shards: list[Path], count: int) -> Iterator[Source]:
    if not shards:
        return
    samples: dict[str, Sample] = {}
    with Progress("sampling sentences", unit="document") as done:
        for document in read_documents(sorted(shards)):
            samples.setdefault(document.source, Sample(count)).add(document)
            done.advance()
    for name, sample in sorted(samples.items()):
        texts = sample.sentences()
        shown = [] if sample.restricted else texts
        yield Source(name, "corpus", texts, Counter(word for text in shown for word in words(text)))


def _data_sets(names: list[str] | None, data: Path) -> Iterator[Source]:
    for name in entries.names("dataset") if names is None else names:
        entry = entries.load(name)
        folder = entry.folder(data)
        files = [file for file in present(entry, folder) if format_of(entry, file) in READERS]
        if files:
            yield _data_set(entry, [example for file in files for example in read_file(entry, file, folder)])
        elif names is not None:
            raise InputError("no file of this data set that can be read", file=folder, fix=f"run: bioalbert download {entry.id}")


def _data_set(entry: entries.Entry, examples: list[Example]) -> Source:
    """Every text once: files of one set often repeat each other's (train_dev.tsv, folds)."""
    once = dict.fromkeys(text for example in examples for text in example.texts)
    mentions = Counter()
    if entry.access == "open":
        sentences = dict.fromkeys(example for example in examples if isinstance(example, Sentence))
        mentions = Counter(word for sentence in sentences for word in _entity_words(sentence))
    return Source(entry.id, "data set", list(once), mentions)


def _entity_words(sentence: Sentence) -> Iterator[str]:
    for start, end, _ in entities(sentence.tags):
        yield from words(" ".join(sentence.words[start:end]))


def _row(vocabulary: str, encoder: Encoder, source: Source) -> dict:
    found = coverage(encoder, source.texts)
    return {"vocabulary": vocabulary, "kind": source.kind, "source": source.name, "texts": len(source.texts)} | asdict(found) | found.rates


def _term_rows(found: list[SplitTerm], vocabularies: dict[str, tuple[Vocabulary, Encoder]]) -> pd.DataFrame:
    """split: the pieces with spaces between, "" for a vocabulary whose pieces come from restricted text."""
    rows = []
    for term in found:
        for name, (vocabulary, encoder) in vocabularies.items():
            ids = term.pieces[name]
            split = "" if vocabulary.restricted else " ".join(encoder.names(ids))
            rows.append((term.vocabulary, term.term, term.count, name, len(ids), split))
    return pd.DataFrame(rows, columns=["split_most_by", "term", "count", "vocabulary", "pieces", "split"])


def _markdown(table: pd.DataFrame, split: pd.DataFrame, of_entities: bool) -> str:
    sizes = table.drop_duplicates("source").set_index("source")[["texts", "words"]].map("{:,}".format)
    parts = [
        "# Vocabularies",
        "A word is what stands between white space, without the punctuation around it, encoded by itself. Unknown pieces are counted over"
        " the whole text. Of a data set every text counts once; of a corpus a random sample of sentences.",
    ]
    for rate, title in RATES.items():
        values = table.pivot(index="source", columns="vocabulary", values=rate).loc[sizes.index, list(table["vocabulary"].unique())]
        shown = values.map("{:.3f}".format) if rate == "pieces_per_word" else (100 * values).map("{:.3g}".format)
        parts += [f"## {title}", _table(pd.concat([sizes, shown], axis=1).reset_index())]
    kind = "words of entities in the data sets" if of_entities else "words of the corpora"
    parts += [
        "## Terms that are split most",
        f"Of the {kind} that occur at least {LEAST} times." + (" None is split." if split.empty else ""),
    ]
    for name, rows in split.groupby("split_most_by", sort=False):
        wide = rows.assign(split=rows["split"].where(rows["split"] != "", rows["pieces"].astype(str) + " pieces"))
        wide = wide.pivot(index=["term", "count"], columns="vocabulary", values="split").reindex(columns=list(rows["vocabulary"].unique()))
        order = rows.drop_duplicates("term").set_index(["term", "count"]).index
        parts += [f"### {name}", _table(wide.loc[order].reset_index())]
    return "\n\n".join(parts) + "\n"


def _table(frame: pd.DataFrame) -> str:
    """A GitHub table of strings."""
    rows = [list(frame.columns), ["---"] * len(frame.columns), *frame.values.tolist()]
    return "\n".join("| " + " | ".join(str(value).replace("|", r"\|") for value in row) + " |" for row in rows)
