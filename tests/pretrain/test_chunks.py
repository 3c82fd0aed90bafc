import numpy as np

from bioalbert.pretrain.chunks import FEWEST_PIECES, cut_chunks, hold_out, visit


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


def test_chunks_equal_the_plain_loop(store):
    every = np.arange(len(store.document_start) - 1)
    for target in (5, 29, 61, 10_000):
        chunks = cut_chunks(store.sentence_start, store.document_start, every, target)
        expected = packed_one_by_one(store.sentence_start, store.document_start, target)
        assert list(zip(chunks.first, chunks.last)) == expected


def test_tiny_chunks_are_left_out():
    chunks = cut_chunks(np.array([0, FEWEST_PIECES - 1, 100]), np.array([0, 1, 2]), np.array([0, 1]), target=50)
    assert list(zip(chunks.first, chunks.last)) == [(1, 2)]


def test_held_out_share_is_exact_and_never_nothing():
    assert hold_out(1000, 0.01).sum() == 10
    assert hold_out(5, 0.01).sum() == 1
    assert not hold_out(1000, 0.0).any()


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
