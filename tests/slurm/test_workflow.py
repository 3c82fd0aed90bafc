"""The whole workflow, and training on two nodes, through a real SLURM."""

import re
import shutil
import socket
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import load_file

from tests.slurm.cluster import Cluster
from tests.slurm.conftest import ONE_NODE, SMALL, TWO_NODES, on_cluster, snakemake
from tests.workflow.project import Project

SUBMITTED = re.compile(r"submitted with SLURM jobid (\d+) \(log: \S*/logs/slurm/((?:rule|group)_[\w-]+)/")


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
    assert sorted(rule for rule in rules if "shard" in rule) == [
        f"group_shards-{corpus}_build_shard" for corpus in ("mimic", "pmc", "pubmed")
    ]
    assert rules.count("rule_pretrain_version") == 2
    assert not [rule for rule in rules if "download" in rule]


def test_small_inputs_ask_for_little_and_nothing_for_more_than_a_node_has(finished_run: tuple[Project, str]):
    asked = [(rule, int(most)) for rule, most in re.findall(r"^ *rule (\w+):$.*?mem_mb=(\d+)", finished_run[1], re.MULTILINE | re.DOTALL)]
    little = {rule for rule, most in asked if most < 1100}
    assert little >= {"index_pubmed", "find_duplicates", "train_vocabulary"}
    assert max(most for _, most in asked) == SMALL  # and 6,000 with a GPU, where the node has that


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


def one_fine_tune(project: Project) -> str:
    """Deletes a finished run, and names its folder."""
    run = next((project.folder / "results/runs" / ONE_NODE).glob("*/*"))
    shutil.rmtree(run)
    return str(run.relative_to(project.folder))


@pytest.mark.slurm
@pytest.mark.parametrize(
    ("resources", "allocated"),
    [
        ([], "TresPerJob=gres:gpu:1"),
        (["finetune_model:gpu=0", "finetune_model:gres='gpu:1'"], "TresPerNode=gres:gpu:1"),
        (["finetune_model:gpu_model='fake'"], "TresPerJob=gres:gpu:fake:1"),
    ],
    ids=["gpus", "gres", "model"],
)
def test_gpus_are_asked_for_as_the_site_wants(slurm: Cluster, finished_copy: Project, resources: list[str], allocated: str):
    output = snakemake(finished_copy, one_fine_tune(finished_copy), *(["--set-resources", *resources] if resources else []))
    ((job, _),) = SUBMITTED.findall(output)
    assert allocated in slurm.run("scontrol", "show", "job", job).split()


@pytest.mark.slurm
def test_failing_job_is_reported_with_its_log(finished_copy: Project):
    for file in (finished_copy.folder / "data/demo-raw/demo-re").rglob("train.tsv"):
        file.write_text("nothing of the kind\n")
    output = snakemake(finished_copy, "--retries=0", one_fine_tune(finished_copy), ok=False)
    assert "SLURM status is: 'FAILED'" in output
    assert "train.tsv" in output
    assert "Traceback" not in output
