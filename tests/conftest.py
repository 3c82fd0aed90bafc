"""Fixtures that several stages share."""

import os
import subprocess
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from bioalbert.cli import main

SHARED = Path(__file__).parents[2] / "shared" / "data"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--slurm", action="store_true", help="run the long tests on a real SLURM too (make test-slurm)")


def pytest_configure() -> None:
    os.environ["DVC_NO_ANALYTICS"] = "1"  # repositories that tests make with `dvc init` would report their use to DVC's makers
    if "PYTEST_XDIST_WORKER" in os.environ:  # threads of several processes wait for each other, and burn the cores meanwhile
        os.environ.setdefault("OMP_NUM_THREADS", "1")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not config.getoption("--slurm"):
        for item in items:
            if item.get_closest_marker("slurm"):
                item.add_marker(pytest.mark.skip(reason="a long test on a real SLURM: make test-slurm"))
    items.sort(key=lambda item: item.get_closest_marker("whole_run") is None)  # of several processes one begins with the longest


class ByFolder(LoadScopeScheduling):
    """With --numprocesses: all tests of a folder in one process, so that what they share (a finished run) is made once."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.partition("::")[0].rpartition("/")[0]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    return ByFolder(config, log)


@pytest.fixture(scope="session")
def real_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The unpacked real data: mirror/<host>/<path>, mimic-standin/, craft-sentences/.

    Taken from the folder $BIOALBERT_DATA, else unpacked from the archives beside the project; without either the test is skipped.
    """
    if named := os.environ.get("BIOALBERT_DATA"):
        return Path(named)
    if not (SHARED / "unpack").is_file():
        pytest.skip("no real data: set BIOALBERT_DATA to a folder that holds mirror/")
    folder = tmp_path_factory.mktemp("real")
    subprocess.run([SHARED / "unpack", folder], check=True, capture_output=True)
    return folder


@pytest.fixture(scope="session")
def mirror(real_data: Path) -> Path:
    """The mirror folder: one sub-folder per host."""
    return real_data / "mirror"


@pytest.fixture
def refused(capsys: pytest.CaptureFixture):
    """Runs a command line that must be refused: exit status 2 and one line on standard error, which is returned."""

    def run(*arguments: object) -> str:
        capsys.readouterr()
        assert main([str(argument) for argument in arguments]) == 2
        message = capsys.readouterr().err.strip().splitlines()[-1]
        assert message.startswith("bioalbert: ")
        return message

    return run
