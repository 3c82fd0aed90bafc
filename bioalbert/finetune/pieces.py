"""Texts as rows of pieces: the special pieces around them, and windows over those that are too long."""

from dataclasses import dataclass, field
from typing import Any


@dataclass
class Row:
    """One row of a batch.

    ids: piece ids with the special pieces. types: the segment (0 or 1) of each. example: the number of the example that it comes from.
    target: what the head is trained on there, in the task's own form; None in a row that is only predicted. weight: how many of the
    targets there count in the loss.
    """

    ids: list[int]
    types: list[int]
    example: int
    target: Any = field(default=None, kw_only=True)
    weight: int = field(default=1, kw_only=True)


class Frame:
    """Where a tokenizer puts its special pieces around one text, or a pair: `[CLS] a [SEP]`, `[CLS] a [SEP] b [SEP]`.

    Learnt from the tokenizer by framing a probe, so that it holds for any encoder's own special pieces and segment numbers.
    specials: how many special pieces there are.
    """

    def __init__(self, tokenizer, texts: int):
        probe = tokenizer(*["a"] * texts, return_token_type_ids=True)
        self._slots: list[tuple[int | None, int | None, int]] = []
        for piece, text, kind in zip(probe["input_ids"], probe.sequence_ids(), probe["token_type_ids"], strict=True):
            slot = (piece, None, kind) if text is None else (None, text, kind)
            if text is None or slot not in self._slots:
                self._slots.append(slot)
        self.specials = sum(text is None for _, text, _ in self._slots)

    def __call__(self, *texts: list[int]) -> tuple[list[int], list[int], list[int]]:
        """(ids, types, the place in ids of each text's first piece) of the framed pieces."""
        ids: list[int] = []
        types: list[int] = []
        places = [0] * len(texts)
        for piece, text, kind in self._slots:
            if text is not None:
                places[text] = len(ids)
            added = [piece] if text is None else texts[text]
            ids += added
            types += [kind] * len(added)
        return ids, types, places


def windows(length: int, size: int, stride: int) -> list[tuple[int, int]]:
    """Spans [start, end) of at most `size` that cover `length` pieces, starts `stride` apart (BERT's run_squad.py); none for length 0."""
    stride = min(stride, size)
    spans = []
    for start in range(0, length, stride):
        spans.append((start, min(start + size, length)))
        if start + size >= length:
            break
    return spans


def best_window(piece: int, spans: list[tuple[int, int]]) -> int:
    """The number of the window that shows most context on the scarcer side of a piece: BERT's "max context" rule, the first of equals.

    As in run_squad.py a hundredth of the window's length decides between windows with the same context.
    """

    def context(window: int) -> float:
        start, end = spans[window]
        return min(piece - start, end - 1 - piece) + 0.01 * (end - start) if start <= piece < end else -1.0

    return max(range(len(spans)), key=context)
