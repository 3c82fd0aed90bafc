"""Whole runs of the tiny model on the toy data sets, from the command line's functions down."""

import json
import re
import shutil
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file

from bioalbert.catalogue.entries import load
from bioalbert.cli import main
from bioalbert.draws import generator
from bioalbert.errors import InputError
from bioalbert.files import digest, read_json
from bioalbert.finetune import engine
from bioalbert.finetune.encoder import load_head, load_tokenizer, new_head
from bioalbert.finetune.examples import Sentence
from bioalbert.finetune.raw import predict
from bioalbert.finetune.run import evaluate, finetune
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.ner import Tagging
from bioalbert.finetune.tasks.similarity import Regression
from tests.finetune.conftest import SETTINGS

TEXTS = ("re", "inference", "similarity", "classification")
FILES = {"ner": "predictions.conll", "qa": "predictions.json"} | dict.fromkeys(TEXTS, "predictions.tsv")


def main_score(metrics):
    return (
        metrics["entity"]["f1"]
        if "entity" in metrics
        else next(metrics[name] for name in ("mrr", "f1", "accuracy", "pearson") if name in metrics)
    )


@pytest.mark.parametrize("task", SETTINGS)
def test_a_trivial_task_is_learnt(runs, task):
    metrics = read_json(runs / task / "metrics.json")
    assert main_score(metrics) > 0.9
    assert metrics["protocol"] == f"toy-{task}@p" and metrics["flags"] == []
    names = {path.name for path in (runs / task).iterdir()}
    assert names == {"metrics.json", "run.json", FILES[task], "items.parquet", "log.txt", "model", "provenance.json"}


def test_what_was_trained_on_is_counted_and_timed(runs):
    for task in SETTINGS:
        record, host = read_json(runs / task / "run.json"), read_json(runs / task / "provenance.json")["host"]
        longest = record["settings"]["max_length"] * record["settings"]["batch_size"] * record["training"]["steps"]
        assert record["training"]["steps"] < record["training"]["pieces"] <= longest
        assert 0 < host["training_seconds"] <= host["seconds"]


@pytest.mark.parametrize("task", SETTINGS)
def test_evaluate_gives_the_same_metrics(runs, task):
    assert evaluate(runs / task) == read_json(runs / task / "metrics.json")


def test_predictions_score_what_metrics_say(runs, raw):
    from bioalbert.finetune.metrics.bioasq_json import read_golden, read_submission
    from bioalbert.finetune.metrics.ner import score_files
    from bioalbert.finetune.metrics.qa import score_qa

    metrics = {task: read_json(runs / task / "metrics.json") for task in SETTINGS}
    scored = score_files(raw / "toy-ner/test.tsv", runs / "ner/predictions.conll")
    assert scored == {key: metrics["ner"][key] for key in scored}
    scored = score_qa([read_golden(raw / "toy-qa/golden.json")], read_submission(runs / "qa/predictions.json"))
    assert scored == {key: metrics["qa"][key] for key in scored} and metrics["qa"]["ceiling"] == 1.0


@pytest.mark.parametrize("task", TEXTS)
def test_predictions_of_texts_score_what_metrics_say(runs, raw, entry, capsys, task):
    metrics = read_json(runs / task / "metrics.json")
    arguments = ["--gold", raw / f"toy-{task}/test.tsv", "--predicted", runs / task / "predictions.tsv"]
    assert main(["score", "re", "--protocol", f"{entry[task]}@p", *map(str, arguments)]) == 0
    scored = json.loads(capsys.readouterr().out)
    assert scored.pop("metric") == load(entry[task]).protocols["p"].metric
    assert scored == {key: metrics[key] for key in scored} and len(scored) > 1
    assert set(metrics) - set(scored) == {"baseline", "seen_in_training", "lost", "flags"}


