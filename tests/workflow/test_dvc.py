"""The demo's results under DVC: recorded, pushed to a remote, brought back into a fresh clone, and never recorded wrongly."""

import json
import shutil
from pathlib import Path

import pytest
import yaml

from tests.workflow.project import Project

pytestmark = pytest.mark.whole_run


@pytest.fixture(scope="module")
def first(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The finished demo in a git repository, its results in dvc.lock. The notes make them restricted; the remote `store` may hold them."""
    folder = tmp_path_factory.mktemp("dvc")
    project = demo.copy(folder / "project")
    edit_config(project, lambda config: config.update(restricted_remotes=["store"]))
    project.run("git", "init", "--quiet")
    for key, value in (("user.name", "a"), ("user.email", "a@b.c")):
        project.run("git", "config", key, value)
    project.run("dvc", "remote", "add", "--default", "store", str(folder / "store"))
    project.run("dvc", "repro")
    project.run("git", "add", "--all")
    project.run("git", "commit", "--quiet", "--message", "Results")
    return project


@pytest.fixture(scope="module")
def clone(first: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A fresh clone with the results that `bioalbert push` sent to the remote, and without Snakemake's records."""
    folder = tmp_path_factory.mktemp("clone") / "project"
    first.run("bioalbert", "push")
    first.run("git", "clone", "--quiet", ".", str(folder))
    clone = Project(folder)
    clone.run("dvc", "pull")
    return clone


@pytest.fixture
def recorded(first: Project, tmp_path: Path) -> Project:
    return first.copy(tmp_path / "recorded")


@pytest.fixture
def pulled(clone: Project, tmp_path: Path) -> Project:
    return clone.copy(tmp_path / "pulled")


def make(project: Project, *arguments: str, ok: bool = True) -> str:
    return project.run("make", "--old-file=.venv/ready", *arguments, ok=ok)


def edit_config(project: Project, change) -> None:
    file = project.folder / "config.yaml"
    config = yaml.safe_load(file.read_text())
    change(config)
    file.write_text(yaml.safe_dump(config))


def more_epochs(config: dict) -> None:
    config["finetune"]["datasets"]["demo-re"]["settings"]["epochs"] = 1


def test_repro_twice_runs_once(recorded: Project):
    assert "didn't change, skipping" in recorded.run("dvc", "repro")
    assert "up to date" in recorded.run("dvc", "status")


def test_metrics_and_changed_settings_are_shown(recorded: Project):
    shown = json.loads(recorded.run("dvc", "metrics", "show", "--json"))
    scores = shown[""]["data"]["results/metrics.json"]["data"]["demo-ner@biobert"]
    assert scores["tiny-pretrained"]["entity f1"] > scores["tiny-untrained"]["entity f1"]
    edit_config(recorded, more_epochs)
    assert "finetune.datasets.demo-re.settings.epochs" in recorded.run("dvc", "params", "diff")


def test_plots_are_shown_and_compared(recorded: Project):
    names = {"scores", "held-out MLM loss", "held-out SOP accuracy", "score by pre-training step", "pieces a vocabulary makes of a word"}
    shown = json.loads(recorded.run("dvc", "plots", "show", "--json"))
    assert set(shown["data"]) == names and not shown.get("errors")
    (loss,) = shown["data"]["held-out MLM loss"]
    assert '"version": "tiny-pretrained"' in json.dumps(loss["content"])
    scores = recorded.folder / "results/figures/scores.csv"
    scores.write_text(scores.read_text().replace("tiny-pretrained", "another"))
    compared = json.loads(recorded.run("dvc", "plots", "diff", "HEAD", "--json"))
    (both,) = compared["data"]["scores"]
    assert set(both["revisions"]) == {"HEAD", "workspace"}
    assert all(version in json.dumps(both["content"]) for version in ("tiny-pretrained", "another"))


def test_a_clone_without_records_cannot_record_results_of_other_settings(pulled: Project):
    edit_config(pulled, more_epochs)
    assert "Snakemake has no record of how it was made; make restore" in pulled.run("dvc", "repro", ok=False)
    assert "Snakemake has no record" in make(pulled, "record", ok=False)


def test_results_of_one_commit_are_not_recorded_under_another(recorded: Project):
    """One commit's results brought back with DVC, and another commit's settings: Snakemake's records are about the latter's results."""
    edit_config(recorded, more_epochs)
    recorded.run("dvc", "repro")
    recorded.run("git", "commit", "--quiet", "--all", "--message", "Other settings")
    recorded.run("git", "checkout", "--quiet", "HEAD~1")
    recorded.run("dvc", "checkout")
    recorded.run("git", "checkout", "--quiet", "-")
    assert "it is not what its job left" in recorded.run("dvc", "repro", ok=False)
    assert "it is not what its job left" in make(recorded, "record", ok=False)
    make(recorded, "restore")
    assert "up to date" in recorded.run("dvc", "status")
    assert "didn't change, skipping" in recorded.run("dvc", "repro")


def test_dvc_keeps_the_results_of_no_other_configuration(new_project):
    for target in ("record", "restore"):
        message = make(new_project(), target, "CONFIG=config/real-cpu.yaml", ok=False)
        assert "DVC keeps the results of config.yaml, not of config/real-cpu.yaml" in message


def test_a_restored_clone_does_only_what_changed(pulled: Project):
    pulled.snakemake("--forcerun", "download_entry", "--until", "download_entry")  # downloads do not travel
    shutil.rmtree(pulled.folder / ".dvc/cache")
    shutil.rmtree(pulled.folder / "results/runs")
    pulled.run("dvc", "config", "--unset", "core.remote")
    make(pulled, "restore", "REMOTE=store")
    assert pulled.jobs() == {}
    assert "up to date" in pulled.run("dvc", "status")
    edit_config(pulled, more_epochs)
    changed = {"finetune_model": 4, "make_table": 1, "make_task_table": 1, "make_figures": 1, "make_card": 2, "make_report": 1}
    assert pulled.jobs() == changed


def test_results_of_another_commit_are_not_restored(pulled: Project):
    edit_config(pulled, more_epochs)
    assert "not those of dvc.lock" in make(pulled, "restore", ok=False)


def test_a_run_outside_dvc_is_recorded(recorded: Project):
    edit_config(recorded, more_epochs)
    assert "not those of config.yaml" in make(recorded, "record", ok=False)
    recorded.snakemake()
    assert "modified" in recorded.run("dvc", "status")
    make(recorded, "record")
    assert "up to date" in recorded.run("dvc", "status")
