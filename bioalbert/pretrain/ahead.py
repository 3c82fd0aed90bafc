"""The next step's examples, drawn in a thread of their own while the model trains on the current ones."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from bioalbert.pretrain.model import Inputs


@dataclass(frozen=True)
class Drawn:
    """A process' share of a step: micro-batches, and its numbers of masked pieces, pairs and pieces, and the sum of squared lengths."""

    inputs: list[Inputs]
    counts: list[float]


class Ahead:
    """`take(step)` gives what `draw(step)` does, and has the next step's drawn meanwhile. A context manager."""

    def __init__(self, draw: Callable[[int], Drawn]):
        self._draw, self._pool = draw, ThreadPoolExecutor(1)
        self._next: tuple[int, Future] | None = None

    def __enter__(self) -> "Ahead":
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)

    def take(self, step: int) -> Drawn:
        if self._next is None or self._next[0] != step:
            self._next = step, self._pool.submit(self._draw, step)
        drawn = self._next[1].result()
        self._next = step + 1, self._pool.submit(self._draw, step + 1)
        return drawn
