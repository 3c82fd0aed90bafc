"""Dynamic n-gram whole-word masking, for a batch of examples in lock-step."""

import numpy as np


def choose_masked(
    starts: np.ndarray, text: np.ndarray, second: np.ndarray, budget: np.ndarray, draws: np.ndarray, ngram: int
) -> np.ndarray:
    """Which positions are masked, bool [B, L]: runs of 1..ngram whole words (length n with p ~ 1/n) until the budget is full.

    starts bool [B, L]: a word starts here. text bool [B, L]: an ordinary piece (not [CLS], [SEP], padding). second bool [B, L]: of
    the second segment; no run spans both. budget int64 [B]: pieces to mask. draws float64 [2, B, L] in [0, 1).
    create_pretraining_data.py's algorithm: words in random order; a run that does not fit in what is left of the budget gives way to
    a shorter one from the same word; one that meets a masked word is skipped.
    """
    rows = len(starts)
    word = np.cumsum(starts, axis=1) - 1
    words = word[:, -1] + 1
    most = int(words.max())
    order = np.argsort(np.where(np.arange(most) < words[:, None], draws[0, :, :most], 1.0), axis=1).T
    lengths, pieces = _runs(word, words, most, text, (starts & ~second).sum(axis=1), draws[1, :, :most], ngram)
    here = np.arange(rows)
    lengths, pieces = lengths[here, order], pieces[:, here, order]  # as visited: [most, B], [ngram, most, B]
    chosen = np.zeros(rows * (most + ngram), dtype=bool)
    place, offset, left = here * (most + ngram) + order, np.arange(ngram)[:, None], budget.copy()
    for step in range(most):
        fitting = np.minimum(lengths[step], (pieces[:, step] <= left).sum(axis=0))
        span, covers = place[step] + offset, offset < fitting
        taken = covers & ~(chosen[span] & covers).any(axis=0)
        chosen[span] |= taken
        left -= np.where(taken[0], pieces[fitting - 1, step, here], 0)
        if not left.any():
            break
    return text & chosen.reshape(rows, most + ngram)[here[:, None], np.maximum(word, 0)]


def _runs(word: np.ndarray, words: np.ndarray, most: int, text: np.ndarray, first_words: np.ndarray, draws: np.ndarray, ngram: int):
    """For each word: the drawn length of its run, int64 [B, most] (cut at the segment's end, 0 past the last word), and the pieces
    of its runs of 1..ngram words, int64 [ngram, B, most]."""
    rows, number = len(word), np.arange(most)
    sizes = np.bincount((word + np.arange(rows)[:, None] * most)[text], minlength=rows * most).reshape(rows, most)
    before = np.pad(np.cumsum(sizes, axis=1), ((0, 0), (1, ngram)), mode="edge")
    before[:, 0] = 0
    share = 1 / np.arange(1, ngram + 1)
    drawn = 1 + np.searchsorted(np.cumsum(share / share.sum())[:-1], draws, side="right")
    segment_end = np.where(number < first_words[:, None], first_words[:, None], words[:, None])
    lengths = np.clip(segment_end - number, 0, drawn)
    pieces = np.stack([before[:, n : n + most] - before[:, :most] for n in range(1, ngram + 1)])
    return lengths, pieces


def replace_masked(original: np.ndarray, masked: np.ndarray, draws: np.ndarray, mask: int, vocabulary_size: int) -> np.ndarray:
    """The input pieces, as `original`: a masked one becomes [MASK] with p 0.8, stays with 0.1, is any piece of the vocabulary with 0.1.

    draws float64 [B, L] in [0, 1), one a piece: Google draws for each piece of a run on its own.
    """
    anything = np.minimum((draws - 0.9) * 10 * vocabulary_size, vocabulary_size - 1).astype(np.int64)
    replacement = np.where(draws < 0.8, mask, np.where(draws < 0.9, original, anything))
    return np.where(masked, replacement, original).astype(original.dtype)
