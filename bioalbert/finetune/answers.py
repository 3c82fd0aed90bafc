"""From the n-best answers of contexts to the answers of a question by the rules of BioBERT's authors, and the two yardsticks beside a
score: the best that extraction could do, and the longest capitalised spans.

Rules of transform_nbset2bioasqform.py (dmis-lab/biobert) and transform_n2b_{factoid,list,yesno}.py (dmis-lab/bioasq-biobert).
"""

import re
import string
from collections import defaultdict
from collections.abc import Iterable, Sequence

from bioalbert.finetune.examples import Question, Relation
from bioalbert.finetune.metrics import mean
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, items_of
from bioalbert.finetune.metrics.qa import FACTOID_ANSWERS
from bioalbert.finetune.settings import FinetuneSettings

LONGEST = 100  # characters; longer answers are dropped (BioASQ allows no more)
NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight")
NUMBER_WITHIN = 5  # words of a list question in which a number says how many answers are wanted
CAPITALISED = re.compile(r"[\w-]*[A-Z][\w-]*(?: [\w-]*[A-Z][\w-]*)*")

NBest = list[tuple[str, float]]  # answers with their probabilities, best first


def merged(examples: Sequence[Question], predicted: Sequence[NBest], post: str) -> dict[str, NBest]:
    """{question id: its answers}: probabilities of answers equal but for case are summed over all contexts of a question (so that they
    may pass 1), written as the most probable of them; empty answers and those of more than 100 characters are dropped.

    post: "plain", or "textrip": `textrip` comes first.
    """
    found: dict[str, NBest] = defaultdict(list)
    for example, answers in zip(examples, predicted, strict=True):
        found[example.id[:QUESTION_ID]] += answers
    return {key: _merge(answers, post) for key, answers in found.items()}


def _merge(answers: NBest, post: str) -> NBest:
    summed: dict[str, tuple[str, float]] = {}
    for text, probability in _by_probability(answers):
        text = textrip(text) if post == "textrip" else text
        if 0 < len(text) <= LONGEST:
            written, total = summed.get(text.lower(), (text, 0.0))
            summed[text.lower()] = (written, total + probability)
    return _by_probability(summed.values())


def _by_probability(answers: Iterable[tuple[str, float]]) -> NBest:
    return sorted(answers, key=lambda answer: -answer[1])


def textrip(text: str) -> str:
    """Takes off one comma, full stop or space at the end, else the brackets around it; "" for a bracket without its other half."""
    if text.endswith((",", ".", " ")):
        return text[:-1]
    if len(text) > 2 and text[0] == "(" and text[-1] == ")" and text.count("(") == text.count(")") == 1:
        return text[1:-1]
    return "" if ("(" in text) != (")" in text) else text


def submission(
    examples: Sequence[Question], predicted: Sequence[NBest], golden: Sequence[Sequence[dict]], settings: FinetuneSettings
) -> dict[str, list[list[str]]]:
    """{question id: [[answer], ...]}, best first, for all golden questions of the types (factoid, list) that the examples ask about;
    [] for one without an answer, or without a context."""
    answers = merged(examples, predicted, settings.post)
    questions = {question["id"]: question for batch in golden for question in batch}
    types = {questions[key]["type"] for key in answers if key in questions}
    return {
        key: _exact(question, answers.get(key, []), settings.list_threshold)
        for key, question in questions.items()
        if question["type"] in types
    }


def _exact(question: dict, answers: NBest, threshold: float) -> list[list[str]]:
    chosen = listed(question.get("body", ""), answers, threshold) if question["type"] == "list" else factoid(answers)
    return [[text] for text in chosen]


def factoid(answers: NBest) -> list[str]:
    """The five best."""
    return [text for text, _ in answers[:FACTOID_ANSWERS]]


def listed(question: str, answers: NBest, threshold: float) -> list[str]:
    """The answers to a list question: those more probable than the threshold, and the best one if there is none.

    A number among the question's first five words, unless "phase" stands before it, is the most that is given. Answers that end in a
    punctuation mark or lack half of a bracket are left out; of three and more so is "A and B" ("A, B", "A/B") where A and B are given.
    """
    whole = [(text, probability) for text, probability in answers if _is_whole(text)]
    likely = [text for text, probability in whole if probability > threshold][: _number_in(question)]
    chosen = likely or [text for text, _ in whole[:1]]
    return [text for text in chosen if not _is_joint(text, chosen)] if len(chosen) > 2 else chosen


def _is_whole(text: str) -> bool:
    return ("(" in text) == (")" in text) and not text.strip().endswith(tuple(string.punctuation))


def _number_in(question: str) -> int | None:
    words = question.split()[:NUMBER_WITHIN]
    for before, word in zip(["", *words], words):
        if before != "phase" and (word in NUMBERS or word in map(str, range(1, len(NUMBERS) + 1))):
            return NUMBERS.index(word) + 1 if word in NUMBERS else int(word)
    return None


def _is_joint(text: str, given: Sequence[str]) -> bool:
    mark = next((mark for mark in (" and ", ", ", "/") if mark in text), None)
    return mark is not None and all(part.strip() in given for part in text.split(mark, 1))


def margins(examples: Sequence[Relation], predicted: Sequence[float]) -> dict[str, float]:
    """{question id: the mean margin of "yes" over its snippets}."""
    found: dict[str, list[float]] = defaultdict(list)
    for example, margin in zip(examples, predicted, strict=True):
        found[example.index[:QUESTION_ID]].append(margin)
    return {key: mean(values) for key, values in found.items()}


def yes_or_no(margin: float) -> str:
    return "yes" if margin > 0 else "no"


def reachable(examples: Sequence[Question], golden: Sequence[Sequence[dict]]) -> dict[str, list[list[str]]]:
    """{question id: the golden answers that stand, but for case, in one of its contexts}: no extraction can do better."""
    contexts = {key: [context.lower() for context in texts] for key, texts in _contexts(examples).items()}
    return {
        question["id"]: [
            [text] for text in (_first_in(contexts[question["id"]], item) for item in items_of(question["exact_answer"])) if text
        ]
        for batch in golden
        for question in batch
        if question["id"] in contexts
    }


def _first_in(contexts: Sequence[str], synonyms: Sequence[str]) -> str | None:
    return next((text for text in synonyms if any(text.lower() in context for context in contexts)), None)


def naive(examples: Sequence[Question]) -> list[NBest]:
    """A baseline that asks no model: the five longest spans of capitalised words in all contexts of a question, with their lengths for
    probabilities, as what its first context says; the others say nothing."""
    contexts = _contexts(examples)
    return [_longest_spans(contexts.pop(example.id[:QUESTION_ID], ())) for example in examples]


def _contexts(examples: Sequence[Question]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        found[example.id[:QUESTION_ID]].append(example.context)
    return found


def _longest_spans(contexts: Sequence[str]) -> NBest:
    spans = dict.fromkeys(match[0] for context in contexts for match in CAPITALISED.finditer(context))
    longest = sorted((text for text in spans if len(text) <= LONGEST), key=len, reverse=True)
    return [(text, float(len(text))) for text in longest[:FACTOID_ANSWERS]]
