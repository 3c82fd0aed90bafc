"""A real SLURM on one machine: munged, slurmctld and a slurmd a "node", without systemd, cgroups, or a file outside one folder.

python -m tests.slurm.cluster FOLDER      starts it, prints the variables of a client, stops it at the end of standard input
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

SBIN = "/usr/sbin:/sbin"
DAEMONS = ("munged", "slurmctld", "slurmd")
CLIENTS = ("sbatch", "scancel", "scontrol", "sinfo", "squeue", "srun")

# Debian builds slurmd with several nodes a host (-N). Without cgroups, processes are found by /proc, and memory is looked at
# every two seconds. Fake GPUs are character devices. A job of the partition `scavenge` makes way for one of the others.
SLURM_CONF = """\
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={controller_port}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
CommunicationParameters=NoInAddrAny,NoCtldInAddrAny
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SwitchType=switch/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SlurmdParameters=config_overrides
SchedulerParameters=bf_interval=5,sched_interval=5,batch_sched_delay=0
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
ReturnToService=2
MinJobAge=300
KillWait={kill_wait}
GresTypes=gpu
{nodes}
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE PriorityTier=10 PreemptMode=OFF
PartitionName=scavenge Nodes=ALL MaxTime=INFINITE PriorityTier=1 PreemptMode=REQUEUE
"""
NODE = "NodeName=n{number} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory} Gres=gpu:fake:{gpus}"


@dataclass(frozen=True)
class Cluster:
    """A running cluster. Its whole state, logs and sockets lie in `folder`; clients need the variables of `environment`."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        return {"SLURM_CONF": f"{self.folder}/slurm.conf", "PATH": f"{self.folder}/bin:{os.environ['PATH']}:{SBIN}"}

    def run(self, *command: str) -> str:
        """What a client command prints. Raises CalledProcessError."""
        return subprocess.run(command, env=os.environ | self.environment, check=True, capture_output=True, text=True).stdout

    def jobs(self) -> dict[str, tuple[str, str]]:
        """Job id -> (comment, state) of all jobs that are not done. The executor says in the comment which rule it is."""
        rows = (line.split("|") for line in self.run("squeue", "--all", "--noheader", "--format=%i|%k|%T").splitlines())
        return {number: (comment, state) for number, comment, state in rows}

    def job_of(self, rule: str) -> str:
        """The id of the one job of a rule that is not done."""
        (found,) = [number for number, (comment, _) in self.jobs().items() if comment.startswith(f"rule_{rule}")]
        return found

    def lose(self, node: str) -> None:
        """What a power cut does: slurmd and all jobs of a node are gone at once. (Told here, the controller notices it late by itself.)"""
        log = f"{self.folder}/slurmd-{node}.log"
        daemons = [process for process in psutil.process_iter(["name"]) if process.info["name"] in ("slurmd", "slurmstepd")]
        family = [process for process in daemons if log in (file.path for file in process.open_files())]
        for process in [*family, *(child for one in family for child in one.children(recursive=True))]:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        self.run("scontrol", "update", f"nodename={node}", "state=down", "reason=lost")

    def bring_back(self, node: str) -> None:
        """The node is up again when it has registered (ReturnToService); to resume it by hand too would fail where it was quicker."""
        _start(self, "slurmd", "-N", node)


def missing() -> str | None:
    """Why there can be no cluster here, or None."""
    absent = [name for name in (*DAEMONS, *CLIENTS) if not shutil.which(name, path=f"{os.environ['PATH']}:{SBIN}")]
    if absent:
        return f"SLURM is not installed (no {', '.join(absent)}): apt-get install slurm-wlm munge"
    addresses = [one.address for ones in psutil.net_if_addrs().values() for one in ones if one.family == socket.AF_INET]
    if all(address.startswith("127.") for address in addresses):
        return "SLURM cannot look up the name of a host that has no interface but the loopback"
    return None


