"""`bioalbert download` as it is called."""

import pytest

from bioalbert.catalogue.entries import files_of, load, names
from bioalbert.cli import main


def test_an_entry_from_the_real_mirror(mirror, tmp_path):
    assert main(["download", "albert-30k-clean", "--mirror", str(mirror), "--output", str(tmp_path)]) == 0
    assert (tmp_path / "albert-30k-clean/files.txt").read_text() == "spiece.model\n"
    assert (tmp_path / "albert-30k-clean/spiece.model").stat().st_size == 760289


def test_sets_that_need_an_application_say_where_before_anything_is_fetched(refused, tmp_path):
    line = refused("download", "albert-30k-clean", "mimic", "--mirror", tmp_path, "--output", tmp_path / "raw")
    assert "https://physionet.org/content/mimiciii/1.4/" in line
    assert "--config mimic=PATH" in line
    assert not (tmp_path / "raw").exists()


def test_a_mirror_without_the_file(refused, tmp_path):
    line = refused("download", "albert-base-v2", "--mirror", tmp_path, "--output", tmp_path / "raw")
    assert "add https://storage.googleapis.com/albert_models/albert_base_v2.tar.gz to it" in line


def test_wrong_calls(refused, tmp_path):
    assert "did you mean pubmed" in refused("download", "pubmd", "--mirror", tmp_path)
    assert "leave out --part" in refused("download", "albert-30k-clean", "--part", "1/2", "--mirror", tmp_path)


@pytest.mark.parametrize("arguments", [["--part", "3/2"], ["--part", "0/2"], ["--part", "1"], ["--max-files", "0"], ["--licences", "any"]])
def test_wrong_options(arguments, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["download", "pmc", *arguments])
    assert arguments[0] in capsys.readouterr().err


def test_a_set_that_is_not_public_is_listed_once_its_files_are_there(refused, tmp_path):
    assert "apply at https://physionet.org/content/mednli/" in refused("download", "mednli", "--output", tmp_path)
    (tmp_path / "mednli").mkdir()
    (tmp_path / "mednli" / "mli_dev_v1.jsonl").write_text("{}")
    assert main(["download", "mednli", "--output", str(tmp_path)]) == 0
    assert (tmp_path / "mednli" / "files.txt").read_text() == "mli_dev_v1.jsonl\n"


@pytest.mark.parametrize("name", [*names("corpus"), *names("vocabulary"), *names("checkpoint")])
def test_entries_can_be_downloaded_or_say_where_to_apply(name):
    entry = load(name)
    assert entry.source.startswith("https://")
    assert list(files_of(entry)) or entry.apply or name in ("pubmed", "pmc")
