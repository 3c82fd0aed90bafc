"""The checkpoint folder of a run: step checkpoints and snapshots that appear whole, the log, and a lock."""

import fcntl
import json
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from bioalbert.errors import InputError
from bioalbert.files import whole_file, write_text

UNFINISHED = ".*.part"  # what a process left that was killed while it wrote


class Checkpoints:
    """`step-00001000.pt` files, `snapshot-00001000.pt` files and `log.jsonl` in one folder. `identity`: what makes it this run; checkpoints
    and snapshots of another are refused."""

    def __init__(self, folder: Path, identity: dict, keep: int):
        self.folder, self.identity, self.keep = folder, identity, keep
        self.log = folder / "log.jsonl"

    def files(self) -> list[Path]:
        """Oldest first."""
        return sorted(self.folder.glob("step-*.pt"))

    def clear(self) -> None:
        kinds = ("step-*.pt", "snapshot-*.pt", "events.out.tfevents.*", self.log.name, UNFINISHED)
        for file in [file for kind in kinds for file in self.folder.glob(kind)]:
            file.unlink(missing_ok=True)

    def save(self, state: dict) -> None:
        """Writes a checkpoint (state: tensors and plain values, its "step" among them), then deletes all but the newest `keep`."""
        self._write(self.folder / f"step-{state['step']:08d}.pt", state)
        for file in [*self.files()[: -self.keep], *self.folder.glob(UNFINISHED)]:  # the folder is this process' alone
            file.unlink()

    def newest(self) -> dict | None:
        """The state to go on from, or None. Raises InputError when it is another run's."""
        files = self.files()
        return self._read(files[-1]) if files else None

    def snapshot_of(self, step: int) -> Path:
        return self.folder / f"snapshot-{step:08d}.pt"

    def save_snapshot(self, step: int, weights: dict) -> None:
        """Keeps the weights of a step for good."""
        self._write(self.snapshot_of(step), {"step": step, "model": weights})

    def snapshot(self, step: int) -> dict:
        """The weights of a step, by name. Raises InputError when they are another run's."""
        return self._read(self.snapshot_of(step))["model"]

    def _write(self, file: Path, state: dict) -> None:
        with whole_file(file) as unfinished:
            torch.save(state | {"identity": self.identity}, unfinished)

    def _read(self, file: Path) -> dict:
        try:
            state = torch.load(file, map_location="cpu", weights_only=True)
            made_by = state["identity"]
        except (RuntimeError, EOFError, pickle.UnpicklingError, KeyError, TypeError) as error:
            fix = "delete it: the same command then goes on from the one before it, if there is one"
            raise InputError(f"damaged, or no checkpoint ({type(error).__name__})", file=file, fix=fix) from None
        keys = made_by.keys() | self.identity.keys()
        other = [key for key in sorted(keys) if made_by.get(key) != self.identity.get(key)]
        if other:
            there, here = made_by.get(other[0]), self.identity.get(other[0])
            problem = f"a checkpoint of another run ({', '.join(other)} differ: {other[0]} is {there} there, {here} here)"
            raise InputError(problem, file=file, fix="use another folder, or start over with --fresh")
        return state

    def write_row(self, row: dict) -> None:
        with self.log.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(row) + "\n")

    def rows(self) -> list[dict]:
        if not self.log.exists():
            return []
        lines = self.log.read_text(encoding="utf-8").splitlines(keepends=True)
        return [json.loads(line) for line in lines if line.endswith("\n")]  # a killed process may leave half a line

    def rewind(self, step: int) -> None:
        """Takes the rows of steps that will be done again out of the log."""
        write_text(self.log, "".join(json.dumps(row) + "\n" for row in self.rows() if row["step"] <= step))


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Holds the folder for one run; the lock goes with the process, however that ends. Raises InputError when another run holds it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError("another run trains here", file=folder, fix="wait for it, or use another folder") from None
        except OSError as error:
            fix = "use a folder where locks work, so that two runs cannot write the same checkpoints"
            raise InputError(f"this file system has no locks ({error.strerror})", file=folder, fix=fix) from None
        yield
