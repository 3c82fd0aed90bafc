"""Result rows -> the table: data sets x models, mean and standard deviation over seeds and folds, times 100."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.results import notes
from bioalbert.results.notes import BASELINE, CEILING, LEAKED

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
TASKS = {
    "ner": "Entity recognition",
    "re": "Relation extraction",
    "qa": "Question answering",
    "yesno": "Yes/no questions",
    "similarity": "Sentence similarity",
    "inference": "Inference",
    "classification": "Document classification",
    "average": "Mean over data sets",
}

NOT_RANKED = "Neither bold nor coloured: scores on fewer or other folds than another model's, degenerate ones, means over several settings."


@dataclass(frozen=True)
class Cell:
    """Mean and standard deviation (in points, None for a single run) of one model on one line of the table.

    best: whether no other that is ranked is higher. ranked: whether it is told apart from other models (`notes.ranked`).
    flags: what is odd about its runs, as the notes tell it.
    low, high: the ends of the 95 % bootstrap interval of the mean, in points, where there is one.
    versus: "above" or "below" where the interval of the difference from the model compared with leaves out 0, else "".
    """

    mean: float
    spread: float | None
    best: bool
    flags: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    versus: str = ""
    ranked: bool = False

    @property
    def flagged(self) -> bool:
        return bool(self.flags)


@dataclass(frozen=True)
class Beside:
    """A published figure. value: in points. doubt: why it is not to be compared with ours, "" where it is; some: with some of ours only,
    which the doubt names."""

    system: str
    value: float
    source: str
    doubt: str
    some: bool = False


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
    published: tuple[Beside, ...] = ()


@dataclass(frozen=True)
class Table:
    """What is printed: the models (columns; the last one the baseline, where a task has it), the lines, and the notes below them."""

    models: tuple[str, ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]


def build(rows: pd.DataFrame, left_out: Sequence[str], intervals: pd.DataFrame | None = None) -> Table:
    """Summarises the rows. left_out: data sets, or VERSION=CORPUS, that were asked for and not run. intervals: `intervals.estimate`'s."""
    models = tuple(sorted(rows["model"].unique()))
    audited, has_baseline = notes.audited(rows), bool((rows["level"] == "baseline").any())
    lines = []
    for protocol in rows["protocol"].unique():
        here = rows[rows["protocol"] == protocol]
        task = task_of(protocol, here)
        for level, metric in SHOWN[task]:
            figure = here[(here["level"] == level) & (here["metric"] == metric)]
            if len(figure):
                cells = _cells(protocol, figure, models, is_score=metric != CEILING) + ((_baseline(here, metric),) if has_baseline else ())
                lines.append(Line(task, protocol, f"{level} {metric}".strip().replace("_", " "), cells, is_score=metric != CEILING))
        if audited:
            cells = _leaked(here, models) + ((None,) if has_baseline else ())
            lines.append(Line(task, protocol, LEAKED, cells, is_score=False))
    lines.sort(key=lambda line: (list(SHOWN).index(line.task), line.protocol))
    if intervals is not None:
        lines = [_with_intervals(line, models, intervals) for line in lines]
    doubts = {protocol: notes.doubts(protocol, here) for protocol, here in rows.groupby("protocol")}
    lines = [replace(line, published=beside(line.protocol, line.figure, doubts[line.protocol])) for line in lines]
    sources = {one.source for line in lines for one in line.published}
    told = notes.of(rows, left_out, intervals, sources)
    if any(_has_unranked(line, len(models)) for line in lines):
        told.insert(1, NOT_RANKED)
    return Table(models + ((BASELINE,) if has_baseline else ()), tuple(lines), tuple(told))


def _has_unranked(line: Line, models: int) -> bool:
    reached = [cell for cell in line.cells[:models] if cell]
    return line.is_score and len(reached) > 1 and not all(cell.ranked for cell in reached)


def task_of(protocol: str, rows: pd.DataFrame) -> str:
    """A protocol's task by the catalogue, and of a set of one's own the task that most of the figures in its rows belong to."""
    dataset = protocol.partition("@")[0]
    if dataset in entries.names("dataset"):
        return entries.load(dataset).task
    held = set(zip(rows["level"], rows["metric"]))
    return max(SHOWN, key=lambda task: len(held.intersection(SHOWN[task])))


def _cells(protocol: str, figure: pd.DataFrame, models: tuple[str, ...], is_score: bool) -> tuple[Cell | None, ...]:
    # Folds are parts of one experiment: they are averaged first, and the spread is that of the seeds (of the folds with one seed).
    by_seed = figure.groupby(["model", "seed"])["value"].mean()
    means = (by_seed.groupby("model").mean() * 100).round(2)
    ranked = notes.ranked(figure) if is_score else set()
    highest = means[sorted(ranked)].max()
    cells: list[Cell | None] = []
    for model in models:
        mine = figure[figure["model"] == model]
        if not len(mine):
            cells.append(None)
            continue
        repeats = by_seed[model] if len(by_seed[model]) > 1 else mine["value"]
        spread = float(repeats.std(ddof=1) * 100) if len(repeats) > 1 else None
        flags = notes.flags_of(protocol, mine) if is_score else ()
        best = model in ranked and bool(means[model] == highest)
        cells.append(Cell(float(means[model]), spread, best, flags, ranked=model in ranked))
    return tuple(cells)


def _baseline(rows: pd.DataFrame, metric: str) -> Cell | None:
    """The mean over the folds; it is the same for every model and seed."""
    mine = rows[(rows["level"] == "baseline") & (rows["metric"] == metric)]
    mean = mine.groupby("fold")["value"].first().mean()
    return Cell(round(float(mean) * 100, 2), None, best=False) if len(mine) else None


def _leaked(rows: pd.DataFrame, models: tuple[str, ...]) -> tuple[Cell | None, ...]:
    shares = rows.groupby("model")["leaked"].first()
    known = [None if pd.isna(shares.get(model)) else float(shares[model]) for model in models]
    return tuple(None if share is None else Cell(round(share * 100, 2), None, best=False) for share in known)


def _with_intervals(line: Line, models: tuple[str, ...], intervals: pd.DataFrame) -> Line:
    here = intervals[(intervals["protocol"] == line.protocol) & (intervals["figure"] == line.figure)].set_index("model")
    cells = [_with_interval(cell, here.loc[model]) if cell and model in here.index else cell for model, cell in zip(models, line.cells)]
    return replace(line, cells=(*cells, *line.cells[len(models) :]))


def _with_interval(cell: Cell, interval: pd.Series) -> Cell:
    versus = "above" if interval["difference_low"] > 0 else "below" if interval["difference_high"] < 0 else ""
    return replace(cell, low=100 * interval["low"], high=100 * interval["high"], versus=versus)


def beside(protocol: str, figure: str, doubts: Mapping[str, Sequence[str]]) -> tuple[Beside, ...]:
    """What others have published of a figure. doubts: what keeps the runs of each of our models from being compared."""
    return tuple(
        doubted(Beside(one.system, one.value, one.source, one.differs or ""), doubts)
        for one in sorted(notes.published_of(protocol), key=lambda one: -one.value)
        if one.figure == figure
    )


def doubted(one: Beside, doubts: Mapping[str, Sequence[str]]) -> Beside:
    """A published figure with these doubts about our models too."""
    if not (told := notes.told(doubts)):
        return one
    return replace(one, doubt="; ".join(filter(None, (one.doubt, told))), some=not all(doubts.values()) and (one.some or not one.doubt))
