import random
from itertools import pairwise

import pytest
from transformers import AutoTokenizer

from bioalbert.finetune.pieces import Frame, best_window, windows


@pytest.mark.parametrize("texts", [1, 2])
def test_frame_puts_the_tokenizers_own_special_pieces(bundle, texts):
    tokenizer = AutoTokenizer.from_pretrained(bundle)
    sentences = ["the protein kinase", "in a cell"][:texts]
    pieces = [tokenizer(sentence, add_special_tokens=False)["input_ids"] for sentence in sentences]
    whole = tokenizer(*sentences)
    frame = Frame(tokenizer, texts)
    ids, types, places = frame(*pieces)
    assert (ids, types) == (whole["input_ids"], whole["token_type_ids"])
    assert [ids[place : place + len(part)] for place, part in zip(places, pieces)] == pieces
    assert frame.specials == len(ids) - sum(map(len, pieces))


def test_frame_takes_a_text_without_pieces(bundle):
    assert Frame(AutoTokenizer.from_pretrained(bundle), 1)([]) == ([2, 3], [0, 0], [1])


def test_windows_cover_everything_and_start_a_stride_apart():
    draws = random.Random(1)
    for _ in range(300):
        length, size, stride = draws.randint(0, 200), draws.randint(1, 60), draws.randint(1, 80)
        spans = windows(length, size, stride)
        assert set().union(*(range(*span) for span in spans)) == set(range(length))
        assert all(0 < end - start <= size for start, end in spans)
        assert all(after[0] - before[0] == min(stride, size) for before, after in pairwise(spans))
        assert len(spans) <= 1 or spans[-2][1] < length  # none beyond the one that reaches the end


def test_best_window_shows_most_context_on_the_scarcer_side():
    spans = [(0, 10), (5, 15), (10, 16)]
    assert best_window(2, spans) == 0
    assert best_window(7, spans) == 0  # 2 after it in the first and 2 before it in the second: the first of equals
    assert best_window(8, spans) == 1
    assert best_window(15, spans) == 2
