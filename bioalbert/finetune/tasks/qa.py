"""Extractive question answering: spans of the contexts, merged over all contexts of a question as BioASQ's evaluation wants them."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bioalbert.catalogue.entries import Entry
from bioalbert.files import write_json
from bioalbert.finetune.examples import Question
from bioalbert.finetune.metrics.qa import FACTOID_ANSWERS, QUESTION_ID, score_qa, score_squad, write_submission
from bioalbert.finetune.pieces import Frame, Row, best_window, windows
from bioalbert.finetune.settings import FinetuneSettings

LONGEST_ANSWER = 100  # characters; longer ones are dropped (BioBERT's transform_nbset2bioasqform.py; BioASQ allows no more)

NBest = list[tuple[str, float]]


@dataclass
class ContextRow(Row):
    """A window over a context.

    first: the place in `ids` of its first context piece. start, end: which of the context's pieces it shows. spans: int64 [pieces, 2], the
    characters of each piece of the whole context. begins: bool [end - start], whether an answer may begin at a piece: no other window
    shows more context around it.
    """

    first: int
    start: int
    end: int
    spans: np.ndarray
    begins: np.ndarray


class Answering:
    """Question and context -> spans of the context, as in BERT's run_squad.py for SQuAD 1.1 (every question has an answer)."""

    head = "QuestionAnswering"
    file = "predictions.json"

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        self._tokenizer, self.pad = tokenizer, tokenizer.pad_token_id
        self.settings, self.labels = settings, ()
        self._frame = Frame(tokenizer, 2)

    def training_rows(self, examples: Sequence[Question]) -> tuple[list[Row], dict[str, int]]:
        """Windows with the places of the answer's first and last piece, (0, 0) in windows that do not hold all of it.

        lost: examples left out because their context does not hold the answer, their questions that are left without any, and answers
        that no window holds.
        """
        answered = {example.id[:QUESTION_ID] for example in examples if example.answers}
        rows, lost = self.rows([example for example in examples if example.answers])
        kept = [example for example in examples if example.answers]
        held = set()
        for row in rows:
            text, start = kept[row.example].answers[0]
            row.target = answer_places(row, start, start + len(text)) or (0, 0)
            if row.target != (0, 0):
                held.add(row.example)
        return rows, lost | {
            "contexts_without_answer": len(examples) - len(kept),
            "questions_without_answer": len({example.id[:QUESTION_ID] for example in examples} - answered),
            "answers_cut": len(kept) - len(held),
        }

    def rows(self, examples: Sequence[Question]) -> tuple[list[ContextRow], dict[str, int]]:
        """All windows over all contexts; lost: questions cut to the row's `max_question` pieces."""
        options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
        questions = self._tokenizer([example.question for example in examples], **options)["input_ids"]
        contexts = self._tokenizer([example.context for example in examples], return_offsets_mapping=True, **options)
        longest = min(self.settings.max_question, (self.settings.max_length - self._frame.specials) // 2)
        rows = []
        for number, question in enumerate(questions):
            spans = np.array(contexts["offset_mapping"][number]).reshape(-1, 2)
            rows += self._windows(number, question[:longest], contexts["input_ids"][number], spans)
        return rows, {"questions_cut": sum(len(question) > longest for question in questions)}

    def _windows(self, number: int, question: list[int], pieces: list[int], spans: np.ndarray) -> list[ContextRow]:
        size = self.settings.max_length - self._frame.specials - len(question)
        parts = windows(len(pieces), size, self.settings.stride)
        owner = np.array([best_window(piece, parts) for piece in range(len(pieces))])
        rows = []
        for window, (start, end) in enumerate(parts):
            ids, types, (_, first) = self._frame(question, pieces[start:end])
            rows.append(ContextRow(ids, types, number, first, start, end, spans, owner[start:end] == window))
        return rows

    @staticmethod
    def targets(rows: list[Row], length: int) -> dict[str, torch.Tensor]:
        starts, ends = zip(*(row.target for row in rows))
        return {"start_positions": torch.tensor(starts), "end_positions": torch.tensor(ends)}

    def decode(self, examples: Sequence[Question], outputs: Iterable[tuple[ContextRow, list[np.ndarray]]]) -> list[NBest]:
        """Each example's best answers with their probabilities (softmax over the n best of its context), best first."""
        found: list[list[tuple[float, str]]] = [[] for _ in examples]
        for row, (starts, ends) in outputs:
            found[row.example] += self._spans(row, starts, ends, examples[row.example].context)
        return [_n_best(spans, self.settings.n_best) for spans in found]

    def _spans(self, row: ContextRow, starts: np.ndarray, ends: np.ndarray, context: str) -> list[tuple[float, str]]:
        """(start logit + end logit, text) of the window's spans over its n best starts and n best ends."""
        inside, spans = slice(row.first, row.first + row.end - row.start), row.spans[row.start : row.end]
        starts, ends = np.where(row.begins, starts[inside], -np.inf), ends[inside]
        best = [np.argsort(-scores, kind="stable")[: self.settings.n_best] for scores in (starts, ends)]
        found = []
        for start in best[0]:
            for end in best[1]:
                if row.begins[start] and 0 <= end - start < self.settings.max_answer:
                    text = context[spans[start, 0] : spans[end, 1]].strip()
                    found.append((float(starts[start] + ends[end]), text))
        return found

    def score(self, examples: Sequence[Question], predicted: list[NBest], entry: Entry, protocol: str, golden: list) -> dict:
        """BioASQ's measures against the golden batches, SQuAD's without them; with the share of questions that extraction can answer."""
        if golden:
            return score_qa(golden, submission(examples, predicted)) | {"ceiling": ceiling(golden, examples)}
        answers = {example.id: [text for text, _ in example.answers] for example in examples}
        return score_squad(answers, best_answers(examples, predicted))

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return score["mrr"] if "mrr" in score else score["f1"]

    @staticmethod
    def problem(predicted: list[NBest]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        empty = sum(not any(text for text, _ in answers) for answers in predicted)
        return f"{empty} of {len(predicted)} contexts have no answer" if empty else None

    @staticmethod
    def write(file: Path, examples: Sequence[Question], predicted: list[NBest], golden: list) -> None:
        """BioASQ's submission JSON, or SQuAD's {id: answer} where there is nothing golden."""
        if golden:
            write_submission(file, submission(examples, predicted))
        else:
            write_json(file, best_answers(examples, predicted))


def answer_places(row: ContextRow, start: int, end: int) -> tuple[int, int] | None:
    """The places in `ids` of the first and last piece of the characters [start, end); None when the window does not show them all."""
    touched = np.flatnonzero((row.spans[:, 0] < end) & (row.spans[:, 1] > start))
    if not len(touched) or touched[0] < row.start or touched[-1] >= row.end:
        return None
    return row.first + int(touched[0]) - row.start, row.first + int(touched[-1]) - row.start


def _n_best(spans: list[tuple[float, str]], count: int) -> NBest:
    """The `count` best different texts and their softmax."""
    best: dict[str, float] = {}
    for score, text in sorted(spans, key=lambda span: -span[0]):
        if len(best) == count:
            break
        best.setdefault(text, score)
    if not best:
        return []
    weights = np.exp(np.array(list(best.values())) - max(best.values()))
    return list(zip(best, (weights / weights.sum()).tolist()))


def submission(examples: Sequence[Question], predicted: Sequence[NBest]) -> dict[str, list[list[str]]]:
    """{question id: [[answer], ...]}, five at most: the probabilities of answers equal but for case are summed over all contexts of a
    question; empty answers and those of more than 100 characters are dropped (BioBERT's transform_nbset2bioasqform.py)."""
    summed: dict[str, dict[str, float]] = {}
    written: dict[str, str] = {}
    for example, answers in zip(examples, predicted, strict=True):
        question = summed.setdefault(example.id[:QUESTION_ID], defaultdict(float))
        for text, probability in answers:
            if 0 < len(text) <= LONGEST_ANSWER:
                question[text.lower()] += probability
                written.setdefault(text.lower(), text)
    return {
        key: [[written[text]] for text, _ in sorted(question.items(), key=lambda item: -item[1])[:FACTOID_ANSWERS]]
        for key, question in summed.items()
    }


def best_answers(examples: Sequence[Question], predicted: Sequence[NBest]) -> dict[str, str]:
    """{id: its best answer, "" without one}."""
    return {example.id: answers[0][0] if answers else "" for example, answers in zip(examples, predicted, strict=True)}


def ceiling(golden: Sequence[Sequence[dict]], examples: Sequence[Question]) -> float:
    """The share of factoid questions of which a golden string stands, but for case, in one of the contexts: no extraction can do better."""
    contexts: dict[str, list[str]] = defaultdict(list)
    for example in examples:
        contexts[example.id[:QUESTION_ID]].append(example.context.lower())
    factoids = [question for batch in golden for question in batch if question["type"] == "factoid"]
    reachable = sum(any(text in context for text in _strings(question) for context in contexts[question["id"]]) for question in factoids)
    return reachable / len(factoids) if factoids else 0.0


def _strings(question: dict) -> list[str]:
    """The golden strings of a factoid question, lower-cased; some years write an item as a plain string."""
    answer = question["exact_answer"]
    items = [answer] if isinstance(answer, str) else answer
    return [text.lower() for item in items for text in ([item] if isinstance(item, str) else item)]
