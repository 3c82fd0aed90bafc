"""Result rows -> the table: data sets x models, mean and standard deviation over seeds and folds, times 100."""

import csv
import html
import io
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.files import whole_file, write_text

CEILING = "ceiling"  # the main score of the golden answers that stand in the contexts: no extraction can do better
# The figures that the table shows of each task, in its order; the rows hold them all.
SHOWN = {
    "ner": (("entity", "f1"), ("token", "f1")),
    "re": (("", "f1"), ("", "accuracy")),
    "qa": tuple(("", figure) for figure in ("strict_accuracy", "lenient_accuracy", "mrr", "exact_match", "f1", CEILING)),
    "similarity": (("", "pearson"), ("", "spearman")),
    "inference": (("", "accuracy"), ("", "macro_f1")),
    "classification": (("", "example_f1"), ("", "micro_f1")),
    "yesno": (("", "accuracy"), ("", "macro_f1")),
}
LEAKED = "test items in corpus, %"
BASELINE = "naive baseline"  # the last column
TASKS = {
    "ner": "Entity recognition",
    "re": "Relation extraction",
    "qa": "Question answering",
    "yesno": "Yes/no questions",
    "similarity": "Sentence similarity",
    "inference": "Inference",
    "classification": "Document classification",
}


@dataclass(frozen=True)
class Cell:
    """Mean and standard deviation (in points, None for a single run) of one model on one line of the table."""

    mean: float
    spread: float | None
    best: bool
    flagged: bool


@dataclass(frozen=True)
class Line:
    """One line: a figure of a data set under a protocol, and a cell (or None) for every column.

    is_score: False for the share of the test items that the model's pre-training corpus holds, and for the ceiling of the contexts.
    """

    task: str
    protocol: str
    figure: str
    cells: tuple[Cell | None, ...]
    is_score: bool = True


@dataclass(frozen=True)
class Table:
    """What is printed: the models (columns; the last one the baseline, where a task has it), the lines, and the notes below them."""

    models: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def build(rows: pd.DataFrame, left_out: list[str]) -> Table:
    """Summarises the rows. left_out: data sets, or VERSION=CORPUS, that were asked for and not run."""
    models = tuple(sorted(rows["model"].unique()))
    has_baseline = bool((rows["level"] == "baseline").any())
    lines = []
    for protocol in rows["protocol"].unique():
        here = rows[rows["protocol"] == protocol]
        task = _task(protocol.partition("@")[0], here)
        for level, metric in SHOWN[task]:
            figure = here[(here["level"] == level) & (here["metric"] == metric)]
            if len(figure):
                cells = _cells(figure, models, ranked=metric != CEILING) + ((_baseline(here, metric),) if has_baseline else ())
                lines.append(Line(task, protocol, f"{level} {metric}".strip().replace("_", " "), cells, is_score=metric != CEILING))
        if rows["leaked"].notna().any():
            cells = _leaked(here, models) + ((None,) if has_baseline else ())
            lines.append(Line(task, protocol, LEAKED, cells, is_score=False))
    lines.sort(key=lambda line: (list(SHOWN).index(line.task), line.protocol))
    return Table(models + ((BASELINE,) if has_baseline else ()), tuple(lines), tuple(_notes(rows, left_out)))


def _task(dataset: str, rows: pd.DataFrame) -> str:
    """A data set's task by the catalogue, and of a set of one's own the task that most of its figures belong to."""
    if dataset in entries.names("dataset"):
        return entries.load(dataset).task
    held = set(zip(rows["level"], rows["metric"]))
    return max(SHOWN, key=lambda task: len(held.intersection(SHOWN[task])))


