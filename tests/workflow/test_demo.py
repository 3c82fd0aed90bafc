"""The default run from generated raw files to the table: it finishes, does nothing twice, and continues after a kill."""

import csv
import os
import re
import shutil
from collections.abc import Callable

import pandas as pd
import pytest
import yaml
from huggingface_hub import ModelCard

from bioalbert.files import digest, read_json
from tests.workflow.project import Project

pytestmark = pytest.mark.whole_run
TRAINED, UNTRAINED = "tiny-pretrained", "tiny-untrained"


def test_table_holds_every_run(demo: Project):
    rows = pd.read_parquet(demo.folder / "results/tables/results.parquet")
    runs = rows[["model", "dataset", "seed"]].drop_duplicates()
    assert len(runs) == 2 * 3 * 2
    assert set(rows["model"]) == {TRAINED, UNTRAINED}
    assert set(rows.loc[rows["dataset"] == "demo-ner", "level"]) == {"", "entity", "token", "lost:train", "lost:test"}
    assert (rows["value"] >= 0).all()


def test_audits_meet_every_case(demo: Project):
    audits = demo.folder / "results/audits/pubmed+pmc+mimic"
    left_out = pd.read_parquet(audits / "duplicates.parquet")
    # Every fourth of 80 articles is a citation too; five revised citations tell what five added ones tell.
    assert left_out["reason"].value_counts().to_dict() == {"full text in": 20, "duplicate of": 5}
    leaks = pd.read_parquet(audits / "leaks/leaks.parquet")
    assert leaks[leaks["dataset"] == "demo-qa@biobert"][["id", "item", "how"]].values.tolist() == [
        ["pubmed:40001001", 0, "pmid"],
        ["pubmed:40001001", 0, "text"],
    ]
    assert set(leaks["dataset"]) == {"demo-ner@biobert", "demo-qa@biobert"}
    manifest = read_json(demo.folder / "results/tokens/own-640/pubmed+pmc+mimic/manifest.json")
    assert manifest["left_out"] == len(left_out)
    rows = pd.read_parquet(demo.folder / "results/tables/results.parquet")
    shares = rows.groupby(["model", "dataset"])["leaked"].first().to_dict()
    assert shares[TRAINED, "demo-qa"] == 1 / 144
    assert 0.1 < shares[TRAINED, "demo-ner"] < 0.2


def test_pretraining_helps(demo: Project):
    with open(demo.folder / "results/tables/results.csv", encoding="utf-8") as stream:
        lines = {(line["protocol"], line["figure"]): line for line in csv.DictReader(stream)}
    entity = lines["demo-ner@biobert", "entity f1"]
    assert float(entity[f"{TRAINED} mean"]) > float(entity[f"{UNTRAINED} mean"]) + 5


def test_rerun_does_nothing(demo: Project):
    assert "Nothing to be done" in demo.snakemake()


def test_results_are_shown_when_nothing_is_left_to_do(demo: Project):
    shown = demo.snakemake("show_results")
    assert (demo.folder / "results/tables/results.md").read_text() in shown
    assert "The report lies in results/report.html" in shown and "make_table" not in shown


def test_conversion_changed_nothing(demo: Project):
    checks = sorted(file.name for file in (demo.folder / "results/conversions").iterdir())
    assert checks == [f"{version}{end}" for version in (TRAINED, UNTRAINED) for end in (".json", ".provenance.json")]


def test_tables_figures_and_page_name_the_runs_that_they_show(demo: Project):
    results = demo.folder / "results"
    runs = {str(file.relative_to(demo.folder)) for file in results.glob("runs/*/*/*/metrics.json")}
    assert len(runs) == 12
    for record in ("tables/results.provenance.json", "figures/provenance.json", "report.provenance.json"):
        assert runs <= set(read_json(results / record)["inputs"])


def test_models_are_ready_for_the_hub(demo: Project):
    cards = {version: ModelCard.load(demo.folder / "results/hub" / version / "README.md") for version in (TRAINED, UNTRAINED)}
    for card in cards.values():
        assert {one.dataset_type for one in card.data.eval_results} <= {"demo-ner", "demo-re", "demo-qa"}
    assert cards[TRAINED].data.license == "other" and cards[UNTRAINED].data.license == "unknown"  # only one of them has seen notes
    assert "| demo-qa@biobert | test | 144 | 144 | 1 |" in cards[TRAINED].text
    assert cards[TRAINED].data.datasets == ["pubmed", "pmc", "mimic"] and cards[UNTRAINED].data.datasets is None


def test_report_of_snakemake(demo: Project, tmp_path):
    demo.snakemake("--report", str(tmp_path / "report.html"))
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    for name in ("results.html", "report.html", "scores.svg", "learning-curves.svg", "costs.svg", "coverage.svg"):
        assert name in text
    assert "the distance from the mean over the versions" in text  # a caption