def test_the_majority_baseline_stands_beside_the_score(runs, raw):
    metrics = {task: read_json(runs / task / "metrics.json") for task in SETTINGS}
    assert metrics["re"]["baseline"] == pytest.approx({"precision": 0, "recall": 0, "f1": 0})  # as many of either label; "0" comes first
    assert metrics["inference"]["baseline"]["accuracy"] == 0.5
    assert metrics["similarity"]["baseline"] == {"pearson": 0, "spearman": 0}
    rows = [line.split("\t") for line in (raw / "toy-classification/test.tsv").read_text().splitlines()]
    record = read_json(runs / "classification/run.json")
    label = record["baseline"]["answer"]
    gold = {(index.partition("_")[0], one) for index, _, labels in rows for one in labels.split(";") if one}
    right, answered, wanted = sum(one == label for _, one in gold), len(rows) // 2, len(gold)
    assert metrics["classification"]["baseline"]["micro_f1"] == pytest.approx(2 * right / (answered + wanted))
    assert metrics["qa"]["baseline"]["mrr"] < 0.1  # its own: the longest capitalised spans
    assert "baseline" not in metrics["ner"]


def test_a_run_below_the_baseline_says_so(bundle, raw, entry, tmp_path, monkeypatch):
    monkeypatch.setattr(Regression, "prediction", lambda *_: 0.0)
    metrics = finetune(entry["similarity"], bundle, tmp_path / "run", raw, 1, 0, ["steps=1", "max_length=48"])
    flags = {flag["flag"]: flag["reason"] for flag in metrics["flags"]}
    assert flags["below-baseline"].startswith("0.0000 is not above the baseline's 0.0000, which always answers 2.3333")
    assert flags["degenerate"].startswith("every prediction is 0.0")


def test_a_regression_starts_at_the_mean_score(bundle, raw, entry, tmp_path):
    finetune(entry["similarity"], bundle, tmp_path / "run", raw, 1, 0, ["steps=1", "learning_rate=1.0e-9", "max_length=48"])
    lines = (tmp_path / "run/predictions.tsv").read_text().splitlines()
    assert np.mean([float(line.split("\t")[1]) for line in lines]) == pytest.approx(7 / 3, abs=0.2)


def test_test_texts_that_stand_in_training_are_counted(bundle, raw, entry, tmp_path):
    shutil.copytree(raw / "toy-re", tmp_path / "toy-re")
    texts = [line.rpartition("\t")[0] for line in (raw / "toy-re/train.tsv").read_text().splitlines()[:4]]
    with (tmp_path / "toy-re/test.tsv").open("a") as test:
        test.writelines(f"{text}  \t0\n" for text in texts)  # white space and the label do not count
    metrics = finetune(entry["re"], bundle, tmp_path / "run", tmp_path, 1, 0, ["steps=1", "max_length=48"])
    before = read_json(tmp_path / "run/run.json")["seen_in_training"]
    assert before >= 4 and metrics["seen_in_training"] == before / 44
    assert evaluate(tmp_path / "run") == metrics


def test_equal_seeds_give_equal_files_and_others_do_not(runs, bundle, raw, entry, tmp_path):
    for seed in (1, 2):
        finetune(entry["re"], bundle, tmp_path / str(seed), raw, seed, 0, SETTINGS["re"])
    for name in ("model/model.safetensors", "metrics.json", "run.json", "predictions.tsv", "items.parquet"):
        assert digest(tmp_path / "1" / name) == digest(runs / "re" / name)
    assert digest(tmp_path / "2/model/model.safetensors") != digest(runs / "re/model/model.safetensors")


def test_a_run_goes_on_from_a_warm_up_and_says_so(runs, bundle, raw, entry, tmp_path):
    """The warm-up's head goes on too: an untrained run of no learning rate scores what the warm-up did."""
    still = ["learning_rate=1e-12", "steps=1", *SETTINGS["qa"][2:]]
    warm = finetune(entry["qa"], runs / "qa", tmp_path / "warm", raw, 1, 0, still)
    cold = finetune(entry["qa"], bundle, tmp_path / "cold", raw, 1, 0, still)
    assert warm["mrr"] == read_json(runs / "qa/metrics.json")["mrr"] > 0.9 > cold["mrr"]
    record = read_json(tmp_path / "warm/run.json")
    assert (record["model"], record["after"]) == (bundle.name, ["toy-qa@p"])
    assert read_json(tmp_path / "warm/provenance.json")["settings"]["after"] == ["toy-qa@p"]
    assert read_json(tmp_path / "cold/run.json")["after"] == []


