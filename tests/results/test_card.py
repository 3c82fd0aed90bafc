"""A model ready for the hub: its scores in its card, its weights as they were."""

import re
import shutil
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from huggingface_hub import ModelCard
from huggingface_hub.utils import filter_repo_objects
from transformers import AutoModelForPreTraining, AutoTokenizer

from bioalbert.cli import main
from bioalbert.convert.tf_to_hf import convert_to_hf
from bioalbert.corpus.leaks import Leaks
from bioalbert.files import read_json, write_json
from bioalbert.provenance import digest_of, public
from tests.convert.models import random_checkpoint, train_vocabulary
from tests.results.conftest import entity_scores, relation_scores

ROOT = Path(__file__).parents[2]
SUMMARY = {"shards": 2, "documents": 1234, "sentences": 56789, "characters": 1_000_000, "dropped": {}}


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A real bundle with a tokenizer."""
    folder = tmp_path_factory.mktemp("bundle")
    text = ["the cell binds a receptor", "aspirin inhibits cyclooxygenase in man", "mutations of brca1 raise the risk of cancer"]
    random_checkpoint(folder / "checkpoint")
    convert_to_hf(folder / "checkpoint", folder / "mine", train_vocabulary(folder / "30k-clean.model", text))
    return folder / "mine"


@pytest.fixture
def make_card(converted: Path, make_run, tmp_path: Path):
    """Runs of the model `mine` and of another, their table, and the card of `mine`; returns the folder."""
    make_run("mine", "ncbi-disease@biobert", entity_scores(0.5), seed=1)
    make_run("mine", "ncbi-disease@biobert", entity_scores(0.6), seed=2)
    make_run("mine", "ddi@blurb", relation_scores(0.0), flags=(("one-class", "every answer is 0"),))
    make_run("mine", "gad@biobert", relation_scores(0.7), fold=1)
    make_run("other", "ncbi-disease@biobert", entity_scores(0.9))
    assert main(["table", "--runs", f"{tmp_path}/runs", "--output", f"{tmp_path}/tables"]) == 0
    write_json(tmp_path / "corpus/pubmed/summary.json", SUMMARY)
    found = asdict(Leaks("ncbi-disease@biobert", "test", items=940, searchable=900, found=9, share=0.01, by_text=9, documents=7))
    write_json(tmp_path / "leaks/leaks.json", {"documents": 1200, "left_out": 34, "datasets": [found]})

    def make(*more: str, model: Path = converted, name: str = "hub") -> Path:
        arguments = ["--model", str(model), "--table", f"{tmp_path}/tables/results.parquet", "--output", str(tmp_path / name)]
        assert main(["card", *arguments, *more]) == 0
        return tmp_path / name

    return make


def test_the_hub_can_show_the_scores(make_card):
    card = ModelCard.load(make_card() / "README.md")
    shown = {(one.dataset_config, one.metric_type): one for one in card.data.eval_results}
    entity = shown["ncbi-disease@biobert", "entity_f1"]
    assert (entity.metric_value, entity.task_type, entity.dataset_type, entity.dataset_split) == (
        55.0,
        "token-classification",
        "ncbi-disease",
        "test",
    )
    assert entity.dataset_name == "NCBI-disease, disease mentions"
    assert card.data.model_name == "mine" and card.data.library_name == "transformers"


def test_flagged_and_partial_scores_stand_only_where_that_is_said(make_card):
    card = ModelCard.load(make_card() / "README.md")
    assert {one.dataset_config for one in card.data.eval_results} == {"ncbi-disease@biobert"}
    assert "every answer is 0" in card.text and "1 of its 10 folds only" in card.text


def test_the_card_tells_corpora_and_leaks(make_card, tmp_path):
    sources = ["--corpus", f"{tmp_path}/corpus/pubmed/summary.json", "--leaks", f"{tmp_path}/leaks/leaks.json"]
    text = (make_card(*sources) / "README.md").read_text()
    assert "| pubmed | 1,234 | 56,789 | 1,000,000 |" in text
    assert "| ncbi-disease@biobert | test | 940 | 900 | 9 | 1.00 % |" in text
    assert "were not left out of pre-training" in text
    assert "55.00 ± 7.07" in text and "90.00" not in text
    assert "hold them were left out" in (make_card(*sources, "--benchmarks-excluded") / "README.md").read_text()
    assert (make_card() / "README.md").read_text().count("\nNot given.\n") == 2


def test_the_folder_loads_as_the_bundle_does(make_card, converted):
    folder = make_card()
    ours, theirs = (AutoModelForPreTraining.from_pretrained(one).state_dict() for one in (folder, converted))
    assert all(torch.equal(ours[name], theirs[name]) for name in theirs)
    assert AutoTokenizer.from_pretrained(folder)("the cell").input_ids == AutoTokenizer.from_pretrained(converted)("the cell").input_ids
    assert {file.name for file in folder.iterdir()} == {file.name for file in converted.iterdir()}


def test_equal_cards_are_equal_and_name_what_they_are_made_of(make_card, converted, tmp_path):
    first, second = make_card(name="one"), make_card(name="two")
    assert digest_of(first) == digest_of(second)
    record = read_json(first / "provenance.json")
    assert record["settings"]["bundle"] == public(read_json(converted / "provenance.json"))
    assert set(record["inputs"]) == {"mine", "results.parquet"}


def test_no_place_of_this_machine_is_published(make_card, tmp_path):
    write_json(tmp_path / "corpus/pubmed/summary.json", SUMMARY)
    folder = make_card("--corpus", f"{tmp_path}/corpus/pubmed/summary.json")
    texts = [file.read_text() for file in folder.iterdir() if file.suffix in (".json", ".md", ".jsonl")]
    assert len(texts) >= 4 and not any(str(place) in text for text in texts for place in (tmp_path, Path.cwd()))
    record = read_json(folder / "provenance.json")
    assert all({"name", "system"}.isdisjoint(told["host"]) for told in (record, record["settings"]["bundle"]))


@pytest.fixture
def copy(converted, tmp_path):
    """A copy of the bundle whose record says something more."""

    def make(**more: object) -> Path:
        folder = tmp_path / "copy/mine"
        shutil.copytree(converted, folder)
        write_json(folder / "provenance.json", read_json(folder / "provenance.json") | more)
        return folder

    return make


def test_the_restricted_mark_stays_and_is_said(make_card, copy, capsys):
    assert read_json(make_card(model=copy(restricted=True)) / "provenance.json")["restricted"] is True
    said = capsys.readouterr().out
    assert "restricted, not for the public: " in said and "ready for the hub" not in said
    make_card(name="open")
    assert "ready for the hub" in capsys.readouterr().out


def test_an_untrained_model_has_no_corpora(make_card, copy):
    text = (make_card(model=copy(settings={"recipe": {"steps": 0}})) / "README.md").read_text()
    assert text.count("\nNone.\n") == 2 and "Not given." not in text


def test_a_model_without_runs_and_a_folder_that_is_no_bundle_are_refused(make_card, converted, tmp_path, refused):
    make_card()
    table = ["--table", tmp_path / "tables/results.parquet", "--output", tmp_path / "new"]
    (tmp_path / "strange").symlink_to(converted)
    assert "no run of 'strange'; it has mine, other" in refused("card", "--model", tmp_path / "strange", *table)
    assert "not a model bundle" in refused("card", "--model", tmp_path / "runs", *table)
    assert "make with: bioalbert table" in refused("card", "--model", converted, "--table", tmp_path / "no", "--output", tmp_path / "new")
    assert not (tmp_path / "new").exists()


def test_the_bundle_is_not_replaced_by_its_card(make_card, copy, tmp_path, refused):
    make_card()
    bundle = copy()
    before = digest_of(bundle)
    for output in (bundle, bundle / "..", tmp_path / "copy"):
        line = refused("card", "--model", bundle, "--table", tmp_path / "tables/results.parquet", "--output", output)
        assert line == f"bioalbert: {output}: --output: it would replace the bundle; name another folder"
    assert digest_of(bundle) == before


def test_a_card_of_a_card_is_refused(make_card, tmp_path, refused):
    made = make_card(name="hub/mine")
    line = refused("card", "--model", made, "--table", tmp_path / "tables/results.parquet", "--output", tmp_path / "again")
    assert line == f"bioalbert: {made}: --model: made by `bioalbert card` already; give the bundle that it was made of"
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize("page", ["README.md", "results/README.md", "bioalbert/results/cli.py"])
def test_what_the_workflow_leaves_in_a_folder_is_not_uploaded(page):
    """Snakemake dates the folders that it makes by a file in them."""
    (command,) = (line for line in (ROOT / page).read_text().splitlines() if "hf upload" in line)
    _, pattern, _ = re.search("hf upload.*", command)[0].split('"')
    assert list(filter_repo_objects([".snakemake_timestamp", "README.md", "config.json"], ignore_patterns=pattern)) == [
        "README.md",
        "config.json",
    ]
