"""One self-contained HTML page: the table, the runs behind its cells, the figures, corpora, leaks, vocabularies, the conversion checks."""

import html
import json
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

import pandas as pd

from bioalbert.errors import InputError, made_by
from bioalbert.files import read_json, write_text
from bioalbert.results import averages
from bioalbert.results.formats import BESIDE, published_rows, text_of
from bioalbert.results.notes import BASELINE
from bioalbert.results.rows import find
from bioalbert.results.runs import tell
from bioalbert.results.table import TASKS, Cell, Line, Table

LEAKS_SHOWN = ("dataset", "split", "items", "searchable", "found", "share", "by_pmid", "by_text", "documents", "not_audited")
LEFT_OUT = {"duplicate of": "with the words of another document", "full text in": "PubMed citations with their full text in PMC"}
NUMBER = re.compile(r"[\d.,]+(e-\d+)?( %)?|–")
PAGE, SCRIPT = (Path(__file__).with_name(f"report_page.{kind}") for kind in ("html", "js"))


@dataclass(frozen=True)
class Sources:
    """Where the page's parts come from.

    runs: run folders. figures: the folder of `bioalbert figures`. corpus: the summary.json of corpora (`corpus stats`). duplicates: the
    statistics of `corpus duplicates`, leaks: leaks.json of `corpus leaks`, one for each set of corpora, named by its folder.
    vocabularies: the folder of `vocabulary report`. conversions: reports of `convert check`.
    """

    runs: list[Path]
    figures: Path
    corpus: list[Path]
    duplicates: list[Path]
    leaks: list[Path]
    vocabularies: Path | None
    conversions: list[Path]


def write(table: Table, sources: Sources, output: Path) -> None:
    """Writes the page; a section without content is left out. Raises InputError when the table is not made of the runs."""
    told = tell(find(sources.runs), output.parent)
    known = {(run["model"], run["protocol"]) for run in told["runs"]}
    in_table = {(model, line.protocol) for line in table.lines for model, cell in zip(table.models, line.cells) if cell}
    for model, protocol in sorted(known - in_table):
        problem = f"a run of {model} on {protocol}, which is not in the table"
        raise InputError(problem, place="--runs", fix="make the table of the same runs: bioalbert table")
    means = averages.build(table)
    figures = {name: _figure(sources.figures, name) for name in ("scores", "learning-curves", "steps", "costs")}
    sections = {
        "Means over data sets": _table(means, "means", set()) + _notes(means) + _published(means) if means.lines else "",
        "Published figures": _published(table),
        "Pre-training": figures["learning-curves"] + figures["steps"],
        "Costs": figures["costs"],
        "Corpora": _rows_html([_corpus_row(path) for path in sources.corpus]),
        "Duplicates left out": _rows_html([_duplicates_row(path) for path in sources.duplicates]),
        "Benchmark items in the corpora": _rows_html([row for path in sources.leaks for row in _leak_rows(path)]),
        "Vocabularies": _vocabularies(sources.vocabularies) if sources.vocabularies else "",
        "TensorFlow conversion, there and back": _rows_html([_conversion_row(path) for path in sources.conversions]),
    }
    parts = {
        "tasks": _options({task: TASKS[task] for task in TASKS if any(line.task == task for line in table.lines)}),
        "protocols": _options({name: name for name in sorted({_protocol(line) for line in table.lines})}),
        "scores": _table(table, "scores", known) + figures["scores"] + _notes(table),
        "sections": "\n".join(f"<h2>{title}</h2>\n{content}" for title, content in sections.items() if content),
        "data": json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),  # no text closes the element
        "script": SCRIPT.read_text(encoding="utf-8"),
    }
    write_text(output, Template(PAGE.read_text(encoding="utf-8")).substitute(parts))


def _protocol(line: Line) -> str:
    return line.protocol.partition("@")[2]


def _options(names: dict[str, str]) -> str:
    return "".join(f'<option value="{html.escape(value)}">{html.escape(name)}</option>' for value, name in names.items())


