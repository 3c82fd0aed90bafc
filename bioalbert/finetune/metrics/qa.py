"""Questions: BioASQ's phase B measures as the official evaluator counts them, and SQuAD's."""

import re
import string
from collections import Counter
from collections.abc import Mapping, Sequence

from bioalbert.errors import InputError, nearest
from bioalbert.finetune.metrics import mean, precision_recall_f1
from bioalbert.finetune.metrics.bioasq_json import Answer, items_of, verdict
from bioalbert.finetune.metrics.items import BETWEEN, Item, Items

AVERAGES = ("batch", "pooled")
FACTOID_ANSWERS = 5  # BioASQ's guidelines ask for five; the evaluator itself does not cut


def score_qa(
    golden: Sequence[Sequence[dict]], submission: Mapping[str, Answer], average: str = "batch", cut: int = FACTOID_ANSWERS
) -> dict:
    """Scores a BioASQ submission {question id: exact answer} against batches of golden questions.

    Measures of EvaluatorTask1b (`-phaseB -e 5`): strings are compared lower-cased and otherwise as they stand; every golden string is a
    synonym, of each answer only the first string counts; a question without an answer scores 0. Unlike it, answers after rank `cut`
    are not looked at and a question that is missing scores 0 too. Factoids always; "yes_no" and "list" where the submission holds
    such questions. average: "batch" (mean over the batches) or "pooled" (all questions as one batch).
    """
    if average not in AVERAGES:
        raise InputError(f"the average {average!r} is unknown", fix="choose batch or pooled")
    batches = _batches(golden, average)
    score = _average([_factoids(_of_type(batch, "factoid"), submission, cut) for batch in batches])
    for name, kind, measure in (("yes_no", "yesno", _yes_no), ("list", "list", _lists)):
        if any(question["id"] in submission for batch in batches for question in _of_type(batch, kind)):
            score[name] = _average([measure(_of_type(batch, kind), submission) for batch in batches])
    return score


def score_protocol(metric: str, golden: Sequence[Sequence[dict]], submission: Mapping[str, Answer]) -> dict:
    """The figures of one type of questions by a protocol's metric, a key of METRICS or that with "-pooled" behind it; the other average
    stands beside them, under its name ("pooled" or "batch")."""
    name = metric.removesuffix("-pooled")
    if name not in METRICS:
        raise InputError(f"the metric {metric!r} is unknown", fix=nearest(name, METRICS))
    batch, pooled = (_of_metric(name, golden, submission, average) for average in AVERAGES)
    return batch | {"pooled": pooled} if metric == name else pooled | {"batch": batch}


def _of_metric(name: str, golden: Sequence[Sequence[dict]], submission: Mapping[str, Answer], average: str) -> dict:
    kind, measure = METRICS[name]
    return _average([measure(_of_type(batch, kind), submission) for batch in _batches(golden, average)])


def _batches(golden: Sequence[Sequence[dict]], average: str) -> list[Sequence[dict]]:
    return list(golden) if average == "batch" else [[question for batch in golden for question in batch]]


def _of_type(batch: Sequence[dict], kind: str) -> list[dict]:
    return [question for question in batch if question["type"] == kind]


def _average(scores: list[dict]) -> dict:
    """The mean of the batches' measures and the sum of their questions; a batch without such questions does not count."""
    filled = [score for score in scores if score["questions"]]
    return {key: (sum if key == "questions" else mean)([score[key] for score in filled]) for key in scores[0]} if scores else {}


def _factoids(questions: list[dict], submission: Mapping[str, Answer], cut: int = FACTOID_ANSWERS) -> dict:
    ranks = [_rank(question, submission, cut) for question in questions]
    return {
        "strict_accuracy": mean([rank == 1 for rank in ranks]),
        "lenient_accuracy": mean([rank > 0 for rank in ranks]),
        "mrr": mean([1 / rank if rank else 0.0 for rank in ranks]),
        "questions": len(questions),
    }


def _rank(question: dict, submission: Mapping[str, Answer], cut: int) -> int:
    """The rank, from 1, of the first right answer; 0 without one."""
    synonyms = {text.lower() for item in items_of(question["exact_answer"]) for text in item}
    answers = _answers(submission.get(question["id"], []))[:cut]
    return next((rank for rank, answer in enumerate(answers, start=1) if answer in synonyms), 0)


def _yes_no(questions: list[dict], submission: Mapping[str, Answer]) -> dict:
    """Accuracy, and F1 of either verdict: a question that is answered wrongly, or not at all, counts against both."""
    gold = [verdict(question["exact_answer"]) for question in questions]
    found = [verdict(submission.get(question["id"], "")) for question in questions]
    right = Counter(one for one, other in zip(gold, found) if one == other)
    wrong = len(gold) - right.total()
    f1 = {kind: 2 * right[kind] / (2 * right[kind] + wrong) if right[kind] else 0.0 for kind in ("yes", "no")}
    return {
        "accuracy": right.total() / len(gold) if gold else 0.0,
        "macro_f1": mean(list(f1.values())),
        "f1_yes": f1["yes"],
        "f1_no": f1["no"],
        "questions": len(questions),
    }


