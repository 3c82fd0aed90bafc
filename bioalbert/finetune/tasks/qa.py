"""Extractive question answering: spans of the contexts, merged over all contexts of a question as BioASQ's evaluation wants them."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from bioalbert.catalogue.entries import Entry
from bioalbert.files import write_json
from bioalbert.finetune.answers import NBest, naive, reachable, submission
from bioalbert.finetune.examples import Question
from bioalbert.finetune.metrics import fractions
from bioalbert.finetune.metrics.bioasq_json import QUESTION_ID, write_submission
from bioalbert.finetune.metrics.items import Items
from bioalbert.finetune.metrics.qa import question_items, score_protocol, score_squad, squad_items
from bioalbert.finetune.pieces import Frame, Row, windows
from bioalbert.finetune.settings import FinetuneSettings

log = logging.getLogger(__name__)


@dataclass
class ContextRow(Row):
    """A window over a context.

    first: the place in `ids` of its first context piece. start, end: which of the context's pieces it shows. spans: int64 [pieces, 2], the
    characters of each piece of the whole context. ends_from: int64 [end - start], see `first_ends`.
    """

    first: int
    start: int
    end: int
    spans: np.ndarray
    ends_from: np.ndarray


class Answering:
    """Question and context -> spans of the context, as in BERT's run_squad.py for SQuAD 1.1 (every question has an answer)."""

    head = "QuestionAnswering"
    file = "predictions.json"

    def __init__(self, tokenizer, settings: FinetuneSettings, labels: Sequence[str]):
        self._tokenizer, self.pad = tokenizer, tokenizer.pad_token_id
        self.settings, self.labels = settings, ()
        self._frame = Frame(tokenizer, 2)

    def training_rows(self, examples: Sequence[Question]) -> tuple[list[Row], dict[str, int]]:
        """Windows with the places of the answer's first and last piece, (0, 0) in windows that do not hold all of it; a context is read
        once for each of its answers.

        lost: examples left out because their context does not hold the answer, their questions that are left without any, and answers
        that no window holds.
        """
        answered = [(example, answer) for example in examples for answer in example.answers]
        rows, lost = self.rows([example for example, _ in answered])
        held = set()
        for row in rows:
            text, start = answered[row.example][1]
            row.target = answer_places(row, start, start + len(text)) or (0, 0)
            if row.target != (0, 0):
                held.add(row.example)
        without = {example.id[:QUESTION_ID] for example in examples} - {example.id[:QUESTION_ID] for example, _ in answered}
        return rows, lost | {
            "contexts_without_answer": sum(not example.answers for example in examples),
            "questions_without_answer": len(without),
            "answers_cut": len(answered) - len(held),
        }

    def rows(self, examples: Sequence[Question]) -> tuple[list[ContextRow], dict[str, int]]:
        """All windows over all contexts; lost: questions cut to the row's `max_question` pieces."""
        options = {"add_special_tokens": False, "split_special_tokens": True, "verbose": False}
        questions = self._tokenizer([example.question for example in examples], **options)["input_ids"]
        contexts = self._tokenizer([example.context for example in examples], return_offsets_mapping=True, **options)
        longest = min(self.settings.max_question, (self.settings.max_length - self._frame.specials) // 2)
        narrow = self._overlapping(min(max(map(len, questions), default=0), longest))
        if narrow < self.settings.stride / 2:
            log.warning(
                "windows start %d pieces apart, not %d (stride), to overlap by max_answer: many rows; raise max_length or lower max_answer",
                narrow,
                self.settings.stride,
            )
        rows = []
        for number, question in enumerate(questions):
            spans = np.array(contexts["offset_mapping"][number]).reshape(-1, 2)
            rows += self._windows(number, question[:longest], contexts["input_ids"][number], spans)
        return rows, {"questions_cut": sum(len(question) > longest for question in questions)}

    def _windows(self, number: int, question: list[int], pieces: list[int], spans: np.ndarray) -> list[ContextRow]:
        size = self.settings.max_length - self._frame.specials - len(question)
        parts = windows(len(pieces), size, min(self.settings.stride, self._overlapping(len(question))))
        rows = []
        for window, (start, end) in enumerate(parts):
            ids, types, (_, first) = self._frame(question, pieces[start:end])
            rows.append(ContextRow(ids, types, number, first, start, end, spans, first_ends(parts, window)))
        return rows

    def _overlapping(self, question: int) -> int:
        """The longest stride of windows beside a question of so many pieces for which every answer stands whole in some window."""
        return max(1, self.settings.max_length - self._frame.specials - question - self.settings.max_answer + 1)

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
        can_begin = row.ends_from < row.end
        starts, ends = np.where(can_begin, starts[inside], -np.inf), ends[inside]
        best = [np.argsort(-scores, kind="stable")[: self.settings.n_best] for scores in (starts, ends)]
        found = []
        for start in best[0]:
            for end in best[1]:
                if can_begin[start] and 0 <= end - start < self.settings.max_answer and row.start + end >= row.ends_from[start]:
                    text = context[spans[start, 0] : spans[end, 1]].strip()
                    found.append((float(starts[start] + ends[end]), text))
        return found

    def score(self, examples: Sequence[Question], predicted: list[NBest], entry: Entry, protocol: str, golden: list) -> dict:
        """BioASQ's measures against the golden batches, SQuAD's without them.

        baseline: the same figures for the longest capitalised spans. ceiling: the main score of the golden answers that stand in the
        contexts: no extraction can do better.
        """
        if not golden:
            answers = _answers(examples)
            score, baseline = (score_squad(answers, best_answers(examples, found)) for found in (predicted, naive(examples)))
            return score | {"baseline": fractions(baseline)}
        metric = entry.protocols[protocol].metric
        score, baseline = (
            score_protocol(metric, golden, submission(examples, found, golden, self.settings)) for found in (predicted, naive(examples))
        )
        best = score_protocol(metric, golden, reachable(examples, golden))
        return score | {"baseline": fractions(baseline), "ceiling": self.main_score(best)}

    def items(self, examples: Sequence[Question], predicted: list[NBest], entry: Entry, protocol: str, golden: list) -> Items:
        """What the main score is made of."""
        if golden:
            return question_items(entry.protocols[protocol].metric, golden, submission(examples, predicted, golden, self.settings))
        questions = {example.id: example.question for example in examples}
        return squad_items(questions, _answers(examples), best_answers(examples, predicted))

    @staticmethod
    def main_score(score: dict) -> float:
        """The figure by which epochs are compared."""
        return score["mrr"] if "mrr" in score else score["f1"]

    @staticmethod
    def problem(predicted: list[NBest]) -> str | None:
        """What is degenerate about the predictions, if anything."""
        empty = sum(not any(text for text, _ in answers) for answers in predicted)
        return f"{empty} of {len(predicted)} contexts have no answer" if empty else None

    def write(self, file: Path, examples: Sequence[Question], predicted: list[NBest], golden: list) -> None:
        """BioASQ's submission JSON, or SQuAD's {id: answer} where there is nothing golden."""
        if golden:
            write_submission(file, golden, submission(examples, predicted, golden, self.settings))
        else:
            write_json(file, best_answers(examples, predicted))


def first_ends(parts: Sequence[tuple[int, int]], window: int) -> np.ndarray:
    """int64: for each piece of a window [start, end) the first piece at which an answer that begins there may end in this window.

    So every span is read in one window: of those that show all of it, in the one with most context on the scarcer side of its first
    piece, the first of equals. (run_squad.py takes the best window for the first piece alone, and never sees a span that goes on after it.)
    """
    pieces = np.arange(*parts[window])
    own, found = _context(pieces, parts[window]), pieces.copy()
    for other, (start, end) in enumerate(parts):
        if start < parts[window][1] and end > parts[window][0] and other != window:
            shown = _context(pieces, (start, end))
            # An earlier window shows no span that ends behind its own end; a later one shows all that this one does.
            found = np.where(shown >= own, np.maximum(found, end), found) if other < window else np.where(shown > own, parts[-1][1], found)
    return found


def _context(pieces: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """As in run_squad.py: pieces on the scarcer side, and a hundredth of the window's length; -1 outside the window."""
    start, end = window
    context = np.minimum(pieces - start, end - 1 - pieces)
    return np.where(context >= 0, context + 0.01 * (end - start), -1.0)


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


def best_answers(examples: Sequence[Question], predicted: Sequence[NBest]) -> dict[str, str]:
    """{id: its best answer, "" without one}."""
    return {example.id: answers[0][0] if answers else "" for example, answers in zip(examples, predicted, strict=True)}


def _answers(examples: Sequence[Question]) -> dict[str, list[str]]:
    """{id: its gold answers}."""
    return {example.id: [text for text, _ in example.answers] for example in examples}
