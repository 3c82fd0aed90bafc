import tracemalloc

import numpy as np
import pytest

from bioalbert.draws import generator
from bioalbert.pretrain import chunks as module
from bioalbert.pretrain.chunks import FEWEST_PIECES, Chunks, cut_chunks, hold_out, visit


def packed_one_by_one(sentence_start, document_start, target):
    """create_pretraining_data.py's loop over one document after the other."""
    chunks = []
    for document in range(len(document_start) - 1):
        begin = document_start[document]
        for sentence in range(begin, document_start[document + 1]):
            full = sentence_start[sentence + 1] - sentence_start[begin] >= target
            if full or sentence + 1 == document_start[document + 1]:
                if sentence_start[sentence + 1] - sentence_start[begin] >= FEWEST_PIECES:
                    chunks.append((begin, sentence + 1))
                begin = sentence + 1
    return chunks


def pairs(chunks: Chunks) -> list[tuple[int, int]]:
    return list(zip(*chunks.sentences(np.arange(len(chunks)))))


@pytest.mark.parametrize("block", [1, 50, 2**18])
def test_chunks_equal_the_plain_loop(block, store, monkeypatch):
    monkeypatch.setattr(module, "SENTENCES_A_BLOCK", block)
    every = np.ones(len(store.document_start) - 1, dtype=bool)
    for target in (5, 29, 61, 10_000):
        chunks = cut_chunks(store.sentence_start, store.document_start, every, target)
        assert pairs(chunks) == packed_one_by_one(store.sentence_start, store.document_start, target)


@pytest.mark.parametrize("block", [1, 50, 2**18])
def test_documents_that_are_not_wanted_change_no_chunk_of_others(block, store, monkeypatch):
    monkeypatch.setattr(module, "SENTENCES_A_BLOCK", block)
    wanted = np.random.default_rng(0).random(len(store.document_start) - 1) < 0.2
    of_wanted = np.repeat(wanted, np.diff(store.document_start))
    every = packed_one_by_one(store.sentence_start, store.document_start, 61)
    chunks = cut_chunks(store.sentence_start, store.document_start, wanted, 61)
    assert pairs(chunks) == [(first, last) for first, last in every if of_wanted[first]]


def test_tiny_chunks_are_left_out():
    chunks = cut_chunks(np.array([0, FEWEST_PIECES - 1, 100]), np.array([0, 1, 2]), np.array([True, True]), target=50)
    assert pairs(chunks) == [(1, 2)]


@pytest.mark.parametrize("target, each", [(125, 5), (509, 6)])
def test_chunks_take_little_memory_while_they_are_cut_too(target, each):
    documents, sentences = 300_000, 10
    sentence_start, document_start = np.arange(0, 30 * documents * sentences + 1, 30), np.arange(documents + 1) * sentences
    wanted = np.ones(documents, dtype=bool)
    tracemalloc.start()
    chunks = cut_chunks(sentence_start, document_start, wanted, target)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert chunks.begin.nbytes + chunks.count.nbytes == each * len(chunks)
    assert peak < 1.2 * each * len(chunks) + 6e6  # the second is for one block: a few arrays of int64 with a value a chunk


def test_more_sentences_than_32_bits_count():
    few = Chunks(np.array([2**32 - 1], np.uint32), np.array([255], np.uint8))
    many = Chunks(np.array([2**33], np.uint64), np.array([509], np.uint16))
    assert pairs(few) == [(2**32 - 1, 2**32 + 254)] and pairs(many) == [(2**33, 2**33 + 509)]
    assert all(part.dtype == np.int64 for part in (*few.sentences(np.array([0])), *many.sentences(np.array([0]))))


def test_held_out_share_is_exact_and_never_nothing():
    assert hold_out(1000, 0.01).sum() == 10
    assert hold_out(5, 0.01).sum() == 1
    assert not hold_out(1000, 0.0).any() and not len(hold_out(0, 0.5))
    draws = generator(0, "held-out documents").random(1000)
    assert (np.flatnonzero(hold_out(1000, 0.01)) == np.sort(np.argsort(draws)[:10])).all()


def test_every_epoch_visits_every_chunk_once_in_another_order():
    for size in (1, 2, 7, 1000):
        visited = visit(np.arange(3 * size), size, seed=3).reshape(3, size)
        assert (np.sort(visited, axis=1) == np.arange(size)).all()
    assert not (visited[0] == visited[1]).all()
    assert not (visit(np.arange(1000), 1000, seed=4) == visited[0]).all()
    assert abs(np.corrcoef(np.arange(1000), visited[0])[0, 1]) < 0.1


def test_a_visit_depends_on_its_index_alone():
    whole = visit(np.arange(50), 20, seed=1)
    assert (visit(np.arange(33, 41), 20, seed=1) == whole[33:41]).all()
