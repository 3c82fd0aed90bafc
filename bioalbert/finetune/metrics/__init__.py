"""Official metrics: pure functions on plain lists that return plain dictionaries, fractions in [0, 1]."""


def precision_recall_f1(correct: int, predicted: int, gold: int) -> dict[str, float]:
    """Precision, recall and F1 from counts; each is 0 where its denominator is 0, as in conlleval and scikit-learn."""
    precision = correct / predicted if predicted else 0.0
    recall = correct / gold if gold else 0.0
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def with_counts(correct: int, predicted: int, gold: int) -> dict[str, float]:
    """`precision_recall_f1` and the counts themselves."""
    return precision_recall_f1(correct, predicted, gold) | {"gold": gold, "predicted": predicted, "correct": correct}


def f1(precision: float, recall: float) -> float:
    """The harmonic mean, 0 when both are 0."""
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def fractions(score: dict) -> dict[str, float]:
    """The figures of a score, without its counts and what stands below it."""
    return {name: value for name, value in score.items() if isinstance(value, float)}


def mean(values: list[float]) -> float:
    """The arithmetic mean, 0 for no values."""
    return sum(values) / len(values) if values else 0.0
