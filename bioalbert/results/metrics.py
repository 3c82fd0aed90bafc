"""Result rows -> one JSON of means, for tools that compare runs: `dvc metrics show` and `dvc metrics diff` read it."""

import pandas as pd


def means(rows: pd.DataFrame) -> dict[str, dict[str, dict[str, float]]]:
    """{protocol: {model: {figure: mean over seeds and folds}}}, scores as fractions; a figure is its metric, after its level if it has one.

    As in the table folds are averaged before seeds.
    """
    figures = (rows["level"] + " " + rows["metric"]).str.strip().rename("figure")
    by_seed = rows.assign(figure=figures).groupby(["protocol", "model", "figure", "seed"])["value"].mean()
    found: dict[str, dict[str, dict[str, float]]] = {}
    for (protocol, model, figure), value in by_seed.groupby(["protocol", "model", "figure"]).mean().items():
        found.setdefault(protocol, {}).setdefault(model, {})[figure] = float(value)
    return found
