"""What all figures share: SVG text that is equal for equal input, and a palette safe for colour-blind readers (Okabe and Ito 2008)."""

import io

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
# Equal input gives equal text; names are text, "$" in them is no formula.
plt.rcParams |= {"svg.hashsalt": "bioalbert", "svg.fonttype": "none", "text.parse_math": False}


CHARACTERS_AN_INCH = 13  # of a legend's text, marks not counted
MARK = 7  # characters that a legend's mark takes


def with_legend(figure: plt.Figure) -> str:
    """The figure as an <svg> element, below it a legend of its first axes in as many columns as fit; the figure is closed."""
    handles, labels = figure.axes[0].get_legend_handles_labels()
    if labels:
        columns = int(CHARACTERS_AN_INCH * figure.get_figwidth() / (max(map(len, labels)) + MARK))
        figure.legend(handles, labels, loc="outside lower center", ncols=max(1, columns), frameon=False)
    return as_svg(figure)


def as_svg(figure: plt.Figure) -> str:
    """The figure as an <svg> element; the figure is closed."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = stream.getvalue()
    return text[text.index("<svg") :]


def nothing(why: str) -> str:
    """A figure that has nothing to show, as an <svg> element that says so."""
    figure, axes = plt.subplots(figsize=(6, 0.5))
    axes.annotate(why, (0.5, 0.5), xycoords="axes fraction", ha="center", va="center")
    axes.set_axis_off()
    return as_svg(figure)