def test_a_run_without_the_warm_up_that_its_protocol_wants_is_flagged(bundle, raw, entry, tmp_path):
    """Without one; after another one, or a part of it; after the right one."""
    wanting = tmp_path / "toy-qa.yaml"
    protocol = "metric: bioasq, after: toy-qa@p, comparable: a paper"
    wanting.write_text(Path(entry["qa"]).read_text().replace("metric: bioasq", protocol))
    quick = ["steps=1", *SETTINGS["qa"][2:]]
    starts = {"cold": bundle}
    for name, dataset, settings in (("other", "re", []), ("part", "qa", ["limit=9"]), ("right", "qa", [])):
        rows = quick if dataset == "qa" else ["steps=1", *SETTINGS["re"][2:]]
        starts[name] = tmp_path / f"start-{name}"
        finetune(entry[dataset], bundle, starts[name], raw, 1, 0, [*rows, *settings])
    told = {}
    for name, start in starts.items():
        metrics = finetune(str(wanting), start, tmp_path / name, raw, 1, 0, quick)
        told[name] = next((flag["reason"] for flag in metrics["flags"] if flag["flag"] == "warm-up"), None)
        assert read_json(tmp_path / name / "run.json")["comparable"] == ("a paper" if name == "right" else None)
        assert evaluate(tmp_path / name) == metrics
    assert told["cold"].startswith("fine-tuned without a warm-up on toy-qa@p")
    assert told["other"].startswith("fine-tuned on toy-re@p first, not on toy-qa@p")
    assert told["part"].startswith("fine-tuned on toy-qa@p (9 examples) first, not on toy-qa@p")
    assert told["right"] is None


def test_a_run_that_diverges_is_finished_and_flagged(bundle, raw, entry, tmp_path, monkeypatch):
    steps = iter([0.5, 0.4] + [None] * 100)
    monkeypatch.setattr(engine, "_step", lambda *_: next(steps))
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, ["limit=50", "max_length=32"])
    flags = {flag["flag"]: flag["reason"] for flag in metrics["flags"]}
    assert "step 3" in flags["diverged"] and "learning_rate" in flags["diverged"]
    assert "50 of 200 examples" in flags["limited"]
    assert read_json(tmp_path / "run/run.json")["training"]["steps"] == 2
    monkeypatch.undo()
    assert evaluate(tmp_path / "run") == metrics


def test_a_run_that_diverges_after_an_epoch_is_not_called_learnt_by_heart(bundle, raw, entry, tmp_path, monkeypatch):
    steps = iter([0.9] * 7 + [None])
    monkeypatch.setattr(engine, "_step", lambda *_: next(steps))
    monkeypatch.setattr(Tagging, "decode", lambda self, examples, outputs: [["O"] * len(one.words) for one in examples])
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, ["epochs=3", "max_length=32"])
    assert [flag["flag"] for flag in metrics["flags"]] == ["diverged", "degenerate", "zero-score"]
    assert all("lower learning_rate or raise warmup" in flag["reason"] for flag in metrics["flags"])


def test_a_rate_that_spoils_the_encoder_is_flagged(bundle, raw, entry, tmp_path):
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, ["learning_rate=1", "epochs=1", "max_length=32"])
    assert metrics["flags"] and all("lower learning_rate" in flag["reason"] for flag in metrics["flags"])
    assert evaluate(tmp_path / "run") == metrics


def test_a_run_that_finds_nothing_is_flagged_with_the_likely_fix(bundle, raw, entry, tmp_path, monkeypatch):
    monkeypatch.setattr(Tagging, "decode", lambda self, examples, outputs: [["O"] * len(one.words) for one in examples])
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, ["epochs=5", "max_length=32"])
    flags = {flag["flag"]: flag["reason"] for flag in metrics["flags"]}
    assert list(flags) == ["degenerate", "zero-score"] and "every word is predicted as O" in flags["degenerate"]
    assert all("train longer (it was 35 steps)" in reason for reason in flags.values())  # a dev score of 0 uses up no patience
    assert metrics["token"]["accuracy"] > 0.5 and metrics["entity"]["predicted"] == 0


