"""A table as .csv, .md, .tex and .html."""

import csv
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from bioalbert.catalogue.references import REFERENCES
from bioalbert.files import write_text
from bioalbert.results.notes import BETWEEN_FLAGS
from bioalbert.results.table import TASKS, Beside, Cell, Line, Table

ENDINGS = ("csv", "md", "tex", "html")
COLUMNS = ("mean", "sd", "low", "high", "versus", "flags")  # of each model, in .csv
BESIDE = ("Data set @ protocol", "Figure", "System", "Published", "Comparable", "Source")


@dataclass(frozen=True)
class Marks:
    """How a format writes what is not a number. interval: False where the intervals stand elsewhere."""

    bold: str = "{}"
    plus_minus: str = "±"
    dagger: str = " †"
    above: str = " ▲"
    below: str = " ▼"
    interval: bool = True


LATEX = Marks(r"\textbf{{{}}}", r"$\pm$", r"$^\dagger$", r"$^\uparrow$", r"$^\downarrow$", interval=False)
ESCAPED = {mark: "\\" + mark for mark in "_&%#${}"} | {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", "`": r"\textasciigrave{}", '"': "''", "–": r"\textendash{}", "±": r"$\pm$", "×": r"$\times$",
    "†": r"$^\dagger$", "▲": r"$^\uparrow$", "▼": r"$^\downarrow$",
}  # fmt: skip
PAGE_LINES = 20  # of a tabular: what a page holds, intervals and headings between them

PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>BioALBERT pipeline: results</title>
<style>
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem; }
table { border-collapse: collapse; margin-bottom: 1.5rem; font-variant-numeric: tabular-nums; }
th, td { padding: .35rem .8rem; border-bottom: 1px solid #8886; text-align: left; }
td.number { text-align: right; white-space: nowrap; } td.best { font-weight: 700; }
.notes { font-size: .9rem; }
</style>
</head>
<body>
"""


def write(table: Table, folder: Path, name: str) -> list[Path]:
    """Writes `folder`/`name`.csv, .md, .tex and .html; returns their paths."""
    files = [folder / f"{name}.{ending}" for ending in ENDINGS]
    for file, text in zip(files, (as_csv, as_markdown, as_latex, as_html)):
        write_text(file, text(table))
    return files


def text_of(cell: Cell | None, marks: Marks = Marks()) -> str:
    """A cell as people read it."""
    if cell is None:
        return "–"
    text = number(cell.mean, 2) + (f" {marks.plus_minus} {cell.spread:.2f}" if cell.spread is not None else "")
    interval = f" ({interval_of(cell.low, cell.high)})" if marks.interval and cell.low is not None else ""
    versus = {"above": marks.above, "below": marks.below, "": ""}[cell.versus]
    return (marks.bold.format(text) if cell.best else text) + interval + versus + (marks.dagger if cell.flagged else "")


def number(value: float, digits: int) -> str:
    """A number as people read it, with a minus sign that is no hyphen."""
    return f"{value:.{digits}f}".replace("-", "−")


def interval_of(low: float, high: float) -> str:
    return f"{number(low, 1)}–{number(high, 1)}"


def as_csv(table: Table) -> str:
    """Comma-separated: task, protocol, figure, then of each model the mean, its standard deviation, the ends of its interval and what it
    is against the model compared with, and its flags with their reasons; last the highest published figure, its system, and why it is not
    to be compared."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [f"{model} {what}" for model in table.models for what in COLUMNS]
    writer.writerow(["task", "protocol", "figure", *columns, "published", "system", "doubt"])
    for line in table.lines:
        values = [value for cell in line.cells for value in _values(cell)]
        best = [(f"{one.value}", one.system, one.doubt) for one in line.published[:1]]
        writer.writerow([line.task, line.protocol, line.figure, *values, *(best[0] if best else ("", "", ""))])
    return stream.getvalue()


def _values(cell: Cell | None) -> list[str]:
    if cell is None:
        return [""] * len(COLUMNS)
    numbers = [cell.mean, cell.spread, cell.low, cell.high]
    return [*("" if number is None else f"{number:.2f}" for number in numbers), cell.versus, BETWEEN_FLAGS.join(cell.flags)]


def as_markdown(table: Table) -> str:
    """A GitHub table, one of the published figures where there are any, then the notes."""
    head = ["Task", "Data set @ protocol", "Figure", *table.models]
    body = [
        [TASKS[line.task], line.protocol, line.figure, *(text_of(cell, Marks(bold="**{}**")) for cell in line.cells)]
        for line in table.lines
    ]
    parts = [_grid(head, body, right=3)]
    if published := list(published_rows(table.lines)):
        parts.append(_grid(BESIDE, published, right=len(BESIDE)))
    return "\n".join([*parts, *(f"- {note}" for note in table.notes)]) + "\n"


def _grid(head: Iterable[str], body: list[list[str]], right: int) -> str:
    """A table with its columns from `right` on flush right; | in a name is escaped."""
    rows = [[value.replace("|", r"\|") for value in row] for row in (head, *body)]
    widths = [max(2, *(len(row[i]) for row in rows)) for i in range(len(rows[0]))]
    lines = [" | ".join(value.ljust(width) for value, width in zip(row, widths)) for row in rows]
    rule = " | ".join(("-" * (width - 1) + ":") if i >= right else "-" * width for i, width in enumerate(widths))
    return "".join(f"| {line} |\n" for line in [lines[0], rule, *lines[1:]])


def published_rows(lines: Iterable[Line]) -> Iterable[list[str]]:
    """The rows of the second table, as BESIDE names them."""
    for line in lines:
        for one in line.published:
            yield [line.protocol, line.figure, one.system, f"{one.value}", _comparable(one), one.source]


def _comparable(one: Beside) -> str:
    if one.doubt and not one.some:
        return f"no: {one.doubt}"
    unchecked = "" if REFERENCES[one.source].checked else "figure not checked again"
    return "; ".join(filter(None, (f"yes, but {one.doubt}" if one.doubt else "yes", unchecked)))


def as_latex(table: Table) -> str:
    r"""To be \input into a float or a page, with the packages booktabs and graphicx: tabulars of the scores, with the tasks as headings and
    the intervals below the scores, and of the published figures, where there are any; then the notes. What is wider than a line is scaled
    down to it."""
    head = ["Data set @ protocol", "Figure", *table.models]
    scores = [
        _tabular(head, [(TASKS[line.task], row) for line in lines for row in _latex_rows(line)], "ll" + "r" * len(table.models))
        for lines in _pages(table.lines)
    ]
    published = [
        _tabular(BESIDE[2:], [(f"{protocol}, {figure}", _row(rest)) for protocol, figure, *rest in lines], "lrll")
        for lines in _pages(list(published_rows(table.lines)))
    ]
    parts = [r"% \usepackage{booktabs,graphicx}; with many models, on a landscape page", *_scaled_alike(scores), *_scaled_alike(published)]
    notes = "".join(f"{_latex(note)}\\par\n" for note in table.notes)
    return "\n".join([*parts, r"{\footnotesize\raggedright\setlength{\parindent}{0pt}%", notes + "}"]) + "\n"


def _pages(lines: Sequence) -> Iterable[Sequence]:
    return (lines[start : start + PAGE_LINES] for start in range(0, len(lines), PAGE_LINES))


def _latex_rows(line: Line) -> Iterable[str]:
    """The scores of a line, and below them their intervals, where there are any."""
    scores = [_cell_latex(text_of(cell, LATEX)) for cell in line.cells]
    yield " & ".join([_latex(line.protocol), _latex(line.figure), *scores])
    intervals = [f"({interval_of(cell.low, cell.high)})" if cell and cell.low is not None else "" for cell in line.cells]
    if any(intervals):
        yield " & ".join(["", "", *(text and rf"\scriptsize {_cell_latex(text)}" for text in intervals)])


def _cell_latex(text: str) -> str:
    return text.replace("–", "--").replace("−", "$-$")


def _tabular(head: Sequence[str], rows: Iterable[tuple[str, str]], columns: str) -> str:
    """rows: each with the heading that it stands under."""
    body = []
    for heading, below in groupby(rows, lambda row: row[0]):
        body += [rf"\addlinespace \multicolumn{{{len(head)}}}{{l}}{{\textit{{{_latex(heading)}}}}}", *(row for _, row in below)]
    head_row, ended = rf"\toprule {_row(head)} \\ \midrule", [rf"{row} \\" for row in body]
    return "\n".join([rf"\begin{{tabular}}{{{columns}}}", head_row, *ended, r"\bottomrule \end{tabular}"])


def _scaled_alike(tabulars: Sequence[str]) -> list[str]:
    """The parts of one table, each in a box as wide as the widest of them: one factor scales all of them down to a line."""
    lines = [r"{\def\widest{0pt}%"]
    for place, tabular in enumerate(tabulars):
        lines.append(rf"\expandafter\def\csname part{place}\endcsname{{{tabular}}}%")
        lines.append(rf"\setbox0=\hbox{{\csname part{place}\endcsname}}\ifdim\wd0>\widest\relax\edef\widest{{\the\wd0}}\fi")
    for place in range(len(tabulars)):
        lines.append(rf"\setbox0=\hbox to \widest{{\hss\csname part{place}\endcsname\hss}}%")
        lines.append(r"\begin{center}\leavevmode\ifdim\wd0>\linewidth\resizebox{\linewidth}{!}{\box0}\else\box0\fi\end{center}")
    return [*lines, "}"]


def _row(values: Iterable[str]) -> str:
    return " & ".join(map(_latex, values))


def _latex(text: str) -> str:
    return text.translate(str.maketrans(ESCAPED)).replace("--", "-{}-")


def as_html(table: Table) -> str:
    """A page of its own that loads nothing: the table, one of the published figures where there are any, and the notes."""
    body = []
    for line in table.lines:
        names = [f"<td>{html.escape(text)}</td>" for text in (TASKS[line.task], line.protocol, line.figure)]
        cells = [f"<td class='number{' best' if cell and cell.best else ''}'>{html.escape(text_of(cell))}</td>" for cell in line.cells]
        body.append("".join(names + cells))
    parts = [_html(["Task", "Data set @ protocol", "Figure", *table.models], body)]
    if published := ["".join(f"<td>{html.escape(value)}</td>" for value in row) for row in published_rows(table.lines)]:
        parts.append(_html(BESIDE, published))
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    return PAGE + "".join(parts) + f"<ul class='notes'>{notes}</ul>\n</body>\n</html>\n"


def _html(head: Iterable[str], body: list[str]) -> str:
    columns = "".join(f"<th>{html.escape(text)}</th>" for text in head)
    rows = "\n".join(f"<tr>{row}</tr>" for row in body)
    return f"<table><thead><tr>{columns}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n"
