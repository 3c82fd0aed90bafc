"""The check that Snakemake's records are about the results that are here."""

import os
import shutil
import subprocess
from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import yaml

from bioalbert.cli import main
from bioalbert.files import write_json
from bioalbert.results.guard import TIMESTAMP, recorded_outputs
from tests.workflow.project import ENVIRONMENT, PROJECT

ENDED = 1_700_000_000.25


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder with a folder and a file as outputs, both there; one may go to the remote `safe` alone."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])
    config = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"restricted_remotes": ["safe"]}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    stages = {"make": {"cmd": "true", "outs": [{"results/models": {"persist": True}}, "results/report.html"]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    for name in ("models/one/config.json", "models/one/provenance.json", f"models/one/{TIMESTAMP}", "models/one.txt", "report.html"):
        left(tmp_path / "results" / name)
    return tmp_path


def left(file: Path, seconds: float = 0) -> None:
    """A file, written so long after the end of its job."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")
    os.utime(file, (ENDED + seconds, ENDED + seconds))


def record(project: Path, output: str) -> None:
    """Snakemake's record of an output, named as its persistence/file.py names it where file names have at most 40 letters."""
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + 39] for i in range(0, len(name), 39)]
    file = project.joinpath(".snakemake/metadata", *(f"@{part}" for part in parts[:-1]), parts[-1])
    file.parent.mkdir(parents=True, exist_ok=True)
    write_json(file, {"endtime": ENDED})


@pytest.fixture
def recorded(project: Path) -> Path:
    """The project, with records of all that is there."""
    for output in ("results/models/one", "results/models/one.txt", "results/report.html"):
        record(project, output)
    return project


def test_recorded_results_pass(recorded: Path):
    assert main(["guard"]) == 0


def test_results_without_a_record_are_refused(project: Path, refused):
    record(project, "results/models-of-another-run/one")
    record(project, "results/report.html")
    message = refused("guard")
    assert "results/models: it is here, but Snakemake has no record" in message and "make restore" in message


def test_a_file_needs_its_own_record(project: Path, refused):
    record(project, "results/models/one")
    assert "results/report.html: it is here" in refused("guard")


@pytest.mark.parametrize("name", ["one.txt", "one/provenance.json", f"one/{TIMESTAMP}"])
def test_what_is_not_as_its_job_left_it_is_refused(recorded: Path, refused, name: str):
    """A file; of a folder its record of provenance (the one file that a checkout of another run's folder is sure to write), or its time."""
    left(recorded / "results/models" / name, seconds=60)
    message = refused("guard")
    output = f"results/models/{name.split('/')[0]}"
    assert f"{output}: it is not what its job left" in message and "make restore" in message


def test_older_than_its_job_is_not_as_it_was_left_either(recorded: Path, refused):
    left(recorded / "results/models/one.txt", seconds=-60)
    assert "it is not what its job left" in refused("guard")


def test_times_without_fractions_pass(recorded: Path):
    left(recorded / "results/models/one.txt", seconds=-0.25)
    assert main(["guard"]) == 0


def test_an_output_that_is_one_file_is_written_anew_by_dvc(recorded: Path):
    left(recorded / "results/report.html", seconds=60)
    assert main(["guard"]) == 0


def test_what_was_made_once_and_is_gone_does_not_matter(recorded: Path):
    record(recorded, "results/models/another")
    assert main(["guard"]) == 0


@pytest.mark.parametrize("remote", ["shared", "safe", None])
def test_dvc_push_must_not_send_restricted_results_elsewhere(recorded: Path, refused, remote: str | None):
    (recorded / "results/models/one/provenance.json").write_text('{"restricted": true}')
    os.utime(recorded / "results/models/one/provenance.json", (ENDED, ENDED))
    for command in (
        ["git", "init", "--quiet"],
        ["dvc", "init", "--quiet"],
        *([["dvc", "config", "core.remote", remote]] if remote else []),
    ):
        subprocess.run(command, check=True)
    if remote == "shared":
        told = refused("guard")
        assert "the remote 'shared' is not one that may hold it (1 such results); name it in restricted_remotes, or dvc config" in told
    else:
        assert main(["guard"]) == 0


def test_nothing_here_is_nothing_to_check(project: Path):
    shutil.rmtree(project / "results")
    assert main(["guard"]) == 0


def test_long_names_are_cut_into_folders(project: Path):
    output = "results/runs/" + "a-version-with-a-very-long-name" * 4
    record(project, output)
    assert recorded_outputs(project / ".snakemake/metadata") == {output: ENDED}
