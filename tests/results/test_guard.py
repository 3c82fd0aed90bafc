"""The check that Snakemake has records of the results that are here."""

from base64 import urlsafe_b64encode
from pathlib import Path

import pytest
import yaml

from bioalbert.cli import main
from bioalbert.results.guard import recorded_outputs


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project in the current folder with a folder and a file as outputs, both there."""
    monkeypatch.chdir(tmp_path)
    stages = {"make": {"cmd": "true", "outs": [{"results/models": {"persist": True}}, "results/report.html"]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    (tmp_path / "results/models/one").mkdir(parents=True)
    (tmp_path / "results/models/one/config.json").touch()
    (tmp_path / "results/report.html").touch()
    return tmp_path


def record(project: Path, output: str) -> None:
    """Snakemake's record of an output, named as its persistence/file.py names it where file names have at most 40 letters."""
    name = urlsafe_b64encode(output.encode()).decode()
    parts = [name[i : i + 39] for i in range(0, len(name), 39)]
    file = project.joinpath(".snakemake/metadata", *(f"@{part}" for part in parts[:-1]), parts[-1])
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("{}")


def test_recorded_results_pass(project: Path):
    record(project, "results/models/one")
    record(project, "results/report.html")
    assert main(["guard"]) == 0


def test_results_without_a_record_are_refused(project: Path, refused):
    record(project, "results/models-of-another-run/one")
    record(project, "results/report.html")
    message = refused("guard")
    assert "results/models: it is here, but Snakemake has no record" in message and "make restore" in message


def test_a_file_needs_its_own_record(project: Path, refused):
    record(project, "results/models/one")
    assert "results/report.html: it is here" in refused("guard")


def test_nothing_here_is_nothing_to_check(project: Path):
    (project / "results/models/one/config.json").unlink()
    (project / "results/report.html").unlink()
    assert main(["guard"]) == 0


def test_long_names_are_cut_into_folders(project: Path):
    output = "results/runs/" + "a-version-with-a-very-long-name" * 4
    record(project, output)
    assert recorded_outputs(project / ".snakemake/metadata") == [output]
