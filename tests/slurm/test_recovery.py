"""Jobs that are cancelled, run out of time or memory, are preempted or lose their node: training goes on to the very same weights."""

import json
import re
import shutil
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from tests.processes import started
from tests.slurm.cluster import Cluster
from tests.slurm.conftest import ONE_NODE, TWO_NODES
from tests.workflow.project import Project

pytestmark = pytest.mark.slurm
SECONDS = 600  # before a test gives up


@dataclass(frozen=True)
class Training:
    """A version of the finished run whose model and checkpoints are gone, to be trained again; after five steps it holds."""

    project: Project
    version: str
    weights: dict

    @property
    def checkpoints(self) -> Path:
        return self.project.folder / "results/checkpoints" / self.version

    def steps_done(self) -> list[int]:
        lines = [line for log in self.checkpoints.glob("*/log.jsonl") for line in log.read_text().splitlines()]
        return [row["step"] for row in map(json.loads, lines) if "loss" in row]

    def checkpoint_steps(self) -> list[int]:
        return [int(file.stem.removeprefix("step-")) for file in self.checkpoints.glob("*/step-*.pt")]

    @contextmanager
    def running(self, *options: str) -> Iterator["Running"]:
        (self.project.folder / "hold").touch()
        target = f"results/models/{self.version}"
        command = ["snakemake", "--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks=2", target, *options]
        output = self.project.folder / "snakemake.log"
        with (
            output.open("w") as stream,
            started(command, cwd=self.project.folder, env=self.project.environment, stdout=stream, stderr=stream) as process,
        ):
            yield Running(self, process, output)


@dataclass(frozen=True)
class Running:
    training: Training
    process: subprocess.Popen
    output: Path

    def wait(self, reached: Callable[[], bool]) -> None:
        for _ in range(10 * SECONDS):
            if reached():
                return
            assert self.process.poll() is None, self.output.read_text()[-6000:]
            signal.sigtimedwait([], 0.1)
        raise AssertionError(f"not reached in {SECONDS} s\n{self.output.read_text()[-6000:]}")

    def holds(self) -> None:
        self.wait(lambda: self.training.steps_done() == [1, 2, 3, 4, 5])

    def left_a_checkpoint(self) -> None:
        """No checkpoint is due before the last step: only the signal can have led to one."""
        self.wait(lambda: bool(self.training.checkpoint_steps()))
        assert max(self.training.checkpoint_steps()) <= 6

    def finishes(self) -> str:
        """Holds no longer, and goes on to the weights of the undisturbed run. Returns what Snakemake said."""
        (self.training.project.folder / "hold").unlink()
        assert self.process.wait(SECONDS) == 0, self.output.read_text()[-6000:]
        assert self.training.steps_done() == list(range(1, 31))
        weights = load_file(self.training.project.folder / "results/models" / self.training.version / "model.safetensors")
        assert all((weights[name] == values).all() for name, values in self.training.weights.items())
        return self.output.read_text()


@pytest.fixture
def training(request: pytest.FixtureRequest, finished_copy: Project) -> Training:
    """The version that the test names by its parameter."""
    model = finished_copy.folder / "results/models" / request.param
    weights = load_file(model / "model.safetensors")
    shutil.rmtree(model)
    shutil.rmtree(finished_copy.folder / "results/checkpoints" / request.param)
    rules = finished_copy.folder / "workflow/rules/common.smk"
    rules.write_text(rules.read_text().replace('-m bioalbert"', '-m tests.slurm.held"'))
    return Training(finished_copy, request.param, weights)


one_node = pytest.mark.parametrize("training", [ONE_NODE], indirect=True)
two_nodes = pytest.mark.parametrize("training", [TWO_NODES], indirect=True)


@one_node
def test_cancelled_training_goes_on(slurm: Cluster, training: Training):
    with training.running() as run:
        run.holds()
        slurm.run("scancel", slurm.job_of("pretrain_version"))
        run.left_a_checkpoint()
        assert "SLURM status is: 'CANCELLED'" in run.finishes()
    log = training.project.folder / "results/logs/pretrain" / f"{ONE_NODE}.log"
    assert re.search("goes on from step [56] of 30", log.read_text())


@two_nodes
def test_training_goes_on_after_its_time_limit(training: Training):
    # SLURM may send the signal a minute earlier than it says.
    limits = ["pretrain_version:runtime=2", "pretrain_version:slurm_extra='--signal=TERM@10'"]
    with training.running("--set-resources", *limits) as run:
        run.left_a_checkpoint()
        assert "Trying to restart job" in run.finishes()


@two_nodes
def test_preempted_training_goes_on_as_the_same_job(slurm: Cluster, training: Training):
    with training.running("--set-resources", "pretrain_version:slurm_partition=scavenge") as run:
        run.holds()
        job = slurm.job_of("pretrain_version")
        slurm.run("sbatch", "--partition=main", "--nodes=2", "--output=/dev/null", "--wrap=sleep 1")
        run.left_a_checkpoint()
        run.wait(lambda: slurm.jobs()[job][1] == "PENDING")
        slurm.run("scontrol", "update", f"jobid={job}", "starttime=now")  # SLURM would hold it for two minutes
        assert "Trying to restart job" not in run.finishes()


@one_node
def test_training_goes_on_elsewhere_when_its_node_is_lost(slurm: Cluster, training: Training):
    with training.running("--set-resources", "pretrain_version:slurm_extra='--nodelist=n1'") as run:
        run.holds()
        job = slurm.job_of("pretrain_version")
        slurm.lose("n1")
        try:
            run.wait(lambda: slurm.jobs()[job][1] == "PENDING")
            slurm.run("scontrol", "update", f"jobid={job}", "starttime=now", "nodelist=n2")
            assert "Trying to restart job" not in run.finishes()
        finally:
            slurm.bring_back("n1")


@one_node
def test_training_over_its_memory_gets_more(training: Training):
    with training.running("--set-resources", "pretrain_version:mem_mb=attempt * 250") as run:
        run.wait(lambda: "Trying to restart job" in run.output.read_text())
        assert "mem_mb=500" in run.finishes()
