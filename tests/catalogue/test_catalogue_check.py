"""`bioalbert datasets`: what is there, and whether it is what the catalogue says."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bioalbert.catalogue.check import altered, check, miscounted, present, ready
from bioalbert.catalogue.entries import RemoteFile, files_of, load, names
from bioalbert.cli import main
from bioalbert.download.digests import Recorded, git_blob
from bioalbert.files import digest
from bioalbert.finetune.readers import count

# What the offline mirror holds of the data sets, as numbers of files with a digest and with counts.
ON_THE_MIRROR = {
    "bc2gm": (4, 4),
    "bc5cdr-chem": (4, 4),
    "bc5cdr-disease": (4, 4),
    "bioasq-4b": (21, 21),
    "bioasq-5b": (16, 16),
    "bioasq-6b": (11, 11),
    "bioasq-6b-list": (15, 15),
    "bioasq-6b-yesno": (15, 15),
    "bioasq-yesno": (3, 3),
    "biosses": (3, 3),
    "chemprot": (3, 3),
    "ddi": (5, 11),
    "euadr": (20, 20),
    "gad": (23, 23),
    "hoc": (6, 6),
    "jnlpba": (3, 3),
    "linnaeus": (4, 4),
    "ncbi-disease": (4, 4),
    "pubmedqa": (2, 3),
    "s800": (4, 4),
    "squad": (1, 1),
}

MINE = """
kind: dataset
title: mine
licence: CC0
task: ner
format: conll
labels: [O, B, I]
files:
  - {{name: test.tsv, url: "https://example.invalid/test.tsv", sha256: {sha}}}
protocols:
  own: {{train: [test.tsv], test: [test.tsv], metric: entity-f1}}
counts:
  test.tsv: {{sentences: 1, tokens: 2, entities: {entities}}}
"""


def laid_out(name: str, mirror: Path, raw: Path) -> Path:
    """Links what the mirror has of an entry into data/raw's layout, as a download would put it; returns the entry's folder."""
    for file in files_of(load(name)):
        source, target = mirror / file.url.removeprefix("https://"), raw / name / file.name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
    return raw / name


@pytest.mark.parametrize("name", [name for name in names("dataset") if not name.startswith("demo-")])
def test_digests_and_counts_hold_on_the_real_files(name: str, mirror: Path, tmp_path: Path) -> None:
    folder = laid_out(name, mirror, tmp_path)
    checked = check(load(name), folder)
    assert (checked.digests, checked.counts) == ON_THE_MIRROR.get(name, (0, 0))
    assert not any("stray_inside" in held for held in checked.found.values())


@pytest.fixture
def mine(tmp_path: Path) -> Callable[[int], str]:
    """Makes a data set of one file and returns its catalogue file's path; entities: the number that the catalogue claims."""

    def make(entities: int) -> str:
        (tmp_path / "mine").mkdir(exist_ok=True)
        test = tmp_path / "mine" / "test.tsv"
        test.write_text("BRCA1\tB\ngene\tO\n\n")
        (tmp_path / "mine.yaml").write_text(MINE.format(sha=digest(test), entities=entities))
        return str(tmp_path / "mine.yaml")

    return make


def test_what_is_right_is_said_to_be(mine, tmp_path, capsys) -> None:
    assert main(["datasets", mine(1), "--data", str(tmp_path), "--check"]) == 0
    told = capsys.readouterr().out
    assert "present  test.tsv  (1 sentences, 2 tokens, 1 entities)" in told
    assert "digests verified of 1 files, counts of 1" in told


def test_a_wrong_count_is_refused(mine, tmp_path, refused) -> None:
    assert "test.tsv: 1 entities where the catalogue says 3" in refused("datasets", mine(3), "--data", tmp_path, "--check")


def test_a_wrong_digest_is_refused(mine, tmp_path, refused) -> None:
    name = mine(1)
    (tmp_path / "mine" / "test.tsv").write_text("BRCA2\tB\ngene\tO\n\n")
    message = refused("datasets", name, "--data", tmp_path, "--check")
    assert "mine/test.tsv: its sha256 is" in message and "bioalbert download mine" in message