def test_a_run_that_learns_by_heart_is_told_apart_from_one_that_learns_nothing(bundle, raw, entry, tmp_path, monkeypatch):
    losses = iter([0.9] * 7 + [0.8] * 7 + [0.4] * 7)
    monkeypatch.setattr(engine, "_step", lambda *_: next(losses))
    monkeypatch.setattr(engine._Best, "stops", lambda self, *_: setattr(self, "_epoch", 1))
    monkeypatch.setattr(Tagging, "decode", lambda self, examples, outputs: [["O"] * len(one.words) for one in examples])
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, ["epochs=3", "max_length=32"])
    assert all("best by epoch 1 of 3, after it texts were learnt by heart" in flag["reason"] for flag in metrics["flags"])


def test_a_test_part_without_entities_is_named_as_the_reason(bundle, raw, entry, tmp_path):
    shutil.copytree(raw / "toy-ner", tmp_path / "toy-ner")
    test = tmp_path / "toy-ner/test.tsv"
    test.write_text(re.sub(r"\t[BI]\S*", "\tO", test.read_text()))
    metrics = finetune(entry["ner"], bundle, tmp_path / "run", tmp_path, 1, 0, ["epochs=1", "max_length=32"])
    assert metrics["entity"]["gold"] == 0 and "no-gold" in {flag["flag"] for flag in metrics["flags"]}
    assert "zero-score" not in {flag["flag"] for flag in metrics["flags"]}


def test_a_setting_of_other_tasks_is_refused(bundle, raw, entry, tmp_path):
    with pytest.raises(InputError, match="--set max_answer: the task re has no use for it"):
        finetune(entry["re"], bundle, tmp_path / "run", raw, 1, 0, ["max_answer=5"])
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("seen", [2, 3])
def test_a_test_part_that_was_mostly_trained_on_is_flagged(bundle, raw, entry, tmp_path, seen):
    shutil.copytree(raw / "toy-re", tmp_path / "toy-re")
    trained_on = (raw / "toy-re/train.tsv").read_text().splitlines()[:seen]
    (tmp_path / "toy-re/test.tsv").write_text("\n".join([*trained_on, "One text of its own.\t0", "And another one.\t1"]) + "\n")
    metrics = finetune(entry["re"], bundle, tmp_path / "run", tmp_path, 1, 0, ["steps=1", "max_length=48"])
    flags = {flag["flag"]: flag["reason"] for flag in metrics["flags"]}
    assert ("test-in-training" in flags) == (seen == 3)
    assert seen < 3 or flags["test-in-training"].startswith("3 of 5 test examples stand in the training part")


def test_patience_waits_until_something_is_right():
    model = torch.nn.Linear(1, 1)
    best = engine._Best(patience=2)
    assert [best.stops(model, epoch, score) for epoch, score in enumerate([0, 0, 0, 0, 0.1, 0.1, 0.05], start=1)] == [False] * 6 + [True]
    never = engine._Best(patience=0)
    assert not any(never.stops(model, epoch, 0.5) for epoch in range(1, 50)) and never.restore(model) == 1


def test_gelu_in_one_step_is_the_same_function_and_the_configuration_stays(bundle):
    from transformers import AutoModelForTokenClassification
    from transformers.activations import NewGELUActivation

    torch.manual_seed(0)
    ours = load_head(bundle, "TokenClassification")
    theirs = AutoModelForTokenClassification.from_pretrained(bundle).eval()
    theirs.load_state_dict(ours.state_dict())
    assert any(isinstance(module, NewGELUActivation) for module in theirs.modules())
    assert not any(isinstance(module, NewGELUActivation) for module in ours.modules())
    assert ours.config.hidden_act == "gelu_new"
    ids = torch.arange(6, 70)[None]
    torch.testing.assert_close(ours(ids).logits, theirs(ids).logits)


