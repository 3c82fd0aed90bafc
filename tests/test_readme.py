"""What the README tells to run is what the command line takes; what it points to is there; the page of the steps has every rule."""

import re
import shlex
from pathlib import Path

import pytest

from bioalbert.cli import parser

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
IN_BLOCKS = re.findall(r"^    (bioalbert .+)$", README.replace("\\\n", ""), re.MULTILINE)
IN_TEXT = [span for span in re.findall(r"`(bioalbert [^`]+)`", README) if " -" in span]  # a bare `bioalbert tokens` is a name


@pytest.mark.parametrize("command", IN_BLOCKS + IN_TEXT)
def test_commands_are_taken(command: str):
    _, *arguments = shlex.split(command, comments=True)
    if arguments != ["--help"]:
        assert parser().parse_args(arguments).run


def test_there_are_commands_of_both_kinds():
    assert len(IN_BLOCKS) > 5 and len(IN_TEXT) > 8


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", README))
def test_links_lead_somewhere(target: str):
    assert target.startswith("http") or (ROOT / target).exists()


def test_the_steps_name_every_rule():
    rules = [
        name for file in (ROOT / "workflow/rules").glob("*.smk") for name in re.findall(r"^rule (\w+):", file.read_text(), re.MULTILINE)
    ]
    steps = (ROOT / "docs/steps.md").read_text(encoding="utf-8")
    assert [name for name in rules if f"`{name}`" not in steps and not name.startswith("collect_")] == []
    assert len(rules) > 20
