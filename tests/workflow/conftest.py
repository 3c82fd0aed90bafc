"""Whole runs of the workflow, each in a copy of the project; the demo is run once and shared."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflow.project import PROJECT, Project


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Makes copies of what a fresh clone would hold."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=PROJECT, check=True, capture_output=True, text=True
    )
    files = [name for name in listing.stdout.splitlines() if (PROJECT / name).is_file()]

    def make() -> Project:
        folder = tmp_path_factory.mktemp("project")
        for name in files:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, folder / name)
        return Project(folder)

    return make


@pytest.fixture(scope="session")
def demo(new_project: Callable[[], Project]) -> Project:
    """A project whose default run has finished. Tests may look, not touch."""
    project = new_project()
    project.snakemake()
    return project


@pytest.fixture
def demo_copy(demo: Project, tmp_path: Path) -> Project:
    return demo.copy(tmp_path / "project")