def test_predictions_come_in_batches_of_so_many_positions(bundle, monkeypatch):
    from bioalbert.finetune.pieces import Row
    from bioalbert.finetune.settings import FinetuneSettings

    sizes = []
    tensors = engine._tensors
    monkeypatch.setitem(engine.POSITIONS, "cpu", 40)
    monkeypatch.setattr(
        engine, "_tensors", lambda model, rows, pad: sizes.append([len(row.ids) for row in rows]) or tensors(model, rows, pad)
    )
    rows = [Row([2] + [9] * (length - 2) + [3], [0] * length, number) for number, length in enumerate([5, 50, 20, 10, 20, 8])]
    found = list(engine.predict(load_head(bundle, "TokenClassification"), rows, 0, FinetuneSettings()))
    assert sizes == [[50], [20, 20], [10, 8, 5]]
    assert sorted(row.example for row, _ in found) == list(range(6))
    assert all(len(logits[0]) >= len(row.ids) for row, logits in found)


def test_a_loss_that_is_not_finite_never_reaches_the_weights(bundle, raw, entry, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(bundle, tmp_path / "broken")
    weights = load_file(bundle / "model.safetensors")
    name = next(name for name in weights if "position_embeddings" in name)
    weights[name][0] = 3e38  # the next sum is infinite
    save_file(weights, tmp_path / "broken/model.safetensors", {"format": "pt"})
    metrics = finetune(entry["re"], tmp_path / "broken", tmp_path / "run", raw, 1, 0, SETTINGS["re"])
    assert {"diverged", "degenerate"} <= {flag["flag"] for flag in metrics["flags"]}
    after = load_file(tmp_path / "run/model/model.safetensors")
    assert all(after[key].equal(weights[key]) for key in weights if key in after and key != name)


def test_an_encoder_that_is_not_finite_is_refused(bundle, tmp_path):
    from safetensors.torch import load_file, save_file

    shutil.copytree(bundle, tmp_path / "broken")
    weights = load_file(bundle / "model.safetensors")
    next(values for name, values in weights.items() if "position_embeddings" in name)[3, 1] = float("nan")
    save_file(weights, tmp_path / "broken/model.safetensors", {"format": "pt"})
    with pytest.raises(InputError, match=r"broken: weights that are not finite numbers \(.*position_embeddings"):
        load_head(tmp_path / "broken", "TokenClassification")


def test_the_best_epoch_on_the_dev_set_is_kept(bundle, raw, entry, tmp_path, monkeypatch):
    scores = iter([0.2, 0.7, 0.1, 0.3])
    weights = []
    stops = engine._Best.stops

    def scripted(self, model, epoch, _):
        weights.append({name: tensor.clone() for name, tensor in model.state_dict().items()})
        return stops(self, model, epoch, next(scores))

    monkeypatch.setattr(engine._Best, "stops", scripted)
    finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, [*SETTINGS["ner"], "patience=2"])
    assert len(weights) == 4  # 0.7, then two epochs that are not better
    record = read_json(tmp_path / "run/run.json")
    assert record["training"]["best_epoch"] == 2 and record["sizes"]["dev"] == 20
    from safetensors.torch import load_file

    kept = load_file(tmp_path / "run/model/model.safetensors")
    assert all((kept[name] == weights[1][name]).all() for name in kept)
    assert any((kept[name] != weights[3][name]).any() for name in kept)


def test_batches_hold_every_row_once_and_little_padding():
    lengths = np.random.default_rng(0).integers(5, 100, 997).tolist()
    found = engine.batches(lengths, 8, generator(1, "order", 0))
    assert Counter(row for batch in found for row in batch) == Counter(range(997))
    assert max(map(len, found)) == 8 and len(found) == 125
    padded = sum(len(batch) * max(lengths[row] for row in batch) for batch in found)
    assert padded / sum(lengths) < 1.1
    again = engine.batches(lengths, 8, generator(1, "order", 0))
    assert found == again and found != engine.batches(lengths, 8, generator(1, "order", 1))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["learning_rte=1.0e-4"], "learning_rte.*did you mean learning_rate"),
        (["max_length=4096"], "max_length.*512"),
        (["batch_size=0"], "batch_size.*at least 1"),
    ],
)
def test_bad_settings_are_refused_and_nothing_is_left(bundle, raw, entry, tmp_path, settings, message):
    with pytest.raises(InputError, match=message):
        finetune(entry["ner"], bundle, tmp_path / "run", raw, 1, 0, settings)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_without_a_model_is_refused(raw, entry, tmp_path):
    with pytest.raises(InputError, match=r"config\.json"):
        finetune(entry["ner"], tmp_path, tmp_path / "run", raw, 1, 0, [])


