"""A copy of the project, and what tests do with it."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tests.processes import finished, started

PROJECT = Path(__file__).parents[2]
# Rules call `python -m bioalbert`, Snakemake and DVC each other: all from the environment of these tests.
ENVIRONMENT = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"}


@dataclass(frozen=True)
class Project:
    """A copy of the project in a folder of its own, and the environment of what runs there."""

    folder: Path
    environment: Mapping[str, str] = field(default_factory=lambda: ENVIRONMENT)

    def copy(self, folder: Path) -> "Project":
        """Itself in another folder, with the times of its files and Snakemake's own records, to be changed at will."""
        return replace(self, folder=Path(shutil.copytree(self.folder, folder, symlinks=True)))

    def run(self, *command: str, ok: bool = True, timeout: float = 1500) -> str:
        """Runs a command there and returns what it printed; it must succeed, or (ok=False) fail."""
        status, output = finished(command, timeout, cwd=self.folder, env=self.environment)
        assert (status == 0) is ok, f"{' '.join(command)} exited with {status}\n{output[-6000:]}"
        return output

    def snakemake(self, *options: str, ok: bool = True) -> str:
        return self.run("snakemake", "--cores", "2", *options, ok=ok)

    def jobs(self, *options: str) -> dict[str, int]:
        """What a dry run would do: rule -> number of jobs, without the target rule."""
        lines = self.snakemake("--dry-run", *options).splitlines()
        if "Job stats:" not in lines:
            return {}
        table = lines[lines.index("Job stats:") + 3 :]
        rows = (line.split() for line in table[: table.index("")])
        return {row[0]: int(row[1]) for row in rows if row[0] not in ("all", "total")}

    def run_until(self, reached: Callable[[], bool], *command: str) -> None:
        """Starts a command, kills it and all that it started as soon as `reached()`, with no chance to clean up."""
        with started(command, cwd=self.folder, env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while not reached():
                assert process.poll() is None, f"{' '.join(command)} ended with {process.poll()} before it could be killed"
                signal.sigtimedwait([], 0.05)
