"""One self-contained HTML page: the table, its figure, the learning curves, corpora, leaks, vocabularies, the conversion checks."""

import html
import json
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

from bioalbert.errors import InputError
from bioalbert.files import read_json, write_text
from bioalbert.results import figures
from bioalbert.results.formats import as_html
from bioalbert.results.table import Table

LEAKS_SHOWN = ("dataset", "split", "items", "searchable", "found", "share", "by_pmid", "by_text", "documents", "not_audited")
PAGE = Path(__file__).with_name("report_page.html")


@dataclass(frozen=True)
class Sources:
    """Where the page's parts come from.

    models: bundle folders. corpus: the summary.json of corpora (`corpus stats`). duplicates: the statistics of `corpus duplicates`,
    leaks: leaks.json of `corpus leaks`, one for each set of corpora, named by its folder. vocabularies: the folder of
    `vocabulary report`. conversions: reports of `convert check`.
    """

    models: list[Path]
    corpus: list[Path]
    duplicates: list[Path]
    leaks: list[Path]
    vocabularies: Path | None
    conversions: list[Path]


def write(table: Table, sources: Sources, output: Path) -> None:
    """Writes the page."""
    curves = {model.name: curve for model in sources.models if (curve := _curve(model)) is not None}
    parts = {
        "table": as_html(table),
        "scores": figures.scores(table),
        "curves": figures.learning_curves(curves) if curves else "<p>No version was pre-trained.</p>",
        "corpus": _rows_html([_corpus_row(path) for path in sources.corpus]),
        "duplicates": _rows_html([_duplicates_row(path) for path in sources.duplicates]),
        "leaks": _rows_html([row for path in sources.leaks for row in _leak_rows(path)]),
        "vocabularies": _vocabularies(sources.vocabularies) if sources.vocabularies else "<p>None.</p>",
        "conversions": _rows_html([{"version": path.stem, **_flat(read_json(path))} for path in sources.conversions]),
    }
    write_text(output, Template(PAGE.read_text(encoding="utf-8")).substitute(parts))


def _curve(model: Path) -> pd.DataFrame | None:
    """Held-out figures by step, from the training.jsonl of a bundle; None for one that was not trained."""
    if not (model / "config.json").is_file():
        raise InputError("not a model bundle (no config.json)", file=model)
    log = model / "training.jsonl"
    if not log.is_file():
        return None
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    held_out = [{"step": line["step"], **line["held_out"]} for line in lines if "held_out" in line]
    return pd.DataFrame(held_out) if held_out else None


def _corpus_row(path: Path) -> dict:
    stats = read_json(path)
    counts = {key: stats[key] for key in ("shards", "documents", "sentences", "characters")}
    return {"corpus": path.parent.name} | counts | {"left out": _counts(stats["dropped"])}


def _duplicates_row(path: Path) -> dict:
    stats = read_json(path)
    return {"corpora": path.parent.name, "documents": stats["documents"], "left out": _counts(stats["left_out"])}


def _leak_rows(path: Path) -> list[dict]:
    return [{"corpora": path.parent.parent.name} | _leak_row(row) for row in read_json(path)["datasets"]]


def _leak_row(row: dict) -> dict:
    share = "–" if row["share"] is None else f"{100 * row['share']:.2f} %"
    return {key.replace("_", " "): (row | {"share": share})[key] for key in LEAKS_SHOWN}


def _counts(reasons: dict[str, int]) -> str:
    return ", ".join(f"{count} {reason}" for reason, count in sorted(reasons.items())) or "none"


def _vocabularies(folder: Path) -> str:
    """The two figures and the rates of a report on vocabularies."""
    if not (folder / "coverage.parquet").is_file():
        raise InputError("not a report on vocabularies (no coverage.parquet)", file=folder, fix="make it with: bioalbert vocabulary report")
    rows = pd.read_parquet(folder / "coverage.parquet").to_dict("records")
    columns = {"pieces_per_word": "pieces a word", "whole_words": "words kept whole", "unknown_rate": "unknown pieces"}
    shown = [{key: row[key] for key in ("vocabulary", "source")} | {columns[key]: f"{row[key]:.4f}" for key in columns} for row in rows]
    drawn = "".join(f'<div class="figure">{(folder / name).read_text(encoding="utf-8")}</div>' for name in ("coverage.svg", "terms.svg"))
    return f'{drawn}<div class="wide">{_rows_html(shown)}</div>'


def _flat(report: dict) -> dict:
    return {key.replace("_", " "): value for key, value in report.items() if isinstance(value, str | int | float | bool)}


def _rows_html(rows: list[dict]) -> str:
    """A plain table of equal-keyed rows."""
    if not rows:
        return "<p>None.</p>"
    head = "".join(f"<th>{html.escape(key)}</th>" for key in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{html.escape(_show(value))}</td>" for value in row.values()) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _show(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
