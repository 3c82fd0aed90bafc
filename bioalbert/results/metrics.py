"""The table's means as one JSON, for tools that compare runs: `dvc metrics show` and `dvc metrics diff` read it."""

from bioalbert.results.table import Table


def means(table: Table) -> dict[str, dict[str, dict[str, float]]]:
    """{DATASET@PROTOCOL: {model: {figure: mean}}} of all scores, in the table's points (times 100, two decimals)."""
    found: dict[str, dict[str, dict[str, float]]] = {}
    for line in table.lines:
        for model, cell in zip(table.models, line.cells):
            if line.is_score and cell:
                found.setdefault(line.protocol, {}).setdefault(model, {})[line.figure] = cell.mean
    return found