def _cells(figure: pd.DataFrame, models: tuple[str, ...], ranked: bool) -> tuple[Cell | None, ...]:
    # Folds are parts of one experiment: they are averaged first, and the spread is that of the seeds (of the folds with one seed).
    by_seed = figure.groupby(["model", "seed"])["value"].mean()
    means = (by_seed.groupby("model").mean() * 100).round(2)
    cells: list[Cell | None] = []
    for model in models:
        mine = figure[figure["model"] == model]
        if not len(mine):
            cells.append(None)
            continue
        repeats = by_seed[model] if len(by_seed[model]) > 1 else mine["value"]
        spread = float(repeats.std(ddof=1) * 100) if len(repeats) > 1 else None
        best, flagged = means[model] == means.max(), (mine["flags"] != "").any()
        cells.append(Cell(float(means[model]), spread, ranked and bool(best), ranked and bool(flagged)))
    return tuple(cells)


def _baseline(rows: pd.DataFrame, metric: str) -> Cell | None:
    """The mean over the folds; it is the same for every model and seed."""
    mine = rows[(rows["level"] == "baseline") & (rows["metric"] == metric)]
    mean = mine.groupby("fold")["value"].first().mean()
    return Cell(round(float(mean) * 100, 2), None, best=False, flagged=False) if len(mine) else None


def _leaked(rows: pd.DataFrame, models: tuple[str, ...]) -> tuple[Cell | None, ...]:
    shares = rows.groupby("model")["leaked"].first()
    known = [None if pd.isna(shares.get(model)) else float(shares[model]) for model in models]
    return tuple(None if share is None else Cell(round(share * 100, 2), None, best=False, flagged=False) for share in known)


def _notes(rows: pd.DataFrame, left_out: list[str]) -> list[str]:
    seeds, folds = rows["seed"].nunique(), rows[rows["fold"] > 0].groupby(["protocol", "model"])["fold"].nunique()
    notes = [
        f"Mean ± standard deviation over {seeds} seed(s)"
        + (f" and up to {folds.max()} fold(s)" if len(folds) else "")
        + "; scores times 100, best in bold."
    ]
    fewest = folds.groupby("protocol").min()
    partial = {protocol: count for protocol, count in fewest.items() if count < _folds(protocol)}
    notes += [f"{protocol}: {count} of its {_folds(protocol)} folds only." for protocol, count in partial.items()]
    if rows["leaked"].notna().any():
        notes.append(f"{LEAKED}: of those that can be looked for, found in the model's own pre-training corpus; –: not audited.")
    if (rows["level"] == "baseline").any():
        notes.append(
            f"{BASELINE}: what needs no learning, such as the most frequent training label for every test text (docs/protocols.md)."
        )
    seen = rows[rows["metric"] == "seen_in_training"].groupby(["protocol", "fold"])["value"].first()
    for protocol, share in seen.groupby("protocol").mean().items():
        if share:
            notes.append(f"{protocol}: {100 * share:.2f} % of the test examples stand, as texts, in the training part too.")
    if (rows["metric"] == CEILING).any():
        notes.append(f"{CEILING}: what extraction could reach at best, the main score of the golden answers that stand in the contexts.")
    for name in left_out:
        version, equals, corpus = name.partition("=")
        entry = entries.load(corpus if equals else name.partition("@")[0])
        notes.append(f"{version if equals else name}: left out, {_reason(entry)}")
    for (protocol, flags), here in rows[rows["flags"] != ""].groupby(["protocol", "flags"]):
        notes.append(f"† {protocol} ({', '.join(sorted(here['model'].unique()))}): {flags}")
    for protocol, comparable in rows[["protocol", "comparable"]].drop_duplicates().itertuples(index=False):
        if comparable and protocol not in partial:
            notes.append(f"{protocol} is comparable with {comparable}")
    return notes


def _folds(protocol: str) -> int:
    """How many folds a catalogue's data set has; 0 for one's own."""
    dataset = protocol.partition("@")[0]
    return entries.load(dataset).folds if dataset in entries.names("dataset") else 0


def _reason(entry: entries.Entry) -> str:
    return f"needs access to {entry.title}: {entry.apply}" if entry.apply else "not run"


