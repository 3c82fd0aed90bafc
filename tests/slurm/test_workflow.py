"""The whole workflow, and training on two nodes, through a real SLURM."""

import re
import socket
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from tests.slurm.cluster import Cluster
from tests.slurm.conftest import ONE_NODE, TWO_NODES, on_cluster, snakemake
from tests.workflow.project import Project

SUBMITTED = re.compile(r"submitted with SLURM jobid (\d+) \(log: \S*/logs/slurm/((?:rule|group)_\w+)/")


def test_the_whole_workflow_finishes(finished_run: tuple[Project, str]):
    project, _ = finished_run
    rows = pd.read_parquet(project.folder / "results/tables/results.parquet")
    assert set(rows["model"]) == {ONE_NODE, TWO_NODES}
    assert "Nothing to be done" in snakemake(project)


@pytest.mark.slurm
def test_the_whole_demo_gives_the_local_table(slurm: Cluster, new_project: Callable[[], Project]):
    here, there = new_project(), on_cluster(new_project().folder, slurm)
    here.snakemake()
    snakemake(there)
    table = "results/tables/results.csv"
    assert (there.folder / table).read_text() == (here.folder / table).read_text()


def test_shards_share_a_job_and_downloads_stay_on_the_login_node(finished_run: tuple[Project, str]):
    rules = [rule for _, rule in SUBMITTED.findall(finished_run[1])]
    assert rules.count("group_shards_build_shard") == 1
    assert rules.count("rule_pretrain_version") == 2
    assert not [rule for rule in rules if "download" in rule]


def test_two_nodes_train_to_the_same_weights(finished_run: tuple[Project, str]):
    project, output = finished_run
    assert re.search(r"nodes=2, gpu=2, gres=gpu:1, mpi=srun, tasks=2", output)
    one, two = (load_file(project.folder / f"results/models/{name}/model.safetensors") for name in (ONE_NODE, TWO_NODES))
    assert one.keys() == two.keys()
    for name in one:
        np.testing.assert_allclose(one[name], two[name], rtol=0, atol=1e-5, err_msg=name)


def test_jobs_connect_to_nothing_outside(finished_run: tuple[Project, str]):
    """The processes of a training on several nodes look their own host up, to meet there."""
    events = (finished_run[0].folder / "connections").read_text().splitlines()
    assert set(events) == {f"socket.getaddrinfo {socket.gethostname()}"}
