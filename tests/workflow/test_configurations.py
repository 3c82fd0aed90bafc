"""Every shipped configuration is valid and builds its DAG; what is wrong in one is said in one line."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from bioalbert.catalogue import licences
from bioalbert.config import load, reference
from bioalbert.errors import InputError
from tests.workflow.project import PROJECT, Project

SHIPPED = [PROJECT / "config.yaml", *sorted((PROJECT / "config").glob("*.yaml"))]


@pytest.mark.parametrize("file", SHIPPED, ids=lambda file: file.name)
def test_shipped_configurations_are_valid(file: Path):
    assert load.load(file).versions


def test_reference_is_what_the_model_says():
    fix = "run: bioalbert config --reference"
    assert (PROJECT / "config/schema.json").read_text() == reference.schema(), fix
    assert (PROJECT / "docs/config.md").read_text() == reference.markdown(), fix
    assert (PROJECT / "docs/licences.md").read_text() == licences.markdown(), fix


def test_every_key_is_described():
    assert "| None |" not in reference.markdown()


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("recipes.minutes.learning_rat", 1.0, "did you mean learning_rate?"),
        ("recipes.minutes.steps", "many", "recipes.minutes.steps: Input should be a valid integer"),
        ("recipes.minutes.steps", -1, "greater than or equal to 0, got -1"),
        ("corporas", {}, "corporas: unknown key; did you mean corpora?"),
        ("versions.tiny-untrained.vocabulary", "own-604", "did you mean own-640?"),
        ("finetune.datasets.ncbi-disaese", {}, "did you mean ncbi-disease"),
        ("finetune.datasets.demo-re.folds", [2], "there is no fold 2; demo-re has folds 1 to 1"),
        ("finetune.datasets.demo-ner.settings.epoch", 2, "demo-ner.settings.epoch: unknown key; did you mean epochs?"),
        ("finetune.datasets.demo-ner.settings.learning_rate", "fast", "demo-ner.settings.learning_rate: expected a number, got 'fast'"),
        ("finetune.warmup.dataset", "squad@xsquad", "finetune.warmup.dataset: squad has no protocol 'xsquad'; did you mean xquad?"),
        ("finetune.warmup.settings.epoch", 2, "finetune.warmup.settings.epoch: unknown key; did you mean epochs?"),
        ("versions.tiny-pretrained.nodes", 3, "versions.tiny-pretrained: recipe.batch_size: 32 examples do not divide among 3 processes"),
        ("baseline", "tiny-untraind", "baseline: there is no 'tiny-untraind'; did you mean tiny-untrained or tiny-pretrained?"),
        ("versions.tiny-pretrained.snapshots", [1500], "versions.tiny-pretrained: snapshots: 1500 is not a step before recipe.steps 1500"),
        ("versions.tiny-untrained.snapshots", [1], "versions.tiny-untrained: snapshots: 1 is not a step before recipe.steps 0"),
        ("corpora.mine", {}, "needs the path of its files"),
        ("corpora.pubmed.languages", ["english"], "corpora.pubmed.languages.0: String should match pattern"),
        ("corpora.pubmed.languages", [], "at least 1 item"),
        ("corpora.pmc.languages", ["fre"], "corpora.pmc.languages: only the corpus pubmed has it"),
        ("corpora.pubmed.include", ["tables"], "corpora.pubmed.include: only the corpus pmc has it"),
        ("corpora.pmc.include", ["references"], "corpora.pmc.include.0: Input should be 'captions', 'tables' or 'formulas'"),
    ],
)
def test_errors_name_the_key_and_the_fix(path: str, value: object, words: str):
    config = yaml.safe_load((PROJECT / "config.yaml").read_text())
    *parents, last = path.split(".")
    block = config
    for parent in parents:
        block = block.setdefault(parent, {})
    block[last] = value
    with pytest.raises(InputError) as error:
        load.parse(config, "config.yaml")
    assert words in str(error.value)
    assert "\n" not in str(error.value)


@pytest.fixture(scope="module")
def project(new_project) -> Project:
    return new_project()


def test_paper_builds_its_dag_with_nothing_downloaded(project: Project):
    jobs = project.jobs("--configfile", "config/paper.yaml")
    # Half of the eight versions need the notes, which nobody has unless they say where.
    assert jobs["pretrain_version"] == 4
    assert (jobs["find_duplicates"], jobs["audit_leaks"]) == (2, 2)  # pubmed; pubmed and pmc
    assert not (project.folder / "data/raw").exists()


def test_notes_bring_the_other_versions(project: Project):
    (project.folder / "notes.csv.gz").touch()
    assert project.jobs("--configfile", "config/paper.yaml", "--config", "mimic=notes.csv.gz")["pretrain_version"] == 8


def test_a_version_is_warmed_up_once_for_all_years_of_bioasq(project: Project):
    """On SQuAD, or what stands in for it; without a warm-up there is no such job."""
    jobs = project.jobs("--configfile", "config/paper.yaml")
    assert (jobs["warm_up_model"], jobs["pretrain_version"]) == (4, 4)
    warmed = project.snakemake("-n", "--configfile", "config/real-cpu.yaml", "-p")
    assert (
        "finetune squad@xquad --model results/real-cpu/models/small-own8k --output results/real-cpu/warmups/small-own8k/squad@xquad"
        in warmed
    )
    assert "finetune bioasq-6b@7b-leakfree --model results/real-cpu/warmups/small-own8k/squad@xquad" in warmed
    assert "finetune gad@biobert --model results/real-cpu/models/small-own8k" in warmed
    cold = yaml.safe_load((project.folder / "config/real-cpu.yaml").read_text())
    cold["finetune"]["warmup"] = None
    (project.folder / "cold.yaml").write_text(yaml.safe_dump(cold))
    assert "warm_up_model" not in project.jobs("--configfile", "cold.yaml")


def test_memory_of_a_pretraining_follows_its_token_store(new_project):
    project = new_project()
    config = yaml.safe_load((project.folder / "config.yaml").read_text())
    config["versions"]["two"] = config["versions"]["tiny-pretrained"] | {"gpus": 2}
    (project.folder / "two.yaml").write_text(yaml.safe_dump(config))

    def asked() -> dict[str, str]:
        output = project.snakemake("-n", "--configfile", "two.yaml")
        jobs = re.findall(r"^rule pretrain_version:$.*?wildcards: version=(\S+).*?mem_mb=([^,]+),", output, re.MULTILINE | re.DOTALL)
        return dict(jobs)

    assert asked() == {"tiny-pretrained": "<TBD>", "two": "<TBD>", "tiny-untrained": "4000"}
    store = project.folder / "results/tokens/own-640/pubmed+pmc+mimic"
    store.mkdir(parents=True)
    for name, size in (("pieces.arrow", 90_000_000_000), ("sentences.arrow", 10_000_000_000)):
        with (store / name).open("wb") as file:
            file.truncate(size)
    assert asked() == {"tiny-pretrained": "7000", "two": "18000", "tiny-untrained": "4000"}


def test_absent_notes_are_an_error(project: Project):
    output = project.snakemake("-n", "--configfile", "config/paper.yaml", "--config", "mimic=nowhere.csv.gz", ok=False)
    assert "mimic: nowhere.csv.gz: no such file; give the path of NOTEEVENTS.csv.gz" in output


def test_a_configfile_is_not_merged_into_the_default(project: Project):
    config = yaml.safe_load((project.folder / "config.yaml").read_text())
    del config["versions"]["tiny-untrained"]
    del config["baseline"]  # it is that version
    (project.folder / "other.yaml").write_text(yaml.safe_dump(config))
    assert project.jobs("--configfile", "other.yaml")["pretrain_version"] == 1


def test_a_set_that_is_not_public_is_run_where_its_files_are(project: Project):
    config = yaml.safe_load((project.folder / "config.yaml").read_text())
    config["finetune"]["datasets"]["i2b2-2010"] = {}
    (project.folder / "notes.yaml").write_text(yaml.safe_dump(config))
    without = project.jobs("--configfile", "notes.yaml")
    assert without == project.jobs()
    folder = project.folder / config["data"] / "i2b2-2010"
    folder.mkdir(parents=True)
    for name in ("concept_assertion_relation_training_data.tar.gz", "reference_standard_for_test_data.tar.gz", "test_data.tar.gz"):
        (folder / name).touch()
    assert project.jobs("--configfile", "notes.yaml")["finetune_model"] == without["finetune_model"] + 4  # two models, two seeds


def own_set(folder: Path) -> None:
    folder.mkdir(parents=True)
    for split in ("train", "dev", "test"):
        (folder / f"{split}.tsv").write_text("IL-2\tB-gene\nin\tO\nmice\tB-species\n\n" * 9)


def with_datasets(project: Project, name: str, **datasets: dict) -> str:
    config = yaml.safe_load((project.folder / "config.yaml").read_text())
    config["finetune"]["datasets"] = datasets
    (project.folder / name).write_text(yaml.safe_dump(config))
    return name


def test_a_folder_of_ones_own_is_a_data_set_that_nobody_downloads(project: Project):
    own_set(project.folder / "own data/my_set")
    file = with_datasets(project, "own.yaml", **{"own data/my_set": {"settings": {"epochs": 1}}, "own data/my_set@biobert": {}})
    jobs = project.jobs("--configfile", file)
    assert jobs["finetune_model"] == 2 * 2 * 2 and "download_entry" not in jobs
    commands = project.snakemake("-n", "--printshellcmds", "--configfile", file)
    assert "finetune 'own data/my_set@dev'" in commands and "--output results/runs/tiny-untrained/my-set@biobert/seed1-fold0" in commands
    assert "--datasets 'own data/my_set@biobert' 'own data/my_set@dev'" in commands  # the leak audit


def test_data_sets_of_one_id_are_refused(project: Project, tmp_path: Path):
    for folder in ("a", "b"):
        own_set(tmp_path / folder / "mine")
    file = with_datasets(project, "twice.yaml", **{f"{tmp_path}/a/mine": {}, f"{tmp_path}/b/mine": {}})
    output = project.snakemake("-n", "--configfile", file, ok=False)
    assert f"{tmp_path}/a/mine is called mine too; rename one of the two" in output


def test_a_credentialed_set_runs_once_its_files_are_there(project: Project):
    file = with_datasets(project, "clinical.yaml", **{"demo-ner": {}, "share-clefe": {}})
    assert project.jobs("--configfile", file)["finetune_model"] == 4
    folder = project.folder / "data/demo-raw/share-clefe"
    for name in ("Task1TrainSetCorpus199", "Task1TestSetCorpus100", "Task1TrainSetGOLD199pipe", "Task1Gold_SN2012"):
        (folder / name).mkdir(parents=True)
    jobs = project.jobs("--configfile", file)
    assert (jobs["finetune_model"], jobs["download_entry"]) == (8, 1)


def test_a_key_that_stands_twice_stops_the_workflow(project: Project):
    (project.folder / "twice.yaml").write_text((project.folder / "config.yaml").read_text() + "results: elsewhere\n")
    output = project.snakemake("-n", "--configfile", "twice.yaml", ok=False)
    assert "the key 'results' stands there twice; it is on line 5 too" in output


def test_config_error_stops_the_workflow_with_its_line(project: Project):
    output = project.snakemake("-n", "--config", "corporas=1", ok=False)
    assert "corporas: unknown key; did you mean corpora?" in output


def test_lock_and_conda_file_follow_pyproject():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text())["project"]
    extras = project["optional-dependencies"]
    del extras["tf-oracle"]  # an oracle of the tests that no run needs
    lists = [project["dependencies"], *extras.values()]
    wanted = [Requirement(line) for lines in lists for line in lines]
    locked = dict(
        line.split("==") for line in (PROJECT / "envs/requirements.lock").read_text().splitlines() if line and not line.startswith("#")
    )
    assert locked["torch"] == "2.13.0"
    for requirement in wanted:
        assert requirement.specifier.contains(locked[requirement.name]), requirement
    conda = (PROJECT / "envs/environment.yaml").read_text()
    for requirement in wanted:
        assert str(requirement.specifier) == "" or all(str(part) in conda for part in requirement.specifier), requirement
