"""A smaller demo with a snapshot, in a network namespace of its own where the system permits: nothing can be reached from there."""

import json
import socket
import subprocess
import sys
from collections.abc import Callable

import pandas as pd
import pytest
import yaml

from tests.workflow.project import Project

pytestmark = pytest.mark.whole_run
ALONE = ("unshare", "--net", "--map-root-user")
CONNECT = "import socket, sys; socket.create_connection(('127.0.0.1', int(sys.argv[1])), timeout=5)"


def refusal() -> str | None:
    """Why there is no namespace to be had here, None where there is."""
    try:
        tried = subprocess.run([*ALONE, "true"], capture_output=True, text=True)
    except FileNotFoundError:
        return "no program unshare"
    return None if tried.returncode == 0 else f"no network namespace: {tried.stderr.strip()}"


def smaller(config: dict) -> dict:
    """The demo with one data set, and a version of 30 steps of which step 10 is scored too."""
    config["recipes"]["minutes"] |= {"steps": 30, "warmup_steps": 5, "evaluate_every": 10, "checkpoint_every": 30}
    config["versions"]["tiny-pretrained"]["snapshots"] = [10]
    del config["versions"]["tiny-untrained"]
    del config["baseline"]  # it is that version
    config["finetune"] |= {"seeds": [1], "datasets": {"demo-re": {"settings": {"epochs": 1}}}}
    return config


@pytest.fixture(scope="module")
def small(new_project: Callable[[], Project]) -> Project:
    """The finished run. Tests may look, not touch."""
    project = new_project()
    file = project.folder / "config.yaml"
    file.write_text(yaml.safe_dump(smaller(yaml.safe_load(file.read_text()))))
    project.run(*([] if refusal() else ALONE), "snakemake", "--cores", "2")
    return project


def test_no_job_needs_a_network(small: Project):
    if reason := refusal():
        pytest.skip(reason)
    with socket.create_server(("127.0.0.1", 0)) as server:
        connect = [sys.executable, "-c", CONNECT, str(server.getsockname()[1])]
        assert subprocess.run(connect).returncode == 0
        assert subprocess.run([*ALONE, *connect], capture_output=True).returncode != 0
    assert (small.folder / "results/report.html").is_file()


def test_a_snapshot_is_scored_beside_its_version(small: Project):
    rows = pd.read_parquet(small.folder / "results/tables/results.parquet")
    assert set(rows["model"]) == {"tiny-pretrained", "tiny-pretrained-step10"}
    bundle = small.folder / "results/models/tiny-pretrained-step10"
    assert json.loads((bundle / "training.jsonl").read_text().splitlines()[-1])["step"] == 10
    assert "after 10 of 30 steps" in (small.folder / "results/hub/tiny-pretrained-step10/README.md").read_text()
    steps = pd.read_csv(small.folder / "results/figures/steps.csv")
    assert steps["step"].tolist() == [10, 30] and set(steps["version"]) == {"tiny-pretrained"}
    assert "Nothing to be done" in small.snakemake()
