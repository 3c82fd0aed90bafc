"""The figures of the results, each as SVG text, and the numbers that each shows."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib import ticker
from matplotlib.colors import CenteredNorm, LinearSegmentedColormap

from bioalbert.figures import PALETTE, nothing, with_legend
from bioalbert.files import write_text
from bioalbert.results.costs import PRETRAINING, costs, curve
from bioalbert.results.formats import interval_of, number
from bioalbert.results.notes import BASELINE
from bioalbert.results.table import Line, Table

PANELS = {"masked_lm_loss": "MLM loss", "masked_lm_accuracy": "MLM accuracy", "sentence_order_accuracy": "SOP accuracy"}
SNAPSHOT = re.compile(r"-step(\d+)$")  # VERSION-step500: VERSION as it was after 500 steps
ORANGE, SKY_BLUE = PALETTE[1], PALETTE[4]  # black text is read on both
LEAST = 2  # points from a line's mean that a heat map shows in full colour, however little the versions differ
ACROSS = 3  # panels side by side


def write(table: Table, models: list[Path], runs: list[Path], folder: Path) -> None:
    """Writes scores, learning-curves, steps and costs into `folder`, each as NAME.svg, and what it shows as NAME.csv.

    models: bundles, runs: run folders. A figure with nothing to show says so, and its CSV has only a head.
    """
    whole = [model for model in models if not SNAPSHOT.search(model.name)]  # snapshots are parts of these
    curves, spent = learning_curves(whole), costs(whole, runs)
    drawn = {
        "scores": (main_scores(table), scores(table)),
        "learning-curves": (curves, draw_curves(curves)),
        "steps": (by_step := scores_by_step(table, models), draw_steps(by_step)),
        "costs": (spent, draw_costs(spent)),
    }
    for name, (numbers, figure) in drawn.items():
        write_text(folder / f"{name}.csv", numbers.to_csv(index=False))
        write_text(folder / f"{name}.svg", figure)


def main_scores(table: Table) -> pd.DataFrame:
    """The main score of each protocol, the one with intervals (its first score where no run has one): a row for every version that has
    it, in the table's order.

    score, spread and the ends of the 95 % interval, low and high, are in points; NaN for what there is not. ranked: as of a Cell.
    """
    lines: dict[str, Line] = {}
    for line in sorted(table.lines, key=lambda line: all(cell is None or cell.low is None for cell in line.cells)):
        if line.is_score:
            lines.setdefault(line.protocol, line)
    main = [line for line in table.lines if line is lines.get(line.protocol)]
    rows = [
        (line.task, line.protocol, line.figure, version, cell.mean, cell.spread, cell.low, cell.high, cell.ranked)
        for line in main
        for version, cell in zip(table.models, line.cells)
        if cell
    ]
    return pd.DataFrame(rows, columns=["task", "protocol", "figure", "version", "score", "spread", "low", "high", "ranked"]).astype(
        dict.fromkeys(("spread", "low", "high"), float) | {"ranked": bool}
    )


def scores(table: Table) -> str:
    """The `main_scores`: a heat map of the versions; of one version alone, its scores with their intervals."""
    found = main_scores(table)
    return _heat_map(found, table.models) if len(set(table.models) - {BASELINE}) > 1 else _intervals(found)


def _heat_map(found: pd.DataFrame, columns: tuple[str, ...]) -> str:
    """Data sets down, versions across, coloured by the distance from the data set's mean over the versions. The baseline stands beside
    them without a colour."""
    away = distances(found, columns)
    height = 1.1 + 0.36 * len(away) + 0.04 * max(map(len, columns))
    figure, axes = plt.subplots(figsize=(max(4, 2.2 + 0.72 * len(columns)), height), layout="constrained")
    colours = LinearSegmentedColormap.from_list("", [ORANGE, "#ffffff", SKY_BLUE], N=21)  # with more a colour bar is drawn as an image
    norm = CenteredNorm(halfrange=max(LEAST, np.nanmax(np.abs(away.to_numpy()), initial=0)))
    image = axes.pcolormesh(away, cmap=colours, norm=norm, edgecolors="white", linewidth=2)
    for row in found.itertuples():
        place = (columns.index(row.version) + 0.5, away.index.get_loc(row.protocol) + 0.5)
        axes.annotate(_annotation(row), place, ha="center", va="center", fontsize=7)
    axes.set_xticks(np.arange(len(columns)) + 0.5, columns, rotation=30, ha="right", fontsize=8)
    axes.set_yticks(np.arange(len(away)) + 0.5, _names(found), fontsize=8)
    axes.tick_params(length=0)
    axes.spines[:].set_visible(False)
    axes.invert_yaxis()
    bar = figure.colorbar(image, location="bottom", aspect=40)
    bar.set_label("points from the mean of the versions", fontsize=8)
    return with_legend(figure)


def _intervals(found: pd.DataFrame) -> str:
    """Data sets down: the score of one version as a dot with its 95 % interval, that of the baseline as a stroke."""
    names = _names(found)
    figure, axes = plt.subplots(figsize=(6.5, 1 + 0.26 * len(names)), layout="constrained")
    for (version, rows), mark in zip(found.groupby("version", sort=False), ("o", "|")):
        places = rows["protocol"].map(found["protocol"].drop_duplicates().tolist().index)
        colour = "#767676" if version == BASELINE else PALETTE[0]
        axes.hlines(places, rows["low"], rows["high"], color=colour, linewidth=1.5)
        axes.plot(rows["score"], places, mark, markersize=5 if mark == "o" else 12, color=colour, label=version)
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xlabel("score × 100" + (", 95 % interval" if found["low"].notna().any() else ""))
    axes.grid(alpha=0.3)
    return with_legend(figure)


def _names(found: pd.DataFrame) -> list[str]:
    """The data sets of `main_scores`, each with the figure that is told of it."""
    return (found["protocol"] + ", " + found["figure"]).unique().tolist()


def distances(found: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """How far each of `main_scores` is from its protocol's mean over the versions that are ranked; NaN for the others and the baseline.
    Index: protocols."""
    wide = found[found["ranked"]].pivot(index="protocol", columns="version", values="score")
    return wide.sub(wide.mean(axis=1), axis=0).reindex(index=found["protocol"].unique(), columns=list(columns))


def _annotation(row: tuple) -> str:
    """The score, below it its interval, or without one its spread."""
    if not np.isnan(row.low):
        return f"{number(row.score, 1)}\n{interval_of(row.low, row.high)}"
    return number(row.score, 1) + ("" if np.isnan(row.spread) else f"\n± {row.spread:.1f}")


def learning_curves(models: list[Path]) -> pd.DataFrame:
    """Held-out figures of pre-training by version and step."""
    held_out = [
        {"version": model.name, "step": row["step"]} | row["held_out"] for model in models for row in curve(model) if "held_out" in row
    ]
    return pd.DataFrame(held_out, columns=["version", "step", *PANELS])


def draw_curves(curves: pd.DataFrame) -> str:
    """Held-out loss and accuracies against the step, a colour a version. curves: those of `learning_curves`."""
    if curves.empty:
        return nothing("No version was pre-trained.")
    figure, axes = plt.subplots(1, len(PANELS), figsize=(8, 2.6), layout="constrained")
    for ax, (column, title) in zip(axes, PANELS.items()):
        _lines(ax, curves, "version", "step", column)
        ax.set(title=f"Held-out {title}", xlabel="step")
    return with_legend(figure)


def scores_by_step(table: Table, models: list[Path]) -> pd.DataFrame:
    """The main scores of those pre-trainings of which several steps were fine-tuned. version: the pre-training, step: how far it was."""
    steps = {model.name: _step(model) for model in models if curve(model)}
    found = main_scores(table)
    found = found[found["version"].isin(steps)]
    found = found.assign(step=found["version"].map(steps), version=found["version"].str.replace(SNAPSHOT, "", regex=True))
    several = found.groupby("version")["step"].transform("nunique") > 1
    columns = ["protocol", "figure", "version", "step", "score", "spread", "low", "high"]
    return found[several].sort_values(["protocol", "version", "step"], ignore_index=True)[columns]


def _step(model: Path) -> int:
    snapshot = SNAPSHOT.search(model.name)
    return int(snapshot[1]) if snapshot else curve(model)[-1]["step"]


def draw_steps(found: pd.DataFrame) -> str:
    """Score against pre-training step: a panel a protocol, a colour a version, its 95 % interval as a band. found: that of
    `scores_by_step`."""
    if found.empty:
        return nothing("No version was fine-tuned from several of its steps.")
    panels = list(found.groupby(["protocol", "figure"]))
    versions = list(found["version"].unique())
    across = min(ACROSS, len(panels))
    down = -(-len(panels) // across)
    figure, axes = plt.subplots(down, across, figsize=(2.7 * across, 0.4 + 2.2 * down), layout="constrained", squeeze=False)
    for ax, ((protocol, name), rows) in zip(axes.flat, panels):
        _lines(ax, rows, "version", "step", "score", versions)
        for version, mine in rows.groupby("version"):
            color = PALETTE[versions.index(version) % len(PALETTE)]
            ax.fill_between(mine["step"], mine["low"], mine["high"], color=color, alpha=0.15, linewidth=0)
        ax.set(title=protocol, xlabel="step", ylabel=f"{name} × 100")
    for ax in axes.flat[len(panels) :]:
        ax.set_axis_off()
    return with_legend(figure)


def draw_costs(spent: pd.DataFrame) -> str:
    """Time and speed of each version's pre-training and fine-tunes, a dot each; of what is known. The fine-tunes of a single version have
    a line a data set. spent: that of `costs`."""
    if spent.empty:
        return nothing("No times are known.")
    pretraining = spent["work"] == PRETRAINING
    told = spent["work"] if spent["version"].nunique() == 1 else spent["version"]
    spent = spent.assign(line=told.where(~pretraining, spent["version"]))
    parts = {"pre-training": spent[pretraining], "fine-tunes, one each": spent[~pretraining]}
    parts = {name: rows for name, rows in parts.items() if len(rows)}
    lines = [rows["line"].nunique() for rows in parts.values()]
    figure, grid = plt.subplots(
        len(parts), 2, figsize=(8, sum(0.7 + 0.22 * count for count in lines)), height_ratios=lines, squeeze=False, layout="constrained"
    )
    for (left, right), (name, rows) in zip(grid, parts.items()):
        _dots(left, rows["whole_seconds"] / 60, rows["line"], f"minutes, {name}")
        _dots(right, rows["pieces_per_second"], rows["line"], f"pieces a second, {name}")
        right.tick_params(labelleft=False)
    return with_legend(figure)


def _dots(ax: plt.Axes, values: pd.Series, lines: pd.Series, label: str) -> None:
    """lines: the name of each value's line. The axis begins at 0; where values differ tenfold it is logarithmic. Without any value nothing
    is drawn."""
    if values.isna().all():
        ax.set_axis_off()
        return
    names = lines.unique().tolist()
    ax.plot(values, lines.map(names.index), "o", markersize=5, alpha=0.6, markeredgewidth=0, color=PALETTE[0])
    ax.set(xlabel=label, ylim=(len(names) - 0.5, -0.5))
    ax.set_yticks(range(len(names)), names)
    ax.grid(alpha=0.3)
    if values.max() > 10 * values.min():
        ax.set_xscale("log")
        ax.xaxis.set_major_locator(ticker.LogLocator(subs=(1, 2, 5)))
        ax.xaxis.set_minor_formatter(ticker.NullFormatter())
    else:
        ax.set_xlim(0, 1.08 * values.max())
        ax.xaxis.set_major_locator(ticker.MaxNLocator(5))
    ax.xaxis.set_major_formatter(ticker.StrMethodFormatter("{x:,g}"))


def _lines(ax: plt.Axes, rows: pd.DataFrame, group: str, x: str, y: str, names: list[str] | None = None) -> None:
    """A line for each value of the column `group`, in the colour of its place among `names` (of its own place without them)."""
    for place, name in enumerate(names or rows[group].unique()):
        mine = rows[rows[group] == name]
        ax.plot(mine[x], mine[y], marker=".", markersize=4, color=PALETTE[place % len(PALETTE)], label=name)
    ax.xaxis.set_major_formatter(ticker.EngFormatter(sep=""))
    ax.grid(alpha=0.3)
