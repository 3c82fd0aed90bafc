"""The majority baseline: what scores without looking at the text. A model that is not better has learnt nothing."""

from collections import Counter
from collections.abc import Sequence

from bioalbert.finetune.examples import Labelled, Relation, Scored
from bioalbert.finetune.metrics import mean
from bioalbert.finetune.metrics.texts import Prediction


def majority(train: Sequence[Relation] | Sequence[Labelled] | Sequence[Scored]) -> Prediction:
    """The prediction that the baseline gives for any text: the label that most training examples have (the one label, where they may
    have several; the first met of equals), or their mean score."""
    match train[0]:
        case Scored():
            return mean([example.score for example in train])
        case Labelled():
            return (_most_frequent([label for example in train for label in example.labels]),)
        case _:
            return _most_frequent([example.label for example in train])


def _most_frequent(labels: Sequence[str]) -> str:
    return Counter(labels).most_common(1)[0][0]
