"""The figure of the README, from the figures of docs/benchmarks.md that stand in the CSV beside it.

python -m benchmarks.figures docs/figures/real-run.csv
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd

from bioalbert.figures import PALETTE, with_legend
from bioalbert.files import write_text


def draw(table: pd.DataFrame) -> str:
    """SVG text: a row for each score and vocabulary, a line from the untrained (open) to the pre-trained model (filled).

    table: columns score, vocabulary, untrained and pretrained, in points.
    """
    scores, vocabularies = list(table["score"].unique()), list(table["vocabulary"].unique())
    figure, axes = plt.subplots(figsize=(7, 2.8), layout="constrained")
    for number, (vocabulary, rows) in enumerate(table.groupby("vocabulary", sort=False)):
        places = [scores.index(score) + 0.3 * (number - (len(vocabularies) - 1) / 2) for score in rows["score"]]
        color = PALETTE[number]
        axes.hlines(places, rows["untrained"], rows["pretrained"], color=color)
        axes.plot(rows["untrained"], places, "o", color=color, markerfacecolor="white", label=f"{vocabulary}, untrained")
        axes.plot(rows["pretrained"], places, "o", color=color, label=f"{vocabulary}, pre-trained")
    axes.set_yticks(range(len(scores)), scores)
    axes.invert_yaxis()
    axes.set(xlabel="score × 100, one seed", xlim=(0, 75))
    axes.grid(axis="x", alpha=0.3)
    return with_legend(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path, help="the CSV; the SVG goes beside it")
    table = parser.parse_args().table
    write_text(table.with_suffix(".svg"), draw(pd.read_csv(table)))


if __name__ == "__main__":
    main()
