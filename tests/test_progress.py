"""What a log shows of long work (pytest's standard error is no terminal)."""

import re
import threading
import time

import pytest

from bioalbert import progress
from bioalbert.progress import Progress, still_running


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when the test says so."""
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def wait(seconds: float) -> None:
        now[0] += seconds

    return wait


def lines(capsys) -> list[str]:
    captured = capsys.readouterr()
    assert captured.out == ""  # standard output is for results
    return captured.err.splitlines()


def test_a_line_every_fifteen_seconds_and_one_at_the_end(clock, capsys):
    with Progress("encode", total=100, unit="document") as counter:
        for _ in range(10):
            clock(5)
            counter.advance(10)
    assert lines(capsys) == [
        "encode: 30/100 documents, 2.0/s",
        "encode: 60/100 documents, 2.0/s",
        "encode: 90/100 documents, 2.0/s",
        "encode: 100/100 documents, 2.0/s",
    ]


def test_work_resumed_counts_from_there_but_not_in_the_rate(clock, capsys):
    with Progress("train", unit="step", done=1000) as counter:
        clock(4)
        counter.advance(note="loss 7.1")
        counter.advance()
    assert lines(capsys) == ["train: 1002 steps, 0.5/s, loss 7.1"]


def test_no_last_line_after_an_error(clock, capsys):
    with pytest.raises(KeyError), Progress("train"):
        raise KeyError
    assert lines(capsys) == []


def test_items_pass_through_one_by_one(capsys):
    taken = []
    source = (taken.append(number) or number for number in range(3))
    shown = progress.progress(source, "read", total=3, unit="file")
    assert next(shown) == 0
    assert taken == [0]
    assert list(shown) == [1, 2]
    (line,) = lines(capsys)
    assert re.fullmatch(r"read: 3/3 files, \d+\.\d/s", line)


def test_a_line_while_something_runs_that_says_nothing(monkeypatch, capsys):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_LINES", 0.05)
    with still_running("training"):
        time.sleep(0.3)
    told = lines(capsys)
    assert 1 <= len(told) <= 6 and set(told) == {"training: 0 s so far"}
    time.sleep(0.2)
    assert lines(capsys) == []


def test_nothing_goes_on_after_a_failure(monkeypatch, capsys):
    before = threading.active_count()
    with pytest.raises(ValueError), still_running("training"):
        raise ValueError
    assert threading.active_count() == before
    assert lines(capsys) == []
