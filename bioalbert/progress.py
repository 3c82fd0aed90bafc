"""A progress bar on a terminal, plain progress lines in a log."""

import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from tqdm import tqdm

SECONDS_BETWEEN_LINES = 15.0

Item = TypeVar("Item")


class Progress:
    """Counts work done: `advance(n)` after each piece, as a context manager.

    On a terminal it is a tqdm bar; in a log it is one line every 15 s and one at the end.
    """

    def __init__(self, label: str, total: int | None = None, unit: str = "item", done: int = 0):
        self.label, self.total, self.unit, self.done = label, total, unit, done
        self._start = self._last = time.monotonic()
        self._first = done
        self._note = ""
        terminal = sys.stderr.isatty()
        self._bar = tqdm(desc=label, total=total, unit=unit, initial=done, leave=False) if terminal else None

    def __enter__(self) -> "Progress":
        return self

    def __exit__(self, kind: type | None, *_: object) -> None:
        if self._bar is not None:
            self._bar.close()
        if kind is None:
            self._line()

    def advance(self, count: int = 1, note: str = "") -> None:
        self.done += count
        self._note = note or self._note
        if self._bar is not None:
            self._bar.set_postfix_str(self._note, refresh=False)
            self._bar.update(count)
        elif time.monotonic() - self._last >= SECONDS_BETWEEN_LINES:
            self._last = time.monotonic()
            self._line()

    def _line(self) -> None:
        seconds = max(time.monotonic() - self._start, 1e-9)
        of = f"/{self.total}" if self.total is not None else ""
        rate = (self.done - self._first) / seconds
        note = f", {self._note}" if self._note else ""
        print(f"{self.label}: {self.done}{of} {self.unit}s, {rate:.1f}/s{note}", file=sys.stderr, flush=True)


def progress(items: Iterable[Item], label: str, total: int | None = None, unit: str = "item") -> Iterator[Item]:
    """Iterates over `items` and shows how far it is."""
    with Progress(label, total, unit) as counter:
        for item in items:
            yield item
            counter.advance()


@contextmanager
def still_running(label: str) -> Iterator[None]:
    """A line every 15 s while a library works that says nothing of how far it is."""
    ended, start = threading.Event(), time.monotonic()

    def tell() -> None:
        while not ended.wait(SECONDS_BETWEEN_LINES):
            print(f"{label}: {time.monotonic() - start:.0f} s so far", file=sys.stderr, flush=True)

    thread = threading.Thread(target=tell, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
