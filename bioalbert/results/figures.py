"""The figures of the results, as SVG text."""

import matplotlib.pyplot as plt
import pandas as pd

from bioalbert.figures import PALETTE, with_legend
from bioalbert.results.table import Table


def scores(table: Table) -> str:
    """Mean score of every model (a colour) on every line of the table (a row of dots, bars of one standard deviation)."""
    lines = [line for line in table.lines if line.is_score]
    figure, axes = plt.subplots(figsize=(7, 0.6 + 0.32 * max(len(lines), 2)), layout="constrained")
    for column, model in enumerate(table.models):
        shown = [(place, line.cells[column]) for place, line in enumerate(lines) if line.cells[column]]
        # Models are set a little apart so that equal scores do not hide each other.
        places = [place + (column - (len(table.models) - 1) / 2) * 0.5 / len(table.models) for place, _ in shown]
        means, spreads = [cell.mean for _, cell in shown], [cell.spread or 0.0 for _, cell in shown]
        axes.errorbar(means, places, xerr=spreads, fmt="o", markersize=4, color=PALETTE[column % len(PALETTE)], label=model)
    axes.set_yticks(range(len(lines)), [f"{line.protocol}, {line.figure}" for line in lines])
    axes.invert_yaxis()
    axes.set_xlabel("score × 100 (bars: one standard deviation)")
    axes.grid(axis="x", alpha=0.3)
    return with_legend(figure)


def learning_curves(curves: dict[str, pd.DataFrame]) -> str:
    """Held-out loss and accuracies of pre-training against the step; curves: model -> columns step and those of `panels`."""
    panels = {"masked_lm_loss": "MLM loss", "masked_lm_accuracy": "MLM accuracy", "sentence_order_accuracy": "SOP accuracy"}
    figure, axes = plt.subplots(1, len(panels), figsize=(8, 2.6), layout="constrained")
    for ax, (column, title) in zip(axes, panels.items()):
        for number, (model, curve) in enumerate(curves.items()):
            ax.plot(curve["step"], curve[column], marker=".", color=PALETTE[number % len(PALETTE)], label=model)
        ax.set(title=f"Held-out {title}", xlabel="step")
        ax.grid(alpha=0.3)
    return with_legend(figure)