def write(rows: pd.DataFrame, table: Table, folder: Path) -> None:
    """Writes results.parquet (the rows), and the table as .csv, .md, .tex and .html into `folder`."""
    with whole_file(folder / "results.parquet") as unfinished:
        rows.to_parquet(unfinished, index=False)
    for name, text in (("csv", as_csv), ("md", as_markdown), ("tex", as_latex), ("html", as_html)):
        write_text(folder / f"results.{name}", text(table))


def _text(cell: Cell | None, bold: str = "{}", plus_minus: str = "±", dagger: str = "†") -> str:
    if cell is None:
        return "–"
    text = f"{cell.mean:.2f}" + (f" {plus_minus} {cell.spread:.2f}" if cell.spread is not None else "")
    return (bold.format(text) if cell.best else text) + (f" {dagger}" if cell.flagged else "")


def as_csv(table: Table) -> str:
    """Comma-separated: task, protocol, figure, then mean and standard deviation of each model."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    columns = [f"{model} {what}" for model in table.models for what in ("mean", "sd")]
    writer.writerow(["task", "protocol", "figure", *columns])
    for line in table.lines:
        pairs = [(f"{cell.mean:.2f}", "" if cell.spread is None else f"{cell.spread:.2f}") if cell else ("", "") for cell in line.cells]
        writer.writerow([line.task, line.protocol, line.figure, *(value for pair in pairs for value in pair)])
    return stream.getvalue()


def as_markdown(table: Table) -> str:
    """A GitHub table, then the notes."""
    head = ["Task", "Data set @ protocol", "Figure", *(model.replace("|", r"\|") for model in table.models)]
    body = [[TASKS[line.task], line.protocol, line.figure, *(_text(cell, "**{}**") for cell in line.cells)] for line in table.lines]
    widths = [max(len(row[i]) for row in [head, *body]) for i in range(len(head))]
    rows = [" | ".join(value.ljust(width) for value, width in zip(row, widths)) for row in [head, *body]]
    rule = " | ".join(("-" * (width - 1) + ":") if i > 2 else "-" * width for i, width in enumerate(widths))
    lines = [f"| {row} |" for row in [rows[0], rule, *rows[1:]]]
    return "\n".join([*lines, "", *(f"- {note}" for note in table.notes)]) + "\n"


def as_latex(table: Table) -> str:
    """A booktabs tabular; needs \\usepackage{booktabs}."""
    marks = {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "–": "--"}
    escape = str.maketrans({mark: "\\" + mark for mark in "_&%#${}"} | marks)
    rows = [
        " & ".join([line.protocol.translate(escape), line.figure.translate(escape)])
        + "".join(" & " + _text(cell, r"\textbf{{{}}}", r"$\pm$", r"$^\dagger$").replace("–", "--") for cell in line.cells)
        + r" \\"
        for line in table.lines
    ]
    head = " & ".join(["Data set", "Figure", *(model.translate(escape) for model in table.models)]) + r" \\"
    notes = [f"% {note}" for note in table.notes]
    columns = "ll" + "r" * len(table.models)
    begin = [rf"\begin{{tabular}}{{{columns}}}", r"\toprule", head, r"\midrule"]
    return "\n".join([*notes, *begin, *rows, r"\bottomrule", r"\end{tabular}"]) + "\n"


def as_html(table: Table) -> str:
    """A bare <table> with its notes, for any page."""
    head = "".join(f"<th>{html.escape(text)}</th>" for text in ("Task", "Data set @ protocol", "Figure", *table.models))
    body = []
    for line in table.lines:
        cells = "".join(f"<td class='number{' best' if cell and cell.best else ''}'>{html.escape(_text(cell))}</td>" for cell in line.cells)
        names = "".join(f"<td>{html.escape(text)}</td>" for text in (TASKS[line.task], line.protocol, line.figure))
        body.append(f"<tr>{names}{cells}</tr>")
    notes = "".join(f"<li>{html.escape(note)}</li>" for note in table.notes)
    return f"<table><thead><tr>{head}</tr></thead>\n<tbody>\n" + "\n".join(body) + f"\n</tbody></table>\n<ul class='notes'>{notes}</ul>\n"
