"""`bioalbert plan` counts, without Snakemake, the jobs that a dry run counts."""

from pathlib import Path

import pytest
import yaml

from bioalbert.config.load import parse
from bioalbert.config.selection import Selection
from bioalbert.plan.jobs import STAGES, count_jobs
from tests.workflow.project import Project


@pytest.fixture(scope="module")
def project(new_project) -> Project:
    return new_project()


def planned(project: Project, file: str, monkeypatch: pytest.MonkeyPatch, **values: object) -> dict[str, int]:
    monkeypatch.chdir(project.folder)
    return count_jobs(Selection(parse(yaml.safe_load(Path(file).read_text()) | values, file)))


@pytest.mark.parametrize("file", ["config.yaml", "config/real-cpu.yaml", "config/paper.yaml"])
def test_the_shipped_configurations(project: Project, file: str, monkeypatch):
    counts = planned(project, file, monkeypatch)
    assert counts == project.jobs("--configfile", file)
    assert set(counts) <= {rule for rules in STAGES.values() for rule in rules}


def test_all_versions_of_the_paper(project: Project, monkeypatch):
    (project.folder / "notes.csv.gz").touch()
    counts = planned(project, "config/paper.yaml", monkeypatch, mimic="notes.csv.gz")
    assert counts == project.jobs("--configfile", "config/paper.yaml", "--config", "mimic=notes.csv.gz")


def test_a_run_of_other_choices(project: Project, monkeypatch):
    """No duplicates looked for, the benchmark left out; a vocabulary that nothing uses, a corpus that only a vocabulary reads."""
    config = yaml.safe_load((project.folder / "config/real-cpu.yaml").read_text())
    config["audit"] = {"drop_duplicates": False, "exclude_benchmarks": True}
    config["corpora"]["mine"] = config["corpora"]["unused"] = {"path": "mine.txt"}
    config["vocabularies"] |= {"own-9k": {"train": ["mine"], "size": 9000}, "unused": {"train": ["unused"]}}
    config["versions"]["small-own8k-untrained"]["vocabulary"] = "own-9k"
    config["versions"]["small-own8k"]["snapshots"] = [500, 1000]
    config["finetune"] |= {"warmup": None, "seeds": [1, 2, 3]}
    (project.folder / "mine.txt").write_text("A sentence.\n")
    (project.folder / "other.yaml").write_text(yaml.safe_dump(config))
    counts = planned(project, "other.yaml", monkeypatch)
    assert counts == project.jobs("--configfile", "other.yaml")
    assert "warm_up_model" not in counts and counts["train_vocabulary"] == 2
    assert (counts["take_snapshot"], counts["finetune_model"]) == (2, (3 + 2) * 3 * 3)
    assert counts["make_card"] == 3 + 2
