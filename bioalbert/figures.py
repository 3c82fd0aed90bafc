"""What all figures share: SVG text that is equal for equal input, and a palette safe for colour-blind readers (Okabe and Ito 2008)."""

import io

import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plt

PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#F0E442", "#000000")
plt.rcParams |= {"font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
# Equal input gives equal text; names are text, "$" in them is no formula.
plt.rcParams |= {"svg.hashsalt": "bioalbert", "svg.fonttype": "none", "text.parse_math": False}


def as_svg(figure: plt.Figure) -> str:
    """The figure as an <svg> element; the figure is closed."""
    stream = io.StringIO()
    figure.savefig(stream, format="svg", metadata={"Date": None})
    plt.close(figure)
    text = stream.getvalue()
    return text[text.index("<svg") :]