def _lists(questions: list[dict], submission: Mapping[str, Answer]) -> dict:
    """The measures are means over the questions, F1 a mean of F1s."""
    scores = [_list(question, submission) for question in questions]
    return {name: mean([score[name] for score in scores]) for name in ("precision", "recall", "f1")} | {"questions": len(questions)}


def _list(question: dict, submission: Mapping[str, Answer]) -> dict[str, float]:
    """Each answer takes one golden item that is still free."""
    free = [{text.lower() for text in item} for item in items_of(question["exact_answer"])]
    size = len(free)
    answers = _answers(submission.get(question["id"], []))
    for answer in answers:
        match = next((item for item in free if answer in item), None)
        if match is not None:
            free.remove(match)
    return precision_recall_f1(size - len(free), len(answers), size)


# metric of a protocol -> the type of questions that it counts, and the measure
METRICS = {"bioasq": ("factoid", _factoids), "bioasq-list": ("list", _lists), "bioasq-yesno": ("yesno", _yes_no)}


def question_items(metric: str, golden: Sequence[Sequence[dict]], submission: Mapping[str, Answer]) -> Items:
    """The questions behind the main figure of `score_protocol`: MRR, mean F1 of lists, or macro F1 of yes/no questions.

    The stratum is the batch, from 1, where the score is a mean over batches. A yes/no question that is not answered counts as answered
    wrongly, as it does there.
    """
    name = metric.removesuffix("-pooled")
    kind, _ = METRICS[name]
    figure, formula = {"factoid": ("mrr", "ratio"), "list": ("f1", "ratio"), "yesno": ("macro f1", "macro-2")}[kind]
    rows = [
        Item(question["id"], *_counted(question, submission), *_told(question, submission), stratum=batch if metric == name else 0)
        for batch, questions in enumerate(golden, start=1)
        for question in _of_type(questions, kind)
    ]
    return Items(figure, formula, rows)


def _counted(question: dict, submission: Mapping[str, Answer]) -> tuple[int, int, float | None]:
    """gold, predicted and correct of an Item."""
    if question["type"] == "yesno":
        gold = verdict(question["exact_answer"])
        right = gold == verdict(submission.get(question["id"], ""))
        return (1, 1 if right else 2, None) if gold == "yes" else (2, 2 if right else 1, None)
    if question["type"] == "list":
        return 1, 1, _list(question, submission)["f1"]
    rank = _rank(question, submission, FACTOID_ANSWERS)
    return 1, 1, 1 / rank if rank else 0.0


def _told(question: dict, submission: Mapping[str, Answer]) -> tuple[str, str, str]:
    """The question, its golden answers, and the answers given."""
    golden, given = question["exact_answer"], submission.get(question["id"], "")
    expected = golden if question["type"] == "yesno" else BETWEEN.join(" = ".join(item) for item in items_of(golden))
    return question.get("body", ""), expected, given if isinstance(given, str) else BETWEEN.join(item[0] for item in given if item)


def _answers(answer: Answer) -> list[str]:
    return [item[0].lower() for item in answer if item] if isinstance(answer, list) else []


def score_squad(gold: Mapping[str, Sequence[str]], predicted: Mapping[str, str]) -> dict:
    """SQuAD v1.1's exact match and word F1: the best over a question's answers, mean over questions {id: answers}; a missing one is 0."""
    exact = [float(key in predicted and _plain(predicted[key]) in map(_plain, answers)) for key, answers in gold.items()]
    overlap = [_overlap(predicted.get(key), answers) for key, answers in gold.items()]
    return {"exact_match": mean(exact), "f1": mean(overlap), "questions": len(gold)}


def squad_items(questions: Mapping[str, str], gold: Mapping[str, Sequence[str]], predicted: Mapping[str, str]) -> Items:
    """The questions {id: text} behind `score_squad`'s F1."""
    rows = [
        Item(key, 1, 1, _overlap(predicted.get(key), answers), questions[key], BETWEEN.join(dict.fromkeys(answers)), predicted.get(key, ""))
        for key, answers in gold.items()
    ]
    return Items("f1", "ratio", rows)


def _overlap(found: str | None, answers: Sequence[str]) -> float:
    """The best word F1 of an answer found, 0 for None."""
    return 0.0 if found is None else max((_word_f1(_plain(found), _plain(answer)) for answer in answers), default=0.0)


def _plain(text: str) -> str:
    """SQuAD's normal form: lower case, no punctuation, no articles, single spaces."""
    text = "".join(letter for letter in text.lower() if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


def _word_f1(found: str, answer: str) -> float:
    shared = Counter(found.split()) & Counter(answer.split())
    return precision_recall_f1(shared.total(), len(found.split()), len(answer.split()))["f1"]
