"""Many small downloads at once."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from bioalbert.progress import Progress

Item = TypeVar("Item")
Result = TypeVar("Result")
BATCH = 10_000  # items waiting at once: bounds the memory whatever the length of the list


def together(work: Callable[[Item], Result], items: Sequence[Item], connections: int, label: str, unit: str) -> Iterator[Result]:
    """Yields `work(item)` in the order of `items`, `connections` of them at work at once; the first error ends it all."""
    pool = ThreadPoolExecutor(connections)
    try:
        with Progress(label, len(items), unit) as counter:
            for start in range(0, len(items), BATCH):
                for result in pool.map(work, items[start : start + BATCH]):
                    counter.advance()
                    yield result
    finally:
        pool.shutdown(cancel_futures=True)
