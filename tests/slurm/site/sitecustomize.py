"""Read by every Python below a test's Snakemake (it lies on their PYTHONPATH).

In Snakemake itself: job states are asked for every second (the executor's pause grows by ten seconds a time, and no option says otherwise).
In jobs: each address that one connects to, or looks up, goes into the file $CONNECTIONS as a line.
"""

import os
import sys

if "--profile" in sys.orig_argv:
    from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

    RemoteExecutor.next_seconds_between_status_checks = property(lambda executor: 1, lambda executor, seconds: None)

if "SLURM_JOB_ID" in os.environ and "CONNECTIONS" in os.environ:

    def note(event: str, arguments: tuple) -> None:
        if event in ("socket.connect", "socket.getaddrinfo"):
            address = arguments[1] if event == "socket.connect" else arguments[0]
            with open(os.environ["CONNECTIONS"], "a") as stream:
                stream.write(f"{event} {address}\n")

    sys.addaudithook(note)
