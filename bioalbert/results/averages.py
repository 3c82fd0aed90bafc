"""Means over data sets: those of BioALBERT's tables, one a task, and the score of BLURB."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from bioalbert.catalogue import entries
from bioalbert.results.notes import BASELINE
from bioalbert.results.table import Beside, Cell, Line, Table, beside, doubted

# The 20 data sets of the paper (the README of usmaann/BioALBERT, 8712be5) by its tasks, and the figures to take the mean of.
PAPER = {
    "NER": ("bc2gm bc5cdr-chem bc5cdr-disease jnlpba linnaeus ncbi-disease s800 share-clefe", ("entity f1", "token f1")),
    "RE": ("chemprot ddi euadr gad i2b2-2010", ("f1",)),
    "STS": ("biosses medsts", ("pearson",)),
    "NLI": ("mednli", ("accuracy",)),
    "document classification": ("hoc", ("example f1",)),
    "QA": ("bioasq-4b bioasq-5b bioasq-6b", ("strict accuracy", "lenient accuracy", "mrr")),
}
# BLURB's families of tasks (Gu et al. 2021): each protocol with its figure; after a / another one of the same data.
BLURB = {
    "NER": tuple((f"{name}@blurb", "entity f1") for name in ("bc2gm", "bc5cdr-chem", "bc5cdr-disease", "jnlpba", "ncbi-disease")),
    "relations": (("chemprot@blurb", "f1"), ("ddi@blurb/ddi@blurb-xml", "f1"), ("gad@blurb", "f1")),
    "similarity": (("biosses@blue", "pearson"),),
    "classification": (("hoc@blurb", "micro f1"),),
    "questions": (("pubmedqa@official", "accuracy"), ("bioasq-yesno@blurb", "accuracy")),
}
WITHOUT = "BLURB without EBM-PICO"

Lines = dict[tuple[str, str], Line]  # (protocol, figure) -> line


@dataclass(frozen=True)
class Mean:
    """One mean to be taken. name, figure: of its line. parts: the lines that it is taken over (None: not run). called: their names.
    published: the published figures beside each part."""

    name: str
    figure: str
    parts: tuple[Line | None, ...]
    called: tuple[str, ...]
    published: tuple[tuple[Beside, ...], ...]


def build(table: Table) -> Table:
    """The means over the lines of a table; "–" where a part is missing, which the notes name. Means that no run has a part of are left
    out. A model is flagged where it is in one of the parts."""
    models = tuple(model for model in table.models if model != BASELINE)
    lines = {(line.protocol, line.figure): line for line in table.lines}
    paper = [mean for mean in _paper(lines) if any(mean.parts)]
    blurb = list(_families(lines))
    if not any(part for mean in blurb for part in mean.parts):
        blurb = []
    means = [_line(mean, models) for mean in (*paper, *blurb)]
    notes = [
        "Means of the means of the data sets; –: a part is missing.",
        "Published: the same means of the figures that stand in the tables of the tasks, computed here."
        if paper or blurb
        else "No data set of the paper or of BLURB was run.",
        *dict.fromkeys(_parts(mean, models) for mean in (*paper, *blurb)),
    ]
    if blurb:
        families, published = tuple(means[len(paper) :]), tuple(_published(mean.published) for mean in blurb)
        means.append(_line(Mean(WITHOUT, "score", families, tuple(BLURB), published), models))
        notes.append(f"{WITHOUT}: the mean over the families above. EBM-PICO, all of BLURB's sixth family, is not in the catalogue.")
    if any(cell and cell.flags for line in means for cell in line.cells):
        notes.append("†: a part is flagged, or has some of its folds only; the tables of the tasks say why.")
    return Table(models, tuple(means), tuple(notes))


def _paper(lines: Lines) -> Iterable[Mean]:
    for task, (names, figures) in PAPER.items():
        for figure in figures:
            asked = [[f"{name}@{protocol}" for protocol in entries.load(name).protocols] for name in names.split()]
            yield _mean(f"paper: {task}", figure, [(protocols, figure) for protocols in asked], lines)


def _families(lines: Lines) -> Iterable[Mean]:
    for family, members in BLURB.items():
        yield _mean(f"BLURB: {family}", members[0][1], [(protocols.split("/"), figure) for protocols, figure in members], lines)


def _mean(name: str, title: str, members: Sequence[tuple[Sequence[str], str]], lines: Lines) -> Mean:
    """Of each member, (protocols, figure), the first protocol that was run counts."""
    chosen = [next((one for one in protocols if (one, figure) in lines), protocols[0]) for protocols, figure in members]
    parts = tuple(lines.get((protocol, figure)) for protocol, (_, figure) in zip(chosen, members))
    published = tuple(part.published if part else beside(one, figure, {}) for part, one, (_, figure) in zip(parts, chosen, members))
    return Mean(name, title, parts, tuple(chosen), published)


def _line(mean: Mean, models: Sequence[str]) -> Line:
    cells = [_cell(mean.called, [part.cells[column] if part else None for part in mean.parts]) for column in range(len(models))]
    reached = [cell.mean for cell in cells if cell and cell.ranked]
    several = sum(cell is not None for cell in cells) > 1
    marked = tuple(cell and replace(cell, best=several and cell.ranked and cell.mean == max(reached)) for cell in cells)
    lacking = {model: () if cell else ("ours lacks a part",) for model, cell in zip(models, cells)}
    published = tuple(doubted(one, lacking) for one in _published(mean.published))
    return Line("average", mean.name, mean.figure, marked, published=published)


def _cell(called: Sequence[str], parts: Sequence[Cell | None]) -> Cell | None:
    if None in parts:
        return None
    flags = tuple(f"{name}: {flag}" for name, part in zip(called, parts) for flag in part.flags)
    ranked = all(part.ranked for part in parts)
    return Cell(round(sum(part.mean for part in parts) / len(parts), 2), None, best=False, flags=flags, ranked=ranked)


def _parts(mean: Mean, models: tuple[str, ...]) -> str:
    """What a mean is taken over, and what of it is not there, for all models or for some."""
    absent = [name for part, name in zip(mean.parts, mean.called) if part is None or None in part.cells[: len(models)]]
    there = [name for name in mean.called if name not in absent]
    told = ["over " + ", ".join(there)] if there else []
    return f"{mean.name}: {'; '.join(told + (['missing: ' + ', '.join(absent)] if absent else []))}."


def _published(parts: Sequence[Sequence[Beside]]) -> tuple[Beside, ...]:
    """The same mean for each system that has a figure from one source beside every part; it is computed here."""
    by_system = [{(one.system, one.source): one for one in part} for part in parts]
    means = []
    for system, source in by_system[0]:
        figures = [part.get((system, source)) for part in by_system]
        if None not in figures:
            doubts = dict.fromkeys(one.doubt for one in figures if one.doubt)
            value = round(sum(one.value for one in figures) / len(figures), 2)
            means.append(
                Beside(system, value, source, "; ".join(doubts), some=bool(doubts) and all(one.some for one in figures if one.doubt))
            )
    return tuple(sorted(means, key=lambda one: -one.value))
