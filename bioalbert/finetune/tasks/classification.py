"""Any number of labels a text: Hallmarks of Cancer."""

import numpy as np

from bioalbert.finetune.examples import Labelled
from bioalbert.finetune.tasks.texts import Texts


class MultiLabel(Texts):
    """Text -> its labels: those with a logit above 0, as in BLURB's and LinkBERT's; trained by binary cross-entropy."""

    def target(self, example: Labelled) -> list[float]:
        return [float(label in example.labels) for label in self.labels]

    def prediction(self, logits: np.ndarray) -> tuple[str, ...]:
        return tuple(label for label, logit in zip(self.labels, logits, strict=True) if logit > 0)
