"""A data set of one's own is a folder: no catalogue file, no code."""

from pathlib import Path

import pytest

from bioalbert.catalogue.entries import load, parts, split_name
from bioalbert.cli import main
from bioalbert.errors import InputError
from bioalbert.finetune.readers import read

TYPED = "IL-2\tB-gene\nin\tO\nmice\tB-species\n\n"


def folder(path: Path, *names: str, content: str = TYPED) -> str:
    path.mkdir(parents=True)
    for name in names:
        (path / name).write_text(content)
    return str(path)


def test_files_are_known_by_their_names(tmp_path) -> None:
    entry, protocol = split_name(folder(tmp_path / "mine", "train.tsv", "devel.conll", "test.bio", "README.md", "notes.txt"))
    assert (entry.id, entry.task, entry.access, entry.labels, protocol) == ("mine", "ner", "open", (), "dev")
    dev, biobert = entry.protocols["dev"], entry.protocols["biobert"]
    assert (dev.train, dev.dev, dev.test) == (("train.tsv",), "devel.conll", ("test.bio",))
    assert (biobert.train, biobert.dev, biobert.test) == (("train.tsv", "devel.conll"), None, ("test.bio",))
    assert dev.comparable is None and entry.folder(Path("data/raw")) == tmp_path / "mine"
    assert [len(read(entry, "biobert", split, entry.folder(Path()))) for split in ("train", "dev", "test")] == [2, 0, 1]


def test_train_dev_is_what_biobert_trains_on_and_without_dev_there_is_no_other_protocol(tmp_path) -> None:
    whole = load(folder(tmp_path / "a", "train.txt", "dev.txt", "TEST.TXT", "train_dev.txt"))
    assert whole.protocols["biobert"].train == ("train_dev.txt",) and whole.protocols["dev"].test == ("TEST.TXT",)
    assert list(load(folder(tmp_path / "b", "train.txt", "test.txt")).protocols) == ["biobert"]


def test_pubtator_files_and_brats_folders(tmp_path) -> None:
    name = folder(tmp_path / "mine", "test.PubTator", content="1|t|Ataxia\n1\t0\t6\tAtaxia\tDisease\n")
    folder(tmp_path / "mine" / "train")
    (tmp_path / "mine" / "train" / "1.txt").write_text("Ataxia")
    (tmp_path / "mine" / "train" / "1.ann").write_text("T1\tDisease 0 6\tAtaxia\n")
    entry, protocol = split_name(name)
    assert read(entry, protocol, "train", tmp_path / "mine") == read(entry, protocol, "test", tmp_path / "mine")


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (("train.tsv", "dev.tsv"), "mine: there is no test; one's own set is a folder with train, test and perhaps dev"),
        (("train.tsv", "test.csv"), "mine: there is no test"),
        (("train.tsv", "train.txt", "test.tsv"), "mine: both train.tsv and train.txt are the train split; take one of them away"),
        (("train.tsv", "dev.tsv", "devel.tsv", "test.tsv"), "mine: both dev.tsv and devel.tsv are the dev split"),
    ],
)
def test_an_unclear_folder_is_refused(tmp_path, names: tuple[str, ...], told: str) -> None:
    with pytest.raises(InputError) as error:
        load(folder(tmp_path / "mine", *names))
    assert told in str(error.value)


def test_names(tmp_path) -> None:
    with pytest.raises(InputError, match="the catalogue has no ''"):
        split_name("@biobert")
    with pytest.raises(InputError, match=r"none: no such folder; one's own set is a folder"):
        load(str(tmp_path / "none"))
    with pytest.raises(InputError, match=r"its name is that of the catalogue's gad; rename the folder, or name the data set gad"):
        load(folder(tmp_path / "gad", "train.tsv", "test.tsv"))
    assert load(folder(tmp_path / "my set_1 (new)", "train.tsv", "test.tsv")).id == "my-set-1-new"
    assert load("gad").title.startswith("GAD")
    at = folder(tmp_path / "a@b" / "mine", "train.tsv", "dev.tsv", "test.tsv")
    assert split_name(at)[1] == "dev" and split_name(f"{at}@biobert")[1] == "biobert"
    assert (parts("gad"), parts("gad@blurb"), parts("a@b/mine")) == (("gad", ""), ("gad", "blurb"), ("a@b/mine", ""))


def test_nobody_downloads_it(tmp_path, refused) -> None:
    name = folder(tmp_path / "mine", "train.tsv", "test.tsv")
    assert f"mine: one's own data set is not downloaded; put its files into {name}" in refused("download", name, "--output", tmp_path)


def test_check_says_what_the_files_hold(tmp_path, capsys, refused) -> None:
    name = folder(tmp_path / "mine", "train.tsv", "test.tsv")
    (tmp_path / "mine" / "train.tsv").write_text("IL-2\tI-gene\n\nin\tO\nmice\tS-species\n")
    assert main(["datasets", name, "--check"]) == 0
    told = capsys.readouterr().out
    counts = "2 sentences, 3 tokens, 2 entities, 1 gene, 1 species, 1 stray_inside, 1 tags_converted_to_bio"
    assert f"present  train.tsv  ({counts})" in told and "@biobert: train train.tsv, dev none, test test.tsv" in told
    (tmp_path / "mine" / "train.tsv").write_text("IL-2\tB\n")
    assert "mine: some tags have a type, others have none" in refused("datasets", name, "--check")
    (tmp_path / "mine" / "train.tsv").write_text("\n")
    assert "train.tsv: the train split is empty" in refused("datasets", name, "--check")
    (tmp_path / "mine" / "train.tsv").write_text("IL-2\tgene\n")
    assert "train.tsv: line 1: 'gene' is not a BIO tag; tags are O, B, I" in refused("datasets", name, "--check")
