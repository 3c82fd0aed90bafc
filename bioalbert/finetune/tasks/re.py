"""One label of several: relations (`re`), and what the second of two texts says of the first (`inference`)."""

import numpy as np

from bioalbert.finetune.examples import Relation
from bioalbert.finetune.tasks.texts import Texts


class Classification(Texts):
    """Text or pair -> its label, trained by cross-entropy."""

    def target(self, example: Relation) -> int:
        return self.labels.index(example.label)

    def prediction(self, logits: np.ndarray) -> str:
        return self.labels[int(logits.argmax())]
