"""Errors of the user's making: one line that names the file, the place in it and the fix."""

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path


class InputError(Exception):
    """Bad input. The command line prints it as one line and exits with 2; it never shows a traceback.

    problem: what is wrong. file: where. place: line, row, key or record in it. fix: what to do about it.
    """

    def __init__(self, problem: str, *, file: str | Path | None = None, place: str | None = None, fix: str | None = None):
        self.problem, self.file, self.place, self.fix = problem, file, place, fix
        parts = [str(part) for part in (file, place, problem) if part]
        line = ": ".join(parts) + (f"; {fix}" if fix else "")
        super().__init__(" ".join(line.split()))


def nearest(name: str, choices: Iterable[str]) -> str:
    """A fix that names the valid choices nearest to `name` (all of them when none is near)."""
    choices = sorted(choices)
    return _alike(name, choices) or "choose one of " + ", ".join(choices)


def no_such_file(path: str | Path) -> InputError:
    """The error for a file that was named and is not there; its fix is a name alike in the same folder, or that the folder is not there."""
    path = Path(path)
    if path.is_dir():
        return InputError("a folder where a file is wanted", file=path, fix="name one of the files in it")
    if path.parent.is_dir():
        fix = _alike(path.name, sorted(one.name for one in path.parent.iterdir())) or f"no name in {path.parent} is like it; check the path"
    else:
        fix = f"there is no folder {path.parent} either; check the path"
    return InputError("no such file", file=path, fix=fix)


@contextmanager
def made_by(command: str, file: str | Path) -> Iterator[None]:
    """For reading what `bioalbert COMMAND` wrote: that something is absent, or of another kind, is an InputError about the file."""
    try:
        yield
    except (AttributeError, KeyError, TypeError) as error:
        raise InputError(f"not of `bioalbert {command}` ({error!r})", file=file, fix="give what that command wrote") from None


def _alike(name: str, choices: list[str]) -> str:
    near = difflib.get_close_matches(name, choices, n=3, cutoff=0.5)
    return f"did you mean {' or '.join(near)}?" if near else ""
