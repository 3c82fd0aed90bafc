"""The command line as a whole: help that teaches, light imports, one line for what is wrong."""

import argparse
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields

import pytest

from bioalbert import __version__
from bioalbert.cli import main, parser
from bioalbert.finetune.settings import FinetuneSettings

HEAVY = ("torch", "transformers", "pyarrow", "lxml", "matplotlib", "pandas", "tokenizers", "sentencepiece", "pydantic", "scipy")


def leaves(command: argparse.ArgumentParser, help_above: str = "") -> Iterator[tuple[str, str]]:
    """Every command that runs something, with its help and, for a family of small ones, that of its parent."""
    inner = [choice for action in command._actions if isinstance(action, argparse._SubParsersAction) for choice in action.choices.values()]
    shown = help_above + " " + " ".join(command.format_help().split())
    if not inner:
        yield command.prog, shown
    for child in inner:
        yield from leaves(child, shown)


COMMANDS = dict(leaves(parser()))


def test_every_command_of_the_contract_is_there():
    stages = {name.split()[1] for name in COMMANDS}
    assert stages >= {"datasets", "demo-data", "download", "corpus", "vocabulary", "tokens", "pretrain", "convert", "finetune", "evaluate"}
    assert stages >= {"predict", "score", "table", "report", "config", "plan"}


def test_help_tells_every_setting_of_a_fine_tune():
    told = COMMANDS["bioalbert finetune"]
    assert "max_length pieces in a row, special pieces included [128, at least 16]" in told
    assert all(f" {item.name} {item.metadata['description']} [" in told for item in fields(FinetuneSettings))
    assert "re learning_rate=2e-05 epochs=3.0" in told


@pytest.mark.parametrize("command", COMMANDS)
def test_help_works_and_shows_an_example(command, capsys):
    with pytest.raises(SystemExit) as left:
        main([*command.split()[1:], "--help"])
    assert left.value.code == 0
    assert command in capsys.readouterr().out
    example = COMMANDS[command].lower().partition("example")[2]
    assert f"{command} " in example


def test_building_the_parser_imports_nothing_heavy():
    code = "import sys; from bioalbert.cli import parser; parser(); print(*(name for name in sys.modules if '.' not in name))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "bioalbert" in loaded
    assert set(loaded).isdisjoint(HEAVY)


def test_version(capsys):
    with pytest.raises(SystemExit) as left:
        main(["--version"])
    assert left.value.code == 0
    assert capsys.readouterr().out == __version__ + "\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("", "bioalbert: the following arguments are required: COMMAND; see bioalbert --help"),
        ("pretrian", "bioalbert: argument COMMAND: invalid choice: 'pretrian'"),
        ("datasets --chekc", "bioalbert: unrecognized arguments: --chekc; see bioalbert --help"),
        ("table --runs a", "bioalbert table: the following arguments are required: --output; see bioalbert table --help"),
        ("finetune gad --model m --output o --seed one", "bioalbert finetune: argument --seed: invalid int value: 'one'"),
        ("score qa --golden g --predicted p --average all", "bioalbert score qa: argument --average: invalid choice: 'all'"),
    ],
)
def test_a_wrong_command_line_is_one_line(arguments, line, capsys):
    with pytest.raises(SystemExit) as left:
        main(arguments.split())
    assert left.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line)
    assert captured.err.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ("datasets ncbi", "bioalbert: the catalogue has no 'ncbi'; did you mean ncbi-disease"),
        (
            "score ner --gold {0}/gold.tsv --predicted {0}/gold.tsv",
            "bioalbert: {0}/gold.tsv: no such file; no name in {0} is like it; check",
        ),
        ("tokens --documents @{0}/list --vocabulary {0} --output {0}/store", "bioalbert: {0}/list: no such list of files"),
        ("pretrain --config {0} --output {0}/b --checkpoints {0}/c", "bioalbert: {0}: Is a directory"),
        ("report --table {0}/t.parquet --runs {0} --figures {0} --output {0}/r.html", "bioalbert: {0}/t.parquet: no such file"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(arguments, line, tmp_path, capfd):
    assert main(arguments.format(tmp_path).split()) == 2
    captured = capfd.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(line.format(tmp_path))
    assert captured.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_no_traceback_from_a_process_of_its_own(tmp_path):
    done = subprocess.run([sys.executable, "-m", "bioalbert", "datasets", "ncbi"], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("bioalbert: the catalogue has no 'ncbi'")
    assert done.stderr.count("\n") == 1


def test_a_reader_that_goes_away_is_no_error():
    """`bioalbert datasets | head -n 1`."""
    command = [sys.executable, "-m", "bioalbert", "datasets"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        child.stdout.close()
        assert child.stderr.read() == b""
    assert child.returncode == 0