def test_a_missing_model_is_refused_with_its_nearest_neighbour(tmp_path):
    (tmp_path / "models/tiny-pretrained").mkdir(parents=True)
    (tmp_path / "models/tiny-pretrained/config.json").write_text("{}")
    with pytest.raises(InputError, match="did you mean tiny-pretrained"):
        load_tokenizer(tmp_path / "models/tiny-pretraind", 128)
    with pytest.raises(InputError, match="takes a bundle"):
        load_tokenizer(tmp_path / "nowhere/model", 128)


def test_a_run_of_another_task_gives_its_encoder_and_no_head(runs, raw, entry, tmp_path):
    """Its head is of another size."""
    finetune(entry["re"], runs / "ner", tmp_path / "run", raw, 1, 0, [*SETTINGS["re"], "steps=1", "learning_rate=1e-9"])
    before, after = (load_file(folder / "model/model.safetensors") for folder in (runs / "ner", tmp_path / "run"))
    assert before["classifier.weight"].shape[0] == 3 and after["classifier.weight"].shape[0] == 2
    name = "albert.embeddings.word_embeddings.weight"
    np.testing.assert_allclose(after[name], before[name], atol=1e-6)
    assert read_json(tmp_path / "run/run.json")["after"] == ["toy-ner@p"]


def test_a_limit_above_the_number_of_examples_limits_nothing(bundle, raw, entry, tmp_path):
    metrics = finetune(entry["re"], bundle, tmp_path / "run", raw, 1, 0, [*SETTINGS["re"], "limit=100000", "steps=1"])
    assert "limited" not in {flag["flag"] for flag in metrics["flags"]}


def test_a_seed_out_of_range_is_refused(bundle, raw, entry, tmp_path):
    with pytest.raises(InputError, match="the seed is -1; give a number from 0"):
        finetune(entry["re"], bundle, tmp_path / "run", raw, -1, 0, SETTINGS["re"])
    assert not (tmp_path / "run").exists()


def test_a_run_of_an_older_version_predicts_and_is_not_scored_again(runs, raw, entry, tmp_path):
    shutil.copytree(runs / "ner", tmp_path / "old")
    record = read_json(tmp_path / "old/run.json")
    del record["after"], record["sizes"]["of"]
    (tmp_path / "old/run.json").write_text(json.dumps(record))
    for again in (evaluate, lambda old: finetune(entry["ner"], old, tmp_path / "run", raw, 1, 0, SETTINGS["ner"])):
        with pytest.raises(InputError, match=r"old: made by an older version.*bioalbert finetune"):
            again(tmp_path / "old")
    (tmp_path / "in.txt").write_text("the mouse\n")
    assert predict(tmp_path / "old", tmp_path / "in.txt", tmp_path / "out.jsonl") == 1


def test_targets_weigh_alike_whatever_batch_they_are_in(bundle):
    """The mean of the batches' gradients is the gradient of the mean loss of all words: two short sentences, then a long one."""
    sentences = [Sentence(("fibrosis",), ("B",)), Sentence(("the", "gene"), ("O", "O")), Sentence(("mouse",) * 12, ("O", "B") * 6)]
    settings = FinetuneSettings(max_length=32, batch_size=2, clip=1e9)
    task = Tagging(load_tokenizer(bundle, 32), settings, ("O", "B", "I"))
    model = new_head(bundle, task.head, task.labels, 0.0, 1)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.0)

    def gradient(rows: list, share: float) -> torch.Tensor:
        engine._step(model, optimizer, rows, task.pad, task.targets, settings, share)
        return torch.cat([parameter.grad.flatten() for parameter in model.parameters() if parameter.grad is not None])

    rows, _ = task.training_rows(sentences)
    assert [row.weight for row in rows] == [1, 2, 12]
    parts = gradient(rows[:2], 15 / 2) + gradient(rows[2:], 15 / 2)
    torch.testing.assert_close(parts / 2, gradient(rows, 15), rtol=1e-4, atol=1e-7)