def test_rulegraph(demo: Project):
    assert "flowchart" in demo.run("snakemake", "--rulegraph", "mermaid-js")


def change_config(project: Project, change) -> None:
    file = project.folder / "config.yaml"
    config = yaml.safe_load(file.read_text())
    change(config)
    file.write_text(yaml.safe_dump(config))


def test_one_changed_setting_reruns_only_what_depends_on_it(demo_copy: Project):
    change_config(demo_copy, lambda config: config["finetune"]["datasets"]["demo-qa"]["settings"].update(learning_rate=1.0e-4))
    changed = {"finetune_model": 4, "make_table": 1, "make_task_table": 1, "make_figures": 1, "make_card": 2, "make_report": 1}
    assert demo_copy.jobs() == changed


def test_a_data_set_of_ones_own_runs_and_a_changed_file_of_it_runs_again(demo_copy: Project):
    shutil.copytree(demo_copy.folder / "data/demo-raw/demo-ner", demo_copy.folder / "data/my_set")
    change_config(demo_copy, lambda config: config["finetune"]["datasets"].update({"data/my_set": {"settings": {"epochs": 1}}}))
    run = "results/runs/tiny-untrained/my-set@dev/seed1-fold0"
    demo_copy.snakemake(run)
    assert read_json(demo_copy.folder / run / "run.json")["sizes"]["dev"] > 0
    assert demo_copy.jobs(run) == {}
    test = demo_copy.folder / "data/my_set/test.tsv"
    times = test.stat()
    test.write_text(test.read_text() + "\nmore\tO\n")
    os.utime(test, ns=(times.st_atime_ns, times.st_mtime_ns))  # as a copy that keeps its time
    assert demo_copy.jobs(run) == {"finetune_model": 1}


def test_changed_recipe_keeps_corpus_and_vocabulary(demo_copy: Project):
    change_config(demo_copy, lambda config: config["recipes"]["minutes"].update(learning_rate=1.0e-3))
    jobs = demo_copy.jobs()
    assert jobs["pretrain_version"] == 1
    assert jobs["finetune_model"] == 6
    assert not {"build_shard", "train_vocabulary", "encode_tokens"} & set(jobs)


def test_excluding_the_benchmark_keeps_shards_and_duplicates(demo_copy: Project):
    change_config(demo_copy, lambda config: config["audit"].update(exclude_benchmarks=True))
    jobs = demo_copy.jobs()
    assert (jobs["train_vocabulary"], jobs["encode_tokens"], jobs["make_table"]) == (1, 1, 1)
    assert jobs["audit_leaks"] == 1  # of the corpora of the vocabulary, on which no version is trained
    assert not {"build_shard", "find_duplicates"} & set(jobs)


def test_number_of_processes_makes_nothing_stale(demo_copy: Project):
    change_config(demo_copy, lambda config: config["versions"][TRAINED].update(nodes=2, gpus=4))
    assert demo_copy.jobs() == {}


def test_changed_recipe_trains_again_by_two_processes(demo_copy: Project):
    change_config(demo_copy, lambda config: config["recipes"]["minutes"].update(steps=300))
    change_config(demo_copy, lambda config: config["versions"][TRAINED].update(gpus=2))
    bundle = demo_copy.folder / "results/models" / TRAINED
    demo_copy.snakemake(str(bundle.relative_to(demo_copy.folder)))
    assert "| Steps | 300 |" in (bundle / "README.md").read_text()


def contents(project: Project) -> dict[str, str]:
    """The digests of all results but those that tell when, where and how fast they were made."""
    results = project.folder / "results"
    files = {str(file.relative_to(results)): file for file in sorted(results.rglob("*")) if file.is_file()}
    told = re.compile(r"(benchmarks|checkpoints|logs)/.*|(.*[./])?provenance\.json|.*/log\.txt|figures/costs\..*|report\.html")
    return {name: digest(file) for name, file in files.items() if not told.fullmatch(name)}


def test_another_clone_killed_on_its_way_comes_to_the_same_bytes(demo: Project, new_project: Callable[[], Project]):
    again = new_project()
    checkpoints = again.folder / "results/checkpoints" / TRAINED
    again.run_until(lambda: any(checkpoints.rglob("step-*")), "snakemake", "--cores", "2")
    assert not (again.folder / "results/models" / TRAINED).exists()
    again.run("snakemake", "--unlock")
    again.snakemake()
    assert contents(again) == contents(demo)
    assert f"models/{TRAINED}/model.safetensors" in contents(again) and "tables/results.parquet" in contents(again)
