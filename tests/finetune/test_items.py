"""Test items: their formula gives the very score that stands in metrics.json, for every task and metric."""

import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from bioalbert.files import read_json, write_json
from bioalbert.finetune.metrics.classification import label_items, score_labels
from bioalbert.finetune.metrics.items import ITEMS, TEXTS, Items, write_items
from bioalbert.finetune.metrics.ner import ner_items, score_ner
from bioalbert.finetune.metrics.qa import question_items, score_protocol, score_squad, squad_items
from bioalbert.finetune.metrics.re import re_items, score_re
from bioalbert.finetune.metrics.similarity import score_similarity, similarity_items
from bioalbert.finetune.run import evaluate, finetune
from bioalbert.results.formulas import score
from tests.finetune.conftest import SETTINGS
from tests.finetune.test_engine import main_score

LABELS = ("false", "A", "B", "C", "never")


@pytest.fixture
def written(tmp_path):
    """Items as they are read again."""

    def write(items: Items, restricted: bool = False) -> pd.DataFrame:
        write_items(tmp_path / ITEMS, items, restricted)
        return pd.read_parquet(tmp_path / ITEMS)

    return write


@pytest.fixture
def draws() -> random.Random:
    return random.Random(5)


def test_sentences(written, draws):
    words = [[f"w{place}" for place in range(draws.randint(1, 9))] for _ in range(60)]
    tags = [[[draws.choice(["O", "O", "B-x", "I-x", "B-y", "I-y"]) for _ in sentence] for sentence in words] for _ in range(2)]
    items = written(ner_items(words, *tags))
    scored = score_ner(*tags)["entity"]
    assert score(items) == pytest.approx(scored["f1"], abs=1e-12) and 0 < scored["f1"] < 1
    assert items[["gold", "predicted", "correct"]].sum().to_dict() == {key: scored[key] for key in ("gold", "predicted", "correct")}
    assert list(items["item"]) == [str(number) for number in range(60)] and set(items["stratum"]) == {0}
    told = written(ner_items([["a", "b", "c"]], [["B-x", "I-x", "B-y"]], [["O", "B-y", "O"]])).iloc[0]
    assert (told["text"], told["expected"], told["answered"], told["figure"]) == ("a b c", "a b [x]; c [y]", "b [y]", "entity f1")


@pytest.mark.parametrize(("metric", "figure"), [("micro-f1", "f1"), ("macro-f1", "f1"), ("accuracy", "accuracy")])
def test_labelled_texts(written, draws, metric, figure):
    gold, predicted = ([draws.choice(LABELS[:4]) for _ in range(80)] for _ in range(2))
    items = written(re_items([f"{n}" for n in range(80)], ["text"] * 80, gold, predicted, LABELS[1:], metric))
    scored = score_re(gold, predicted, LABELS, LABELS[1:], metric)[figure]  # "never" is neither in gold nor predicted: its F1 is 0
    assert score(items) == pytest.approx(scored, abs=1e-12) and 0 < scored < 1
    assert set(items["figure"]) == {figure}
    assert (list(items["expected"]), list(items["answered"])) == (gold, predicted)


def test_scored_pairs(written, draws):
    gold = [draws.uniform(0, 4) for _ in range(20)]
    predicted = [one + draws.gauss(0, 2) for one in gold]
    names, texts = [f"{n}" for n in range(20)], ["one | other"] * 20
    items = written(similarity_items(names, texts, gold, predicted))
    assert score(items) == pytest.approx(score_similarity(gold, predicted)["pearson"], abs=1e-12)
    assert items["correct"].isna().all() and list(items["gold"]) == gold
    assert score(written(similarity_items(names, texts, gold, [0.1] * 20))) == 0  # not defined


@pytest.mark.parametrize("metric", ["example-f1", "micro-f1"])
def test_documents_with_any_number_of_labels(written, draws, metric):
    documents = [f"d{number // 2}" for number in range(80)]
    gold, predicted = ([tuple(draws.sample(LABELS, draws.choice([0, 0, 1, 2]))) for _ in documents] for _ in range(2))
    items = written(label_items(documents, ["text"] * 80, gold, predicted, metric))
    both = items[(items["gold"] == 0) & (items["predicted"] == 0)]
    assert len(both) and len(items) == 40 and set(items["text"]) == {"text text"}
    assert score(items) == pytest.approx(score_labels(documents, gold, predicted, LABELS, metric)["f1"], abs=1e-12)
    assert set(items["figure"]) == {metric.replace("-", " ")}


ANSWERS = ["alpha", "beta", "gamma", "delta", "epsilon"]


