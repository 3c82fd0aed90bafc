"""Commands of which, whatever happens, nothing outlives the test."""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import psutil


@contextmanager
def started(command: Sequence[str], **options: object) -> Iterator[subprocess.Popen]:
    """The running command; at the end it is killed with all that it started, with no chance to clean up. options: Popen's."""
    process = subprocess.Popen(command, text=True, **options)
    try:
        yield process
    finally:
        with suppress(psutil.NoSuchProcess):
            family = psutil.Process(process.pid)
            for member in [family, *family.children(recursive=True)]:  # torchrun's workers are in sessions of their own
                with suppress(psutil.NoSuchProcess):
                    member.kill()
        process.wait()


def finished(command: Sequence[str], timeout: float, **options: object) -> tuple[int, str]:
    """Exit status and output (both streams as one) of a command. Raises TimeoutExpired after `timeout` seconds."""
    with started(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options) as process:
        output, _ = process.communicate(timeout=timeout)
    return process.returncode, output
