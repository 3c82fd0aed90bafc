"""`bioalbert examples`: what other programs read is what our models read."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bioalbert.catalogue.entries import load
from bioalbert.cli import main
from bioalbert.files import read_json
from bioalbert.finetune.readers import read
from bioalbert.finetune.readers.squad import SquadOptions, read_squad


@pytest.fixture
def written(entry, raw, tmp_path):
    """Writes a toy set and returns the folder."""

    def write(name: str) -> Path:
        assert main(["examples", name, "--data", str(raw), "--output", str(tmp_path / "out")]) == 0
        return tmp_path / "out"

    return write


def examples(name: str, raw: Path, split: str) -> list:
    return read(load(name), "p", split, raw / load(name).id)


def test_tagged_sentences_come_back_as_a_set_of_ones_own(entry, raw, written, capsys) -> None:
    folder = written(entry["ner"])
    assert capsys.readouterr().out.splitlines()[1] == f"{folder}/dev.conll: 20 examples"
    mine = replace(load(str(folder)), path=str(folder))
    for split in ("train", "dev", "test"):
        assert read(mine, "dev", split, folder) == examples(entry["ner"], raw, split)


def test_questions_come_back_from_squads_json(entry, raw, written) -> None:
    folder = written(entry["qa"])
    found = list(read_squad(folder / "train.json", load(entry["qa"]), SquadOptions(), folder))
    assert found == examples(entry["qa"], raw, "train")
    assert not (folder / "dev.json").exists()


@pytest.mark.parametrize("task", ["re", "inference", "classification", "similarity"])
def test_texts_and_their_labels_stand_in_json_lines(task: str, entry, raw, written) -> None:
    lines = (written(entry[task]) / "test.jsonl").read_text().splitlines()
    expected = examples(entry[task], raw, "test")
    assert len(lines) == len(expected) == 40
    for line, example in zip(map(json.loads, lines), expected):
        label = {"similarity": "score", "classification": "labels"}.get(task, "label")
        given = getattr(example, label)
        assert line.pop(label) == (list(given) if label == "labels" else given)
        assert line == {"index": example.index} | dict(zip(("text", "text_b"), example.texts))


def test_folds_have_a_folder_each_and_the_restricted_mark_goes_on(entry, tmp_path) -> None:
    for fold in (1, 2):
        (tmp_path / f"mine/{fold}").mkdir(parents=True)
        for split in ("train", "test"):
            (tmp_path / f"mine/{fold}/{split}.tsv").write_text(f"text {fold}\t1\n")
    whole = Path(entry["re"]).read_text().replace("train.tsv", '"{fold}/train.tsv"').replace("test.tsv", '"{fold}/test.tsv"')
    (tmp_path / "mine.yaml").write_text(f"{whole}folds: 2\naccess: credentialed\napply: https://example.invalid\n")
    assert main(["examples", f"{tmp_path}/mine.yaml", "--data", str(tmp_path), "--output", str(tmp_path / "out")]) == 0
    files = {str(file.relative_to(tmp_path / "out")) for file in (tmp_path / "out").rglob("*.jsonl")}
    assert files == {"1/train.jsonl", "1/test.jsonl", "2/train.jsonl", "2/test.jsonl"}
    assert json.loads((tmp_path / "out/2/test.jsonl").read_text()) == {"index": "0", "text": "text 2", "label": "1"}
    record = read_json(tmp_path / "out/provenance.json")
    assert record["restricted"] is True and len(record["inputs"]) == 4
