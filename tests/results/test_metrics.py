"""The means that DVC compares."""

from bioalbert.results.metrics import means
from bioalbert.results.table import LEAKED, Cell, Line, Table


def test_scores_of_all_models_by_protocol():
    lines = (
        Line("ner", "ncbi-disease@biobert", "entity f1", (Cell(88.12, 0.3, best=True), None)),
        Line("ner", "ncbi-disease@biobert", "token f1", (Cell(90.5, None, best=True, flags=("limited: 9",)), Cell(80.0, None, best=False))),
        Line("ner", "ncbi-disease@biobert", LEAKED, (Cell(3.0, None, best=False), None), is_score=False),
    )
    assert means(Table(("one", "two"), lines, ())) == {
        "ncbi-disease@biobert": {"one": {"entity f1": 88.12, "token f1": 90.5}, "two": {"token f1": 80.0}}
    }