@contextmanager
def running(folder: Path, nodes: int = 2, cpus: int = 4, memory: int = 8000, gpus: int = 2, kill_wait: int = 10) -> Iterator[Cluster]:
    """Starts a cluster whose files lie in `folder`, and takes it down by its daemons' process ids. CPUs and MB may exceed the machine's.

    Raises RuntimeError, with the daemons' last words, when the nodes do not come up.
    """
    _configure(folder, nodes, cpus, memory, gpus, kill_wait)
    cluster = Cluster(folder)
    try:
        munge = [f"--key-file={folder}/munge.key", f"--socket={folder}/munge.socket", f"--pid-file={folder}/munged.pid"]
        _start(cluster, "munged", "--force", *munge, f"--log-file={folder}/munged.log", f"--seed-file={folder}/munge.seed")
        _start(cluster, "slurmctld", "-c")
        for number in range(1, nodes + 1):
            _start(cluster, "slurmd", "-c", "-N", f"n{number}")
        _wait_for_nodes(cluster, nodes)
        yield cluster
    finally:
        _stop(cluster)


def _configure(folder: Path, nodes: int, cpus: int, memory: int, gpus: int, kill_wait: int) -> None:
    (folder / "state").mkdir(parents=True)
    (folder / "bin").mkdir()
    key = folder / "munge.key"
    key.touch(mode=0o600)
    key.write_bytes(os.urandom(1024))
    host, (controller_port, *ports) = socket.gethostname().split(".")[0], _free_ports(nodes + 1)
    shape = {"host": host, "cpus": cpus, "memory": memory, "gpus": gpus}
    lines = "\n".join(NODE.format(number=number, port=port, **shape) for number, port in enumerate(ports, start=1))
    values = {"folder": folder, "user": _user(), "nodes": lines, "kill_wait": kill_wait, "controller_port": controller_port}
    (folder / "slurm.conf").write_text(SLURM_CONF.format(host=host, **values))
    devices = [f"NodeName=n[1-{nodes}] Name=gpu Type=fake File={_device(folder, number)}\n" for number in range(gpus)]
    (folder / "gres.conf").write_text("".join(devices))
    # The executor's job step takes SLURM_CONF away before it calls srun: these put it back.
    for name in CLIENTS:
        script = folder / "bin" / name
        script.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which(name)} "$@"\n')
        script.chmod(0o755)


def _user() -> str:
    return subprocess.run(["id", "-un"], check=True, capture_output=True, text=True).stdout.strip()


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _device(folder: Path, number: int) -> Path:
    """A character device to be fake GPU `number`: a clone of /dev/null, or a harmless one of the system where only root may make them."""
    device = folder / f"gpu{number}"
    with suppress(PermissionError):
        os.mknod(device, 0o20666, os.makedev(1, 3))
        return device
    return Path(("/dev/null", "/dev/zero", "/dev/full", "/dev/random")[number])


def _start(cluster: Cluster, daemon: str, *arguments: str) -> None:
    """Daemons go to the background by themselves, and write their process ids down."""
    path = shutil.which(daemon, path=f"{os.environ['PATH']}:{SBIN}")
    done = subprocess.run([path, *arguments], env=os.environ | cluster.environment, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{daemon} exited with {done.returncode}: {done.stderr}")


def _wait_for_nodes(cluster: Cluster, nodes: int, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(subprocess.CalledProcessError):
            states = cluster.run("sinfo", "--noheader", "--Node", "--partition=main", "--format=%T").split()
            if states == ["idle"] * nodes:
                return
        time.sleep(0.2)
    logs = [f"{log.name}: {line}" for log in sorted(cluster.folder.glob("*.log")) for line in log.read_text().splitlines()[-5:]]
    raise RuntimeError("the nodes did not come up\n" + "\n".join(logs))


def _stop(cluster: Cluster) -> None:
    """Jobs first: what a slurmd started would outlive it."""
    if (cluster.folder / "slurmctld.pid").exists():
        with suppress(subprocess.CalledProcessError):
            cluster.run("scancel", "--full", "--user", _user())
            _wait(lambda: not cluster.jobs(), 30)
    for pattern in ("slurmd-*.pid", "slurmctld.pid", "munged.pid"):
        for file in cluster.folder.glob(pattern):
            _end(int(file.read_text()))


def _end(number: int) -> None:
    with suppress(psutil.NoSuchProcess):
        process = psutil.Process(number)
        process.terminate()
        if not _wait(lambda: process.status() == psutil.STATUS_ZOMBIE, 10):  # not everywhere somebody collects those at once
            process.kill()


def _wait(reached: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while not (done := reached()) and time.monotonic() < end:
        time.sleep(0.1)
    return done


if __name__ == "__main__":
    with running(Path(sys.argv[1]).absolute()) as here:
        for name, value in here.environment.items():
            print(f"export {name}={value}", flush=True)
        sys.stdin.read()
