"""The figures of a report on vocabularies, as SVG text."""

import matplotlib.pyplot as plt
import pandas as pd

from bioalbert.figures import PALETTE, nothing, with_legend

LINE = 0.2  # inches of a line


def coverage(table: pd.DataFrame) -> str:
    """Pieces a word and words kept whole: a line a source, a dot a vocabulary. table: the rows of coverage.parquet."""
    sources, names = list(table["source"].unique()), list(table["vocabulary"].unique())
    figure, axes = plt.subplots(1, 2, figsize=(7, 1 + LINE * len(sources)), sharey=True, layout="constrained")
    panels = {"pieces_per_word": ("pieces a word (fewer is better)", 1), "whole_words": ("words kept whole, % (more is better)", 100)}
    for ax, (rate, (title, scale)) in zip(axes, panels.items()):
        for number, name in enumerate(names):
            values = table[table["vocabulary"] == name].set_index("source")[rate].reindex(sources)
            ax.plot(scale * values, range(len(sources)), "o", markersize=5, color=PALETTE[number % len(PALETTE)], label=name)
        ax.set_xlabel(title)
        ax.grid(alpha=0.3)
    axes[0].set_yticks(range(len(sources)), sources)
    axes[0].invert_yaxis()
    return with_legend(figure)


def terms(split: pd.DataFrame) -> str:
    """The pieces of each term in each vocabulary, a panel for the terms that one of them splits most. split: terms.parquet's rows."""
    groups = list(split.groupby("split_most_by", sort=False))
    if not groups:
        return nothing("No term is split.")
    lines = max(group["term"].nunique() for _, group in groups)
    figure, axes = plt.subplots(1, len(groups), figsize=(3.5 * len(groups), 1 + LINE * lines), layout="constrained", squeeze=False)
    for ax, (name, group) in zip(axes[0], groups):
        wide = group.pivot(index="term", columns="vocabulary", values="pieces").loc[group["term"].unique()]
        ax.hlines(range(len(wide)), wide.min(axis=1), wide.max(axis=1), color="#bbbbbb", zorder=0)
        for number, vocabulary in enumerate(group["vocabulary"].unique()):
            ax.plot(wide[vocabulary], range(len(wide)), "o", markersize=5, color=PALETTE[number % len(PALETTE)], label=vocabulary)
        ax.set_yticks(range(len(wide)), wide.index)
        ax.invert_yaxis()
        ax.set(title=f"split most by {name}", xlabel="pieces")
        ax.xaxis.get_major_locator().set_params(integer=True)
        ax.grid(axis="x", alpha=0.3)
    return with_legend(figure)
