"""A random sample of a corpus's sentences that depends on the documents alone: not on their order, nor on how they lie in shards."""

import heapq
from hashlib import blake2b

from bioalbert.corpus.documents import Document
from bioalbert.draws import generator

SEED = 12345  # random_seed of google-research/albert


class Sample:
    """The `count` sentences with the smallest random keys among all that were added. Memory holds the sample, never the corpus.

    A sentence's key depends on its document's id and its place in it. restricted: whether any document added is.
    """

    def __init__(self, count: int):
        self._count = count
        self._smallest: list[tuple[float, str]] = []  # a heap of (-key, sentence): the largest key on top
        self.restricted = False

    def add(self, document: Document) -> None:
        self.restricted |= document.restricted
        for key, sentence in zip(_keys(document.id, len(document.sentences)), document.sentences):
            if len(self._smallest) < self._count:
                heapq.heappush(self._smallest, (-key, sentence))
            elif -key > self._smallest[0][0]:
                heapq.heapreplace(self._smallest, (-key, sentence))

    def sentences(self) -> list[str]:
        """The sample in the order of the keys, so that a smaller sample is a larger one's beginning."""
        return [sentence for _, sentence in sorted(self._smallest, reverse=True)]


def _keys(document: str, count: int) -> list[float]:
    number = int.from_bytes(blake2b(document.encode(), digest_size=8).digest(), "little")
    return generator(SEED, "vocabulary sample", number).random(count).tolist()
