"""A SLURM of two nodes, and a project that runs on it."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from tests.slurm import cluster
from tests.slurm.cluster import Cluster
from tests.workflow.conftest import new_project  # noqa: F401
from tests.workflow.project import ENVIRONMENT, Project

SITE = Path(__file__).parent / "site"
ONE_NODE, TWO_NODES = "one-node", "two-nodes"
SMALL = 4000  # MB of a node


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    if reason := cluster.missing():
        pytest.skip(reason)
    with cluster.running(tmp_path_factory.mktemp("slurm"), nodes=2, cpus=1, memory=SMALL, gpus=2) as running:
        yield running


@pytest.fixture(scope="session")
def slurm_project(slurm: Cluster, new_project: Callable[[], Project]) -> Callable[[], Project]:  # noqa: F811
    """Makes projects of a smaller demo, whose Snakemake finds the cluster."""

    def make() -> Project:
        project = on_cluster(new_project().folder, slurm)
        file = project.folder / "config.yaml"
        file.write_text(yaml.safe_dump(smaller(yaml.safe_load(file.read_text()))))
        return project

    return make


def on_cluster(folder: Path, slurm: Cluster) -> Project:
    """The project as it is, but for the line of the profile that small nodes need."""
    profile = folder / "profiles/slurm/profile.yaml"
    profile.write_text(profile.read_text().replace(f"# mem_mb: {SMALL}", f"mem_mb: {SMALL}"))
    path = f"{slurm.folder}/bin:{ENVIRONMENT['PATH']}:{cluster.SBIN}"
    more = {"PATH": path, "PYTHONPATH": f"{SITE}:{os.environ.get('PYTHONPATH', '')}", "CONNECTIONS": str(folder / "connections")}
    return Project(folder, ENVIRONMENT | slurm.environment | more)


def smaller(config: dict) -> dict:
    """The demo with one data set, and one model that is trained on one node and on two."""
    config["recipes"]["minutes"] |= {"steps": 30, "warmup_steps": 5, "evaluate_every": 10, "checkpoint_every": 30}
    version = config["versions"]["tiny-pretrained"]
    config["versions"] = {ONE_NODE: version, TWO_NODES: version | {"nodes": 2, "gpus": 1}}
    config["baseline"] = ONE_NODE
    config["finetune"] |= {"seeds": [1], "gpus": 1, "datasets": {"demo-re": {"settings": {"epochs": 1}}}}
    return config


def snakemake(project: Project, *options: str, ok: bool = True) -> str:
    return project.run("snakemake", "--profile", "profiles/slurm", "--slurm-init-seconds-before-status-checks=2", *options, ok=ok)


@pytest.fixture(scope="session")
def finished_run(slurm_project: Callable[[], Project]) -> tuple[Project, str]:
    """The smaller demo after its run through SLURM, and what Snakemake said. Tests may look, not touch."""
    project = slurm_project()
    return project, snakemake(project)


@pytest.fixture
def finished_copy(slurm: Cluster, finished_run: tuple[Project, str], tmp_path: Path) -> Project:
    """A copy of it, to be changed at will."""
    return on_cluster(finished_run[0].copy(tmp_path / "project").folder, slurm)
