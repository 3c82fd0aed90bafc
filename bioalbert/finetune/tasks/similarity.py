"""How like two sentences are: BIOSSES, MedSTS."""

from collections.abc import Sequence

import numpy as np

from bioalbert.finetune.examples import Scored
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.texts import Texts

DECIMALS = 4  # of a predicted score; what is finer is rounding, and hides that a model says the same of every pair


class Regression(Texts):
    """Pair -> a number on the data set's own scale, trained by the squared error; the head starts at the mean score."""

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        super().__init__(tokenizer, settings, ("score",))

    def target(self, example: Scored) -> float:
        return example.score

    def prediction(self, logits: np.ndarray) -> float:
        return round(float(logits[0]), DECIMALS)