def test_altered_files_are_named_whatever_the_kind_of_digest(mine, tmp_path) -> None:
    entry, folder = load(mine(1)), tmp_path / "mine"
    by_blob = replace(entry, files=(RemoteFile("test.tsv", "", git_blob=git_blob(folder / "test.tsv")),))
    recorded = replace(entry, files=(RemoteFile("test.tsv", ""),))
    assert altered(recorded, folder, ["test.tsv"]) == []  # nothing is known of it
    Recorded(folder).add("test.tsv", folder / "test.tsv")
    assert [altered(one, folder, ["test.tsv"]) for one in (entry, by_blob, recorded)] == [[], [], []]
    (folder / "test.tsv").write_text("BRCA2\tB\ngene\tO\n\n")
    assert [altered(one, folder, ["test.tsv"]) for one in (entry, by_blob, recorded)] == [["test.tsv"]] * 3
    assert altered(entry, folder, ["train.tsv"]) == []
    (folder / "test.tsv").unlink()
    assert altered(entry, folder, ["test.tsv"]) == []


def test_a_file_without_a_digest_is_known_by_its_counts(mine, tmp_path) -> None:
    entry, folder = replace(load(mine(3)), files=()), tmp_path / "mine"
    assert miscounted(entry, folder, ["test.tsv"]) == ["test.tsv"]
    assert miscounted(entry, folder, ["train.tsv"]) == []
    assert miscounted(load(mine(3)), folder, ["test.tsv"]) == []  # a right digest says more
    assert miscounted(replace(entry, counts={"test.tsv": {"entities": 1}}), folder, ["test.tsv"]) == []


def test_nothing_to_check_is_no_success(mine, tmp_path, refused) -> None:
    told = refused("datasets", mine(1), "--data", tmp_path / "mistyped", "--check")
    assert f"{tmp_path}/mistyped/mine: there is no file to check; name the folder of downloads with --data" in told
    assert f"{tmp_path}: there is no file to check" in refused("datasets", "--data", tmp_path, "--check")


def test_nothing_to_check_of_a_set_that_is_not_public_says_where_to_apply(tmp_path, refused) -> None:
    told = refused("datasets", "mednli", "--data", tmp_path, "--check")
    assert "or apply at https://physionet.org/content/mednli/ and put them there" in told and "bioalbert download" not in told


def test_classes_are_counted_in_the_order_of_the_labels(tmp_path) -> None:
    (tmp_path / "test.tsv").write_text("index\tsentence\tlabel\n0\ta\tDDI-int\n1\tb\tDDI-false\n2\tc\tDDI-int\n")
    entry = replace(load("ddi"), format_options={"*": {"columns": ["index", "text", "label"], "header": True}})
    assert list(count(entry, "test.tsv", tmp_path).items()) == [("rows", 3), ("DDI-false", 1), ("DDI-int", 2)]


def test_a_protocols_settings_and_warm_up_are_told(tmp_path, capsys) -> None:
    assert main(["datasets", "squad", "--data", str(tmp_path)]) == 0
    assert "    settings: learning_rate=3e-05 batch_size=12 epochs=2 max_length=384 stride=128" in capsys.readouterr().out
    assert main(["datasets", "bioasq-6b", "--data", str(tmp_path)]) == 0
    assert "    after: squad@v1.1\n" in capsys.readouterr().out


def test_without_check_nothing_is_verified(mine, tmp_path, capsys) -> None:
    assert main(["datasets", mine(3), "--data", str(tmp_path)]) == 0
    assert "verified" not in capsys.readouterr().out


def test_the_table_names_every_entry(tmp_path, capsys) -> None:
    assert main(["datasets", "--data", str(tmp_path)]) == 0
    rows = capsys.readouterr().out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == names()
    assert next(row for row in rows if row.startswith("gad ")).split() == ["gad", "re", "open", "0", "of", "23", "@biobert", "@blurb"]


def test_a_set_that_is_not_public_lists_the_files_to_put_there(tmp_path) -> None:
    (tmp_path / "train.tsv").write_text("")
    assert present(load("mednli"), tmp_path) == ["train.tsv"]


def test_a_protocol_is_ready_when_its_files_are_there_and_an_open_one_always(tmp_path) -> None:
    assert not ready(load("mednli"), "blue", tmp_path)
    for name in ("train.tsv", "dev.tsv", "test.tsv"):
        (tmp_path / name).write_text("")
    assert ready(load("mednli"), "blue", tmp_path) and not ready(load("mednli"), "official", tmp_path)
    assert ready(load("gad"), "biobert", tmp_path)
    assert ready(load("bioasq-6b"), "biobert", tmp_path) and not ready(load("bioasq-6b"), "official", tmp_path)  # a file of an open set
