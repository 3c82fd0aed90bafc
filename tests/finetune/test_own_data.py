"""Whole runs on a folder of one's own, by catalogue files of one's own, and on files that are not those of the catalogue."""

import re
from pathlib import Path

import pytest

from bioalbert.cli import main
from bioalbert.files import digest, read_json
from bioalbert.finetune.run import evaluate, finetune

PROTOCOLS = Path(__file__).parents[2] / "docs/protocols.md"
SETTINGS = ["learning_rate=0.01", "epochs=5", "batch_size=16", "max_length=32"]
KINDS = {"fibrosis": "lung", "anaemia": "blood", "lymphoma": "blood", "nephritis": "kidney", "myopathy": "muscle"}


@pytest.fixture
def mine(raw: Path, tmp_path: Path) -> Path:
    """The toy sentences with typed tags, an I after O in the test file."""
    folder = tmp_path / "my_set"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        lines = (line.split("\t") for line in (raw / f"toy-ner/{split}.tsv").read_text().split("\n"))
        typed = (line if len(line) < 2 else [line[0], f"B-{KINDS[line[0]]}" if line[1] == "B" else line[1]] for line in lines)
        (folder / f"{split}.tsv").write_text("\n".join("\t".join(line) for line in typed))
    test = (folder / "test.tsv").read_text()
    (folder / "test.tsv").write_text(test.replace("\tB-", "\tI-", 1))
    return folder


def test_a_folder_is_fine_tuned_and_evaluated_without_a_catalogue_file(bundle, mine, tmp_path, capsys) -> None:
    command = ["finetune", str(mine), "--model", str(bundle), "--output", str(tmp_path / "run"), "--set", *SETTINGS]
    assert main(command) == 0
    record, metrics = read_json(tmp_path / "run/run.json"), read_json(tmp_path / "run/metrics.json")
    assert (record["dataset"], record["protocol"], record["comparable"]) == ("my-set", "dev", None)
    assert metrics["protocol"] == "my-set@dev" and metrics["flags"] == [] and metrics["entity"]["f1"] > 0.9
    assert metrics["lost"]["test"] == {"stray_inside": 1, "words_without_piece": 0}
    assert "stray_inside" not in metrics["lost"]["train"]
    labels = read_json(tmp_path / "run/model/config.json")["id2label"]
    assert list(labels.values()) == ["O", "B-blood", "I-blood", "B-kidney", "I-kidney", "B-lung", "I-lung", "B-muscle", "I-muscle"]
    assert {"stride", "label_pieces"} < record["settings"].keys() and not {"post", "n_best"} & record["settings"].keys()
    assert evaluate(tmp_path / "run") == metrics
    inputs = read_json(tmp_path / "run/provenance.json")["inputs"]
    assert {name: inputs[str(mine / name)] for name in ("train.tsv", "dev.tsv", "test.tsv")} == {
        name: digest(mine / name) for name in ("train.tsv", "dev.tsv", "test.tsv")
    }


@pytest.fixture
def documented(tmp_path):
    """Writes the catalogue file of the docs that has `path: NAME`, with the path of another folder."""

    def write(name: str, folder: Path) -> str:
        (text,) = (one for one in re.findall(r"```yaml\n(.*?)```", PROTOCOLS.read_text(), re.DOTALL) if f"path: {name}\n" in one)
        (tmp_path / "own.yaml").write_text(text.replace(f"path: {name}", f"path: {folder}"))
        return str(tmp_path / "own.yaml")

    return write


def test_the_documented_catalogue_file_of_tagged_files_with_options(bundle, mine, documented, tmp_path, refused) -> None:
    own = documented("data/mine", mine)
    told = refused("finetune", own, "--model", bundle, "--output", tmp_path / "run")
    assert f"{mine}/test.tsv: line " in told  # stray_inside: refuse
    (mine / "test.tsv").write_text((mine / "test.tsv").read_text().replace("\tI-", "\tB-"))
    metrics = finetune(own, bundle, tmp_path / "run", tmp_path, 1, 0, SETTINGS)
    assert metrics["protocol"] == "own@dev" and metrics["entity"]["f1"] > 0.9
    labels = read_json(tmp_path / "run/model/config.json")["id2label"]
    assert list(labels.values()) == ["O", "B", "I"]  # collapse: true


def test_the_documented_catalogue_file_of_questions(bundle, raw, documented, tmp_path) -> None:
    own = documented("data/questions", raw / "toy-qa")
    settings = ["learning_rate=0.01", "epochs=8", "batch_size=16", "max_length=64", "stride=16"]
    metrics = finetune(own, bundle, tmp_path / "run", tmp_path, 1, 0, settings)
    assert metrics["protocol"] == "own@own" and metrics["f1"] > 0.9
    record = read_json(tmp_path / "run/run.json")
    assert record["settings"]["max_answer"] == 20 and record["comparable"] is None


def test_an_absent_file_names_the_protocols_whose_files_are_here(mine, bundle, documented, tmp_path, refused) -> None:
    own = Path(documented("data/mine", mine))
    own.write_text(own.read_text() + "  other: {train: [train.tsv], test: [test.tsv]}\n  third: {train: [test.tsv], test: [none.tsv]}\n")
    (mine / "dev.tsv").unlink()
    told = refused("finetune", own, "--model", bundle, "--output", tmp_path / "run")
    assert told.endswith(f"{mine}/dev.tsv: no such file; put it there; or take @other, whose files are here")
    (mine / "test.tsv").unlink()
    assert refused("finetune", own, "--model", bundle, "--output", tmp_path / "run").endswith("no such file; put it there")


def test_a_file_that_is_not_the_catalogues_is_flagged(bundle, raw, entry, tmp_path) -> None:
    catalogue = Path(entry["ner"]).read_text()
    names = {name: digest(raw / f"toy-ner/{name}") for name in ("train.tsv", "test.tsv")} | {"dev.tsv": "0" * 64}
    files = "".join(f"  - {{name: {name}, url: 'https://example.invalid/{name}', sha256: '{sha}'}}\n" for name, sha in names.items())
    (tmp_path / "toy-ner.yaml").write_text(f"{catalogue}files:\n{files}")
    metrics = finetune(str(tmp_path / "toy-ner.yaml"), bundle, tmp_path / "run", raw, 1, 0, [*SETTINGS, "epochs=1", "limit=20"])
    flags = {flag["flag"]: flag["reason"] for flag in metrics["flags"]}
    assert flags["altered-data"] == "dev.tsv: not what the catalogue says; see bioalbert datasets toy-ner --check"
    assert evaluate(tmp_path / "run") == metrics


def test_bad_files_stop_before_anything_is_trained(mine, bundle, tmp_path, refused) -> None:
    (mine / "test.tsv").write_text("a\tB-lung\nb\tB\n")
    told = refused("finetune", mine, "--model", bundle, "--output", tmp_path / "run")
    assert "some tags have a type, others have none" in told and not (tmp_path / "run").exists()


def test_a_finished_run_is_not_overwritten(runs, bundle, raw, entry, refused) -> None:
    before = (runs / "ner/run.json").read_bytes()
    told = refused("finetune", entry["ner"], "--model", bundle, "--data", raw, "--output", runs / "ner", "--seed", 2)
    assert f"{runs}/ner: a finished run is there; delete it, or name another folder" in told
    assert (runs / "ner/run.json").read_bytes() == before