def questions(draws: random.Random, kind: str) -> list[list[dict]]:
    """Batches of unequal size; the last one asks nothing of this kind."""
    batches = []
    for batch, size in enumerate((9, 4, 7)):
        asked = [{"id": f"{batch}-{number}", "type": kind, "body": "which?"} for number in range(size)]
        exact = {"yesno": lambda: draws.choice(["yes", "no"])}.get(kind, lambda: [[text] for text in draws.sample(ANSWERS, 2)])
        batches.append([one | {"exact_answer": exact()} for one in asked])
    return [*batches, [{"id": "s", "type": "summary"}]]


def submission(draws: random.Random, golden: list[list[dict]]) -> dict:
    """Answers to nine in ten."""
    asked = [one for batch in golden for one in batch if one["type"] != "summary" and draws.random() < 0.9]
    give = {"yesno": lambda: draws.choice(["yes", "no"])}
    return {one["id"]: give.get(one["type"], lambda: [[text] for text in draws.sample(ANSWERS, 3)])() for one in asked}


@pytest.mark.parametrize(("metric", "kind", "key"), [
    ("bioasq", "factoid", "mrr"), ("bioasq-pooled", "factoid", "mrr"), ("bioasq-list", "list", "f1"), ("bioasq-yesno", "yesno", "macro_f1"),
    ("bioasq-yesno-pooled", "yesno", "macro_f1"),
])  # fmt: skip
def test_questions(written, draws, metric, kind, key):
    golden = questions(draws, kind)
    answers = submission(draws, golden)
    assert len(answers) < 20
    items = written(question_items(metric, golden, answers))
    scored = score_protocol(metric, golden, answers)[key]
    assert score(items) == pytest.approx(scored, abs=1e-12) and 0 < scored < 1
    assert sorted(set(items["stratum"])) == ([0] if metric.endswith("pooled") else [1, 2, 3])
    assert set(items["figure"]) == {key.replace("_", " ")} and set(items["text"]) == {"which?"}


def test_what_people_read_of_a_question(written):
    golden = [[{"id": "a", "type": "list", "body": "which?", "exact_answer": [["x", "X1"], ["y"]]}]]
    told = written(question_items("bioasq-list", golden, {"a": [["x"], ["z"]]})).iloc[0]
    assert (told["expected"], told["answered"]) == ("x = X1; y", "x; z")


def test_squad(written):
    gold = {"a": ["the red cell", "cell"], "b": ["x y"], "c": ["z"]}
    answers = {"a": "red cells cell", "b": "x"}
    items = written(squad_items(dict.fromkeys(gold, "which?"), gold, answers))
    assert score(items) == pytest.approx(score_squad(gold, answers)["f1"]) and list(items["answered"]) == ["red cells cell", "x", ""]


@pytest.mark.parametrize("task", SETTINGS)
def test_a_run_leaves_its_items(runs, task):
    items, metrics = pd.read_parquet(runs / task / ITEMS), read_json(runs / task / "metrics.json")
    assert score(items) == pytest.approx(main_score(metrics), abs=1e-12)
    assert items["item"].is_unique and items[list(TEXTS)].notna().all(axis=None)
    if task == "ner":
        assert items["text"].iloc[0].split() == [line.split()[0] for line in _first_block(runs / task / "predictions.conll")]


def _first_block(file: Path) -> list[str]:
    return file.read_text().split("\n\n")[0].splitlines()


def test_restricted_items_hold_no_text(bundle, raw, entry, tmp_path):
    catalogue = tmp_path / "toy-re.yaml"
    catalogue.write_text(Path(entry["re"]).read_text() + "access: credentialed\napply: somewhere\n")
    finetune(str(catalogue), bundle, tmp_path / "run", raw, 1, 0, ["steps=1", "max_length=48"])
    items = pd.read_parquet(tmp_path / "run" / ITEMS)
    assert items[list(TEXTS)].isna().all(axis=None) and score(items) == pytest.approx(
        read_json(tmp_path / "run/metrics.json")["f1"], abs=1e-12
    )
    assert b"@GENE$" not in (tmp_path / "run" / ITEMS).read_bytes()


def test_evaluate_makes_the_items_of_an_older_run_if_it_still_scores_so(runs, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(runs / "re", run)
    before = (run / ITEMS).read_bytes()
    (run / ITEMS).unlink()
    evaluate(run)
    assert (run / ITEMS).read_bytes() == before
    (run / ITEMS).unlink()
    metrics = json.loads((run / "metrics.json").read_text())
    write_json(run / "metrics.json", metrics | {"f1": metrics["f1"] - 0.01})
    evaluate(run)
    assert not (run / ITEMS).exists()
