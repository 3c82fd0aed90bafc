"""BioASQ's yes/no questions: a verdict for each snippet, and the question's verdict from all of them."""

from collections.abc import Iterable, Sequence
from itertools import cycle, islice
from pathlib import Path

import numpy as np

from bioalbert.catalogue.entries import Entry
from bioalbert.finetune.answers import margins, yes_or_no
from bioalbert.finetune.examples import Relation
from bioalbert.finetune.metrics import fractions
from bioalbert.finetune.metrics.bioasq_json import write_submission
from bioalbert.finetune.metrics.items import Items
from bioalbert.finetune.metrics.qa import question_items, score_protocol
from bioalbert.finetune.pieces import Row
from bioalbert.finetune.tasks.re import Classification


class YesNo(Classification):
    """(question, snippet) -> logit of "yes" minus that of "no"; labels: ("no", "yes")."""

    file = "predictions.json"

    def training_rows(self, examples: Sequence[Relation]) -> tuple[list[Row], dict[str, int]]:
        """Pairs of both verdicts in equal number: those of the rarer one stand there again and again. (BioBERT's authors drop pairs of the
        other: most answers are yes.)"""
        rows, lost = super().training_rows(examples)
        kinds = [[row for row in rows if row.target == label] for label in range(len(self.labels))]
        most = max(map(len, kinds))
        return [row for kind in kinds if kind for row in islice(cycle(kind), most)], lost

    def decode(self, examples: Sequence[Relation], outputs: Iterable[tuple[Row, list[np.ndarray]]]) -> list[float]:
        """The margin of "yes" of each pair."""
        found = [0.0] * len(examples)
        yes, no = self.labels.index("yes"), self.labels.index("no")
        for row, (logits,) in outputs:
            found[row.example] = float(logits[yes] - logits[no])
        return found

    def score(self, examples: Sequence[Relation], predicted: list[float], entry: Entry, protocol: str, golden: list) -> dict:
        """The official measures. baseline: the same for "yes" to every question."""
        metric = entry.protocols[protocol].metric
        figures = [score_protocol(metric, golden, _answers(examples, found)) for found in (predicted, [1.0] * len(examples))]
        return figures[0] | {"baseline": fractions(figures[1])}

    def items(self, examples: Sequence[Relation], predicted: list[float], entry: Entry, protocol: str, golden: list) -> Items:
        """What the main score is made of."""
        return question_items(entry.protocols[protocol].metric, golden, _answers(examples, predicted))

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return score["macro_f1"]

    @staticmethod
    def problem(predicted: list[float]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        found = {margin > 0 for margin in predicted}
        return f"every pair is {'yes' if found.pop() else 'no'}" if len(found) == 1 < len(predicted) else None

    @staticmethod
    def write(file: Path, examples: Sequence[Relation], predicted: list[float], golden: list) -> None:
        """BioASQ's submission JSON."""
        write_submission(file, golden, _answers(examples, predicted))


def _answers(examples: Sequence[Relation], predicted: Sequence[float]) -> dict[str, str]:
    return {key: yes_or_no(margin) for key, margin in margins(examples, predicted).items()}
