"""Many numbers looked up at once, and groups in sorted columns."""

import numpy as np

TABLE = 16  # places a key in the table that tells at a glance what is not among the keys


class Keys:
    """Hashes and who has them, for looking up many at once. hashes: uint64 [n]; owners: int64 [n]."""

    def __init__(self, hashes: np.ndarray, owners: np.ndarray):
        order = np.lexsort((owners, hashes))
        new = changes(hashes[order])
        self.owners = owners[order]
        self.first = np.append(np.flatnonzero(new), len(order))
        self.hashes = hashes[order][new]
        self._shift = np.uint64(64 - max(1, int(TABLE * len(order)).bit_length()))
        self._may_be = np.zeros(2 ** (64 - int(self._shift)), bool)
        self._may_be[self.hashes >> self._shift] = True

    def find(self, hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(places in `hashes`, numbers of keys) of those that are keys."""
        places = np.flatnonzero(self._may_be[hashes >> self._shift])
        keys = np.searchsorted(self.hashes, hashes[places])
        keys[keys == len(self.hashes)] = 0
        right = self.hashes[keys] == hashes[places] if len(self.hashes) else np.zeros(0, bool)
        return places[right], keys[right]

    def owners_of(self, keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(places in `keys`, owners): each owner of each of the keys."""
        counts = self.first[keys + 1] - self.first[keys]
        places = np.repeat(np.arange(len(keys)), counts)
        within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
        return places, self.owners[self.first[keys][places] + within]


def changes(*columns: np.ndarray) -> np.ndarray:
    """bool [rows]: which rows of sorted columns differ from the row before; the first does."""
    different = np.any([column[1:] != column[:-1] for column in columns], axis=0)
    return np.insert(different, 0, True)[: len(columns[0])]


def distinct(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different pairs, sorted."""
    order = np.lexsort((second, first))
    first, second = first[order], second[order]
    new = changes(first, second)
    return first[new], second[new]
