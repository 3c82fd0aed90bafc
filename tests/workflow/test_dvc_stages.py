"""Each stage of dvc.yaml names the keys, rules and code that Snakemake's jobs up to its own depend on: none makes what is another's."""

import re
from dataclasses import dataclass
from functools import reduce
from operator import getitem

import pytest
import yaml

from bioalbert.config.model import Config
from tests.workflow.project import PROJECT, Project

pytestmark = pytest.mark.whole_run

STAGES = yaml.safe_load((PROJECT / "dvc.yaml").read_text())["stages"]
COLLECT = re.compile(r"snakemake --cores all(?: (\w+))?$")
TARGETS = {stage: COLLECT.search(told["cmd"])[1] or "all" for stage, told in STAGES.items()}
# Other values of the default run's keys. Not of `results`: the outputs of dvc.yaml lie there by name.
CHANGES: dict[str, list[dict[str, object]]] = {
    "data": [{"data": "data/elsewhere"}],
    "mirror": [{"mirror": "data/another-mirror"}],
    "demo": [{"demo.seed": 2}],
    "mimic": [{"mimic": None}],
    "restricted_remotes": [{"restricted_remotes": ["store"]}],
    "corpora": [{"corpora.pubmed.shards": 3}],
    "audit": [{"audit.drop_duplicates": False}],
    "vocabularies": [{"vocabularies.own-640.train": ["pubmed"]}],
    "architectures": [{"architectures.tiny.embedding_size": 32}],
    "recipes": [{"recipes.minutes.seed": 2}, {"recipes.minutes.steps": 0}],
    "versions": [{"versions.tiny-pretrained.corpora": ["pubmed"]}],
    "finetune": [{"finetune.seeds": [1]}, {"finetune.datasets": {"demo-ner": {}}}],
    "baseline": [{"baseline": None}],
}


@dataclass(frozen=True)
class Job:
    rule: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    command: str


def jobs(project: Project, config: dict) -> dict[str, frozenset[Job]]:
    """All jobs up to those of each stage, as if nothing had been made yet."""
    (project.folder / "changed.yaml").write_text(yaml.safe_dump(config))
    options = ("--dry-run", "--forceall", "--printshellcmds", "--notemp", "--configfile", "changed.yaml")
    printed = project.snakemake(*TARGETS.values(), *options)
    found = [_job(block) for block in re.findall(r"^(?:local)?rule \w+:\n.*?(?=\n\n)", printed, re.DOTALL | re.MULTILINE)]
    makers = {output: job for job in found for output in job.outputs}
    return {stage: _up_to(next(job for job in found if job.rule == target), makers) for stage, target in TARGETS.items()}


def _job(block: str) -> Job:
    files = {name: tuple(listed.split(", ")) for name, listed in re.findall(r"^    (input|output): (.*)$", block, re.MULTILINE)}
    return Job(re.search(r"rule (\w+)", block)[1], files.get("input", ()), files.get("output", ()), block.partition("Shell command: ")[2])


def _up_to(job: Job, makers: dict[str, Job]) -> frozenset[Job]:
    return frozenset({job}.union(*(_up_to(makers[file], makers) for file in job.inputs if file in makers)))


def changed(values: dict[str, object]) -> dict:
    """The default run's configuration with other values, and the benchmark left out of the corpora: so most depends on most."""
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    for place, value in ({"audit.exclude_benchmarks": True} | values).items():
        *above, key = place.split(".")
        reduce(getitem, above, config)[key] = value
    return config


@pytest.fixture(scope="module")
def default(new_project) -> tuple[Project, dict[str, frozenset[Job]]]:
    project = new_project()
    return project, jobs(project, changed({}))


def test_all_keys_are_looked_at():
    assert set(CHANGES) == set(Config.model_fields) - {"results"}


@pytest.mark.parametrize("key", CHANGES)
def test_stages_name_the_keys_that_change_their_jobs(default, key: str):
    project, before = default
    after = [jobs(project, changed(values)) for values in CHANGES[key]]
    depend = {stage for stage in STAGES for found in after if found[stage] != before[stage]}
    assert depend == {stage for stage, told in STAGES.items() if key in told["params"][0]["config.yaml"]}


@pytest.mark.parametrize("stage", STAGES)
def test_stages_name_the_rules_and_the_code_of_their_jobs(default, stage: str):
    _, found = default
    rules = {job.rule for job in found[stage]} - {TARGETS[stage]}
    files = [
        file for file in (PROJECT / "workflow/rules").glob("*.smk") if rules & set(re.findall(r"^rule (\w+):", file.read_text(), re.M))
    ]
    code = [f"bioalbert/{file.stem}" for file in files]
    needed = {"Snakefile", "workflow/rules/common.smk", *code, *(str(file.relative_to(PROJECT)) for file in files)}
    assert needed <= set(STAGES[stage]["deps"])
