"""The profile for clusters: the lines that it asks to be edited reach all jobs that they are meant for."""

import re

import yaml

from tests.workflow.project import PROJECT

PROFILE = PROJECT / "profiles/slurm/profile.yaml"


def rules_with_gpus() -> set[str]:
    text = "\n".join(file.read_text() for file in (PROJECT / "workflow/rules").glob("*.smk"))
    rules = re.split(r"^rule (\w+):$", text, flags=re.MULTILINE)
    return {name for name, body in zip(rules[1::2], rules[2::2]) if re.search(r"^ {8}gpu=", body, re.MULTILINE)}


def test_the_three_lines_to_edit_reach_every_job():
    lines = PROFILE.read_text().splitlines()
    edited = iter(["cpu", "mine", "gpu"])
    text = "\n".join(re.sub(r"null +# EDIT:", lambda _: f"{next(edited)} #", line) for line in lines)
    assert next(edited, None) is None and text.count("EDIT") == 1  # the one in the heading
    profile = yaml.safe_load(text)
    assert profile["default-resources"] | {"slurm_partition": "cpu", "slurm_account": "mine"} == profile["default-resources"]
    partitions = {rule: values.get("slurm_partition") for rule, values in profile["set-resources"].items()}
    assert {rule for rule, partition in partitions.items() if partition == "gpu"} == rules_with_gpus() != set()
