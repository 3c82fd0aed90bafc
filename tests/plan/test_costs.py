"""`bioalbert plan`: what a run asks for, held against figures that come from elsewhere."""

import copy
from pathlib import Path

import pytest
import yaml

from bioalbert.cli import main
from bioalbert.config.load import parse
from bioalbert.config.selection import Selection
from bioalbert.plan.costs import Cost, costs, uncounted

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def paper() -> dict:
    """config/paper.yaml with the notes."""
    return yaml.safe_load((PROJECT / "config/paper.yaml").read_text()) | {"mimic": "notes.csv.gz"}


def planned(values: dict) -> dict[str, Cost]:
    return costs(Selection(parse(copy.deepcopy(values))))


def test_pretraining_is_what_its_arithmetic_takes(paper):
    paper["versions"] = {"base-pubmed": paper["versions"]["base-pubmed"]}
    sequences = 200_000 * 1024
    # 292 GFLOP a sequence of 512 pieces forward and backward, 20 of them predicted; 74 TFLOP/s.
    assert planned(paper)["pretrain"].gpu_hours == pytest.approx(sequences * 292e9 / 74e12 / 3600, rel=0.02)


def test_base_and_large_are_of_their_size(paper):
    paper["versions"] = {"base-pubmed": paper["versions"]["base-pubmed"]}
    base = planned(paper)["convert"].gigabytes
    assert base == pytest.approx(2 * 4 * 11.7e6 / 1e9, rel=0.05)  # 11.7 million parameters; the initial bundle, and TensorFlow's


def test_pubmed_alone_is_a_night_of_one_core(paper):
    paper["versions"] = {"base-pubmed": paper["versions"]["base-pubmed"]}
    found = planned(paper)
    assert found["download"].gigabytes == pytest.approx(40, rel=0.1)
    assert 1.5 < found["corpus"].core_hours < 4  # docs/scale.md: 1.5 without the audits


def test_no_gpu_asked_for_is_core_hours(paper):
    on_gpus = planned(paper)
    for version in paper["versions"].values():
        version["gpus"] = 0
    on_cores = planned(paper)
    assert on_gpus["pretrain"].gpu_hours > 0 == on_cores["pretrain"].gpu_hours
    assert on_cores["pretrain"].core_hours > 1000 * on_gpus["pretrain"].core_hours


def test_fine_tunes_grow_with_seeds_and_epochs(paper):
    paper["finetune"]["datasets"] = {"ncbi-disease": {}}
    before = planned(paper)["finetune"]
    paper["finetune"]["seeds"] = [*range(1, 11)]
    assert planned(paper)["finetune"].gpu_hours == pytest.approx(2 * before.gpu_hours)
    paper["finetune"]["datasets"] = {"ncbi-disease": {"settings": {"epochs": 20}}}
    assert 3.8 < planned(paper)["finetune"].gpu_hours / before.gpu_hours < 4
    paper["finetune"]["datasets"] = {"ncbi-disease": {"settings": {"epochs": 20, "limit": 635}}}
    assert planned(paper)["finetune"].gpu_hours < before.gpu_hours


def test_limits_on_the_corpora_count(paper):
    whole = planned(paper)
    paper["corpora"]["pubmed"]["max_files"] = 10
    paper["corpora"]["pmc"]["max_files"] = 1000
    part = planned(paper)
    assert part["download"].gigabytes < 0.01 * whole["download"].gigabytes
    assert part["pretrain"] == whole["pretrain"]


def test_a_corpus_of_ones_own_is_said_to_be_left_out(paper, tmp_path, capsys):
    paper["corpora"]["mine"] = {"path": "mine.txt"}
    paper["versions"]["base-pubmed"]["corpora"] = ["pubmed", "mine"]
    assert uncounted(Selection(parse(paper))) == ["mine"]
    (tmp_path / "run.yaml").write_text(yaml.safe_dump(paper))
    assert main(["plan", "--configfile", str(tmp_path / "run.yaml"), "--config", "mimic=null"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "not counted, its size is not known: mine" in lines
    versions = "base-pubmed-mimic, base-pubmed-pmc-mimic, large-pubmed-mimic, large-pubmed-pmc-mimic"
    assert f"{versions}: left out, needs access to MIMIC-III clinical notes: https://physionet.org/content/mimiciii/1.4/" in lines
    assert (
        "mednli@official: left out, needs access to MedNLI, inference on clinical sentences: https://physionet.org/content/mednli/" in lines
    )
    rows = {line.split()[0]: line.split()[1:] for line in lines[1:9]}
    numbers = {stage: int(row[0].replace(",", "")) for stage, row in rows.items()}
    assert numbers.pop("all") == sum(numbers.values()) and numbers["pretrain"] == 8


def test_the_page_on_clusters_has_the_plan_of_the_paper(capsys, tmp_path, monkeypatch):
    page = (PROJECT / "docs/cluster.md").read_text()
    monkeypatch.chdir(tmp_path)  # where no data set has been put
    plan = ["plan", "--configfile", str(PROJECT / "config/paper.yaml")]
    assert main(plan) == 0
    _, jobs, core_hours, gpu_hours, disk = capsys.readouterr().out.splitlines()[8].split()
    assert f"{jobs} jobs, {core_hours} core hours, {gpu_hours} GPU hours, {disk} GB" in page
    assert main([*plan, "--config", "mimic=notes.csv.gz"]) == 0
    for line in capsys.readouterr().out.splitlines()[1:9]:
        assert f"| {' | '.join(line.split())} |" in page


@pytest.mark.parametrize(
    ("given", "told"), [("mimic", "--config: 'mimic' is not key=value"), ("mimmic=x", "mimmic: unknown key; did you mean mimic?")]
)
def test_values_given_beside_the_file_are_checked(refused, given, told):
    assert told in refused("plan", "--configfile", PROJECT / "config/paper.yaml", "--config", given)
