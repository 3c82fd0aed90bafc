"""Commands in a process group of their own: whatever happens, nothing that they started outlives them."""

import os
import signal
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress


@contextmanager
def started(command: Sequence[str], **options: object) -> Iterator[subprocess.Popen]:
    """The running command; at the end it is killed with all that it started, with no chance to clean up. options: Popen's."""
    process = subprocess.Popen(command, start_new_session=True, text=True, **options)
    try:
        yield process
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def finished(command: Sequence[str], timeout: float, **options: object) -> tuple[int, str]:
    """Exit status and output (both streams as one) of a command. Raises TimeoutExpired after `timeout` seconds."""
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options) as process:
        output, _ = process.communicate(timeout=timeout)
    return process.returncode, output