def _table(table: Table, name: str, known: set[tuple[str, str]]) -> str:
    """A table whose columns sort and whose cells open: those of a (model, protocol) in `known`."""
    heads = [(text, "") for text in ("Task", "Data set @ protocol", "Figure")] + [(model, ' class="number"') for model in table.models]
    head = "".join(f'<th scope="col"{kind}><button>{html.escape(text)}</button></th>' for text, kind in heads)
    body = []
    for line in table.lines:
        names = "".join(f"<td>{html.escape(text)}</td>" for text in (TASKS[line.task], line.protocol, line.figure))
        cells = "".join(_cell(cell, model, line, known) for model, cell in zip(table.models, line.cells))
        body.append(f'<tr data-task="{line.task}" data-protocol="{html.escape(_protocol(line))}">{names}{cells}</tr>')
    rows = "\n".join(body)
    return f'<div class="wide"><table class="sorted" id="{name}"><thead><tr>{head}</tr></thead>\n<tbody>\n{rows}\n</tbody></table></div>\n'


def _notes(table: Table) -> str:
    return '<ul class="notes">' + "".join(f"<li>{html.escape(note)}</li>" for note in table.notes) + "</ul>\n"


def _cell(cell: Cell | None, model: str, line: Line, known: set[tuple[str, str]]) -> str:
    shown = html.escape(text_of(cell))
    if cell is None:
        return f'<td class="number">{shown}</td>'
    if (model, line.protocol) in known and model != BASELINE:
        shown = f'<button data-model="{html.escape(model)}" data-protocol="{html.escape(line.protocol)}">{shown}</button>'
    return f'<td class="number{" best" if cell.best else ""}" data-value="{cell.mean}">{shown}</td>'


def _published(table: Table) -> str:
    return _rows_html([dict(zip(BESIDE, row)) for row in published_rows(table.lines)])


def _figure(folder: Path, name: str) -> str:
    """A figure of `bioalbert figures`; "" where its numbers are none."""
    drawn, numbers = folder / f"{name}.svg", folder / f"{name}.csv"
    for file in (drawn, numbers):
        if not file.is_file():
            raise InputError("no such figure", file=file, fix="make it with: bioalbert figures")
    return _drawn(drawn) if len(pd.read_csv(numbers)) else ""


def _drawn(file: Path) -> str:
    return f'<div class="figure">{file.read_text(encoding="utf-8")}</div>\n'


def _corpus_row(path: Path) -> dict:
    with made_by("corpus stats", path):
        stats = read_json(path)
        counts = {key: stats[key] for key in ("shards", "documents", "sentences", "characters")}
        return {"corpus": path.parent.name} | counts | {"left out": _counts(stats["dropped"])}


def _duplicates_row(path: Path) -> dict:
    with made_by("corpus duplicates", path):
        stats = read_json(path)
        left_out = {LEFT_OUT[reason]: count for reason, count in stats["left_out"].items()}
        return {"corpora": path.parent.name, "documents": stats["documents"], "left out": _counts(left_out)}


def _leak_rows(path: Path) -> list[dict]:
    with made_by("corpus leaks", path):
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
    return "".join(_drawn(folder / name) for name in ("coverage.svg", "terms.svg")) + _rows_html(shown)


def _conversion_row(path: Path) -> dict:
    with made_by("convert check", path):
        report = read_json(path)
        tensors, outputs = report["tensors"], report["outputs"]["largest_difference"] or {}  # none where shapes differ
        differences = {"weights": tensors["largest_difference"], "MLM logits": outputs.get("mlm"), "SOP logits": outputs.get("sop")}
        counts = {"equal": report["equal"], "tensors": tensors["compared"], "different tensors": len(tensors["different"])}
    largest = {f"largest difference of {what}": "–" if value is None else value for what, value in differences.items()}
    return {"version": path.stem} | counts | largest


def _rows_html(rows: list[dict]) -> str:
    """A plain table of equal-keyed rows, columns of numbers flush right; "" for no rows."""
    if not rows:
        return ""
    shown = [{key: _show(value) for key, value in row.items()} for row in rows]
    kinds = {key: ' class="number"' if all(NUMBER.fullmatch(row[key]) for row in shown) else "" for key in shown[0]}
    head = "".join(f"<th{kinds[key]}>{html.escape(key)}</th>" for key in kinds)
    body = "".join("<tr>" + "".join(f"<td{kinds[key]}>{html.escape(row[key])}</td>" for key in kinds) + "</tr>\n" for row in shown)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody></table></div>\n'


def _show(value: object) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
