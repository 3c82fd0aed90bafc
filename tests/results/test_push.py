"""What may be pushed where, with DVC's own remotes: folders."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from bioalbert.cli import main
from bioalbert.corpus.documents import Document, ShardWriter
from bioalbert.files import write_json
from bioalbert.results.push import withheld
from tests.workflow.project import PROJECT

ENVIRONMENT = {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A small project in the current folder: two outputs, made and recorded, and two remotes, `shared` (the default) and `safe`."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])
    stages = {"make": {"cmd": "true", "outs": [{"results/models": {"persist": True}}, {"results/corpus": {"persist": True}}]}}
    (tmp_path / "dvc.yaml").write_text(yaml.safe_dump({"stages": stages}))
    config = yaml.safe_load((PROJECT / "config.yaml").read_text()) | {"restricted_remotes": ["safe"]}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    for command in (["git", "init", "--quiet"], ["dvc", "init", "--quiet"], ["dvc", "remote", "add", "--default", "shared", "shared"]):
        subprocess.run(command, check=True)
    subprocess.run(["dvc", "remote", "add", "safe", "safe"], check=True)
    mark(tmp_path, False, False)
    return tmp_path


def mark(project: Path, model: bool, shard: bool) -> None:
    write_json(project / "results/models/one/provenance.json", {"restricted": model})
    write_json(project / "results/corpus/mimic/part-1.stats.json", {"restricted": shard})
    subprocess.run(["dvc", "commit", "--force", "--quiet"], check=True, cwd=project)


def pushed(remote: Path) -> int:
    return sum(file.is_file() for file in remote.rglob("*"))


def test_what_is_not_restricted_goes_to_the_default_remote(project):
    assert main(["push"]) == 0
    assert pushed(project / "shared") > 0


@pytest.mark.parametrize("model, shard, named", [(True, False, "results/models/one"), (False, True, "results/corpus/mimic")])
def test_restricted_results_go_to_named_remotes_only(project, refused, model, shard, named):
    mark(project, model, shard)
    message = refused("push")
    assert f"{named}: restricted, and the remote 'shared' is not one that may hold it (1 such results)" in message
    assert "restricted_remotes" in message and not (project / "shared").exists()
    assert main(["push", "--remote", "safe"]) == 0
    assert pushed(project / "safe") > 0 and not (project / "shared").exists()


@pytest.mark.parametrize("dataset, kept", [("bioasq-6b", True), ("ncbi-disease", False), ("my-own", False)])
def test_runs_on_data_sets_whose_answers_may_not_be_passed_on_go_to_named_remotes_only(project, refused, dataset, kept):
    """BioASQ's golden answers stand in a run's items.parquet."""
    write_json(project / "results/models/one/run.json", {"dataset": dataset})
    subprocess.run(["dvc", "commit", "--force", "--quiet"], check=True)
    if kept:
        message = refused("push")
        assert "results/models/one: the licence of BioASQ 6b phase B, factoid questions does not let its answers be passed on" in message
        assert "the remote 'shared' is not one that may hold it" in message and not (project / "shared").exists()
    assert main(["push", *(["--remote", "safe"] if kept else [])]) == 0
    assert pushed(project / ("safe" if kept else "shared")) > 0


def test_results_that_are_not_those_of_the_lock_are_not_pushed(project, refused):
    write_json(project / "results/models/one/config.json", {})
    assert "not those of dvc.lock" in refused("push")
    assert not (project / "shared").exists()


def test_what_is_not_here_cannot_be_judged(project, refused):
    (project / "results/models/one/provenance.json").unlink()
    (project / "results/models/one").rmdir()
    (project / "results/models").rmdir()
    assert "results/models: not here" in refused("push")


def test_without_a_remote(project, refused):
    subprocess.run(["dvc", "remote", "remove", "shared", "--quiet"], check=True)
    assert "there is no DVC remote" in refused("push")


def test_the_mark_reaches_all_that_is_made_of_the_notes(tmp_path):
    """Shard -> summary, duplicates, vocabulary, the same taken over, report on it, token store."""
    words = [first + middle + last for first in "bdfgklmn" for middle in "aeiou" for last in ("ver", "cough", "che", "rash", "lled", "tch")]
    sentences = [" ".join(words[(i * k) % len(words)] for k in range(1, 12)) + "." for i in range(300)]
    shard, vocabulary = tmp_path / "mimic/part-1.parquet", tmp_path / "vocabularies/own"
    with ShardWriter(shard) as writer:
        writer.add(Document("mimic:1", "mimic", "", "x", sentences, [""] * len(sentences), restricted=True))
    commands = [
        ["corpus", "stats", "--input", f"{shard.parent}/part-1.stats.json", "--output", f"{tmp_path}/summed/summary.json"],
        ["corpus", "duplicates", "--documents", shard, "--output", f"{tmp_path}/audits/duplicates.parquet"],
        ["vocabulary", "train", "--documents", shard, "--output", vocabulary, "--size", "90"],
        ["vocabulary", "reuse", "--model", vocabulary / "spiece.model", "--output", tmp_path / "reused"],
        ["vocabulary", "report", "--vocabulary", vocabulary, "--documents", shard, "--output", tmp_path / "reported"],
        ["tokens", "--documents", shard, "--vocabulary", vocabulary, "--output", tmp_path / "tokens"],
    ]
    for command in commands:
        assert main([str(part) for part in command]) == 0
    for name in ("mimic", "summed", "audits", "vocabularies", "reused", "reported", "tokens"):
        assert withheld(tmp_path / name), name
