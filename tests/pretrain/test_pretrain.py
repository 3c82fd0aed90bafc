"""Whole runs of a tiny model."""

import errno
import fcntl
import json
import os
import shutil
import signal
import socket
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import yaml
from safetensors.torch import load_file, save_file
from transformers import AutoModelForPreTraining, AutoTokenizer

from bioalbert.cli import main
from bioalbert.errors import InputError
from bioalbert.files import read_json, write_json
from bioalbert.pretrain import packed, train
from bioalbert.pretrain.checkpoints import locked
from bioalbert.pretrain.settings import PretrainRun, Recipe, load_run, plan_batches
from bioalbert.vocabulary.store import write_store
from bioalbert.vocabulary.train import train_vocabulary
from tests.pretrain.conftest import made_up_documents, write_shard
from tests.processes import finished

PROJECT = Path(__file__).parents[2]


def weights(bundle: Path) -> dict[str, torch.Tensor]:
    return load_file(bundle / "model.safetensors")


def assert_equal_bundles(one: Path, other: Path) -> None:
    for name in ("model.safetensors", "training.jsonl", "config.json", "tokenizer.json"):
        assert (one / name).read_bytes() == (other / name).read_bytes()


def assert_nearly_equal(run, whole) -> None:
    """But for the rounding of sums that are taken in another order."""
    one = weights(whole.output)
    for name, weight in weights(run.output).items():
        torch.testing.assert_close(weight, one[name], rtol=1e-4, atol=1e-5)
    rows = [(whole.output / "training.jsonl"), (run.output / "training.jsonl")]
    one, other = ([json.loads(line) for line in file.read_text().splitlines()] for file in rows)
    for mine, theirs in zip(one, other, strict=True):
        mine, theirs = (row.get("held_out", row) for row in (mine, theirs))
        np.testing.assert_allclose([mine[name] for name in train.FIGURES], [theirs[name] for name in train.FIGURES], rtol=1e-4)


def python(*arguments: object) -> tuple[int, str]:
    """Exit status and output of `python -m ARGUMENTS` in the project."""
    return finished([sys.executable, "-m", *map(str, arguments)], timeout=120, cwd=PROJECT)


def two_processes(module: str, *arguments: object) -> tuple[int, str]:
    local = ("--master-addr", "127.0.0.1", "--master-port", free_port())
    return python("torch.distributed.run", *local, "--nproc-per-node", 2, "-m", module, *arguments)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


@pytest.fixture
def whole(make_run):
    run = make_run()
    assert main(run.arguments()) == 0
    return run


def test_bundle_loads_and_the_curve_is_kept(whole, vocabulary):
    model = AutoModelForPreTraining.from_pretrained(whole.output)
    assert type(model).__name__ == "AlbertForPreTraining" and model.config.num_hidden_layers == 2
    assert model.config.classifier_dropout_prob == 0.1  # for the heads of fine-tuning
    assert AutoTokenizer.from_pretrained(whole.output).vocab_size == model.config.vocab_size
    rows = [json.loads(line) for line in (whole.output / "training.jsonl").read_text().splitlines()]
    assert [row["step"] for row in rows if "loss" in row] == [1, 2, 3, 4, 5, 6]
    assert [row["step"] for row in rows if "held_out" in row] == [3, 6]
    assert not any("seconds" in row for row in rows)
    assert "pieces_per_second" in (whole.checkpoints / "log.jsonl").read_text()
    card = (whole.output / "README.md").read_text()
    assert f"| Tokens seen | {rows[-2]['pieces']:,} |" in card and "| Corpus | 300 documents, " in card
    assert f"| Last batch: masked lm loss | {round(rows[-2]['masked_lm_loss'], 4)} |" in card
    assert f"| Held-out: sentence order accuracy | {round(rows[-1]['held_out']['sentence_order_accuracy'], 4)} |" in card
    provenance = read_json(whole.output / "provenance.json")
    assert provenance["restricted"] is False
    assert 0 < provenance["host"]["training_seconds"] < provenance["host"]["seconds"]
    assert sorted(file.name for file in whole.checkpoints.glob("*.pt")) == ["step-00000004.pt", "step-00000006.pt"]


def test_it_learns(make_run):
    run = make_run(steps=60, batch_size=32, warmup_steps=5, learning_rate=0.03, evaluate_every=60)
    assert main(run.arguments()) == 0
    rows = [json.loads(line) for line in (run.output / "training.jsonl").read_text().splitlines()]
    assert rows[-1]["held_out"]["masked_lm_loss"] < rows[0]["masked_lm_loss"] - 0.4


def test_equal_runs_are_equal_and_seeds_differ(whole, make_run):
    for name, seed in (("again", 0), ("other", 1)):
        run = make_run(name, seed=seed)
        assert main(run.arguments()) == 0
        same = (run.output / "model.safetensors").read_bytes() == (whole.output / "model.safetensors").read_bytes()
        assert same == (seed == 0)


@pytest.mark.parametrize("where, step, kept", [("step", 1, []), ("step", 5, [2, 4]), ("save", 4, [2]), ("save", 6, [2, 4])])
def test_killed_and_continued_is_bit_identical(whole, make_run, where, step, kept):
    run = make_run("killed")
    assert python("tests.pretrain.signalled", int(signal.SIGKILL), where, step, *run.arguments())[0] == -signal.SIGKILL
    assert not run.output.exists()
    assert sorted(file.name for file in run.checkpoints.glob("*.pt")) == [f"step-{number:08d}.pt" for number in kept]
    with (run.checkpoints / "log.jsonl").open("a") as log:
        log.write('{"step": 5, "lo')  # a kill may leave half a row
    assert main(run.arguments()) == 0
    assert_equal_bundles(run.output, whole.output)
    assert not list(run.checkpoints.glob(".*"))


def test_dropout_is_the_same_after_a_kill(make_run):
    unbroken, killed = (make_run(name, shape={"dropout": 0.3}) for name in ("unbroken", "killed"))
    assert main(unbroken.arguments()) == 0
    assert python("tests.pretrain.signalled", int(signal.SIGKILL), "step", 3, *killed.arguments())[0] == -signal.SIGKILL
    assert main(killed.arguments()) == 0
    assert_equal_bundles(killed.output, unbroken.output)
    without = make_run("without")
    assert main(without.arguments()) == 0
    assert (without.output / "training.jsonl").read_text() != (unbroken.output / "training.jsonl").read_text()


def test_processes_that_find_different_checkpoints_do_not_train(whole, make_run):
    for rank in (0, 1):
        shutil.copytree(whole.checkpoints, f"{whole.checkpoints}{rank}")
    Path(f"{whole.checkpoints}1/step-00000006.pt").unlink()
    status, output = two_processes("tests.pretrain.apart", *make_run().arguments())
    assert status != 0 and "processes find checkpoints of the steps 4 and 6; name a folder that all nodes see" in output


def test_sigterm_saves_at_the_end_of_the_step(whole, make_run, capsys):
    run = make_run("stopped")
    status, output = python("tests.pretrain.signalled", int(signal.SIGTERM), "step", 2, *run.arguments("--fresh"))
    assert status == train.STOPPED and "stopped after step 3; the same command, without --fresh, goes on from there" in output
    checkpoint = run.checkpoints / "step-00000003.pt"
    assert checkpoint.exists() and not run.output.exists()
    assert main(run.arguments()) == 0
    assert f"pretrain: goes on from step 3 of 6 (checkpoint {checkpoint})" in capsys.readouterr().err
    assert_equal_bundles(run.output, whole.output)


def snapshot(run, step: int) -> Path:
    return run.output / "snapshots" / f"{yaml.safe_load(run.config.read_text())['name']}-step{step}"


def test_snapshots_are_bundles_of_their_steps_and_change_nothing(whole, make_run):
    run = make_run("tiny", run={"snapshots": [2, 5]})
    run = replace(run, output=run.output.with_name("kept"), checkpoints=run.checkpoints.with_name("kept-checkpoints"))
    assert main(run.arguments()) == 0
    assert_equal_bundles(run.output, whole.output)
    state = torch.load(run.checkpoints / "snapshot-00000005.pt", weights_only=True)["model"]
    kept = weights(snapshot(run, 5))
    assert all(torch.equal(weight, state[name]) for name, weight in kept.items())
    last = weights(run.output)
    assert any(not torch.equal(weight, last[name]) for name, weight in kept.items())
    assert AutoModelForPreTraining.from_pretrained(snapshot(run, 2)).config.num_hidden_layers == 2
    assert [json.loads(line)["step"] for line in (snapshot(run, 2) / "training.jsonl").read_text().splitlines()] == [1, 2]
    assert "after 2 of 6 steps" in (snapshot(run, 2) / "README.md").read_text()


@pytest.mark.parametrize("where, step", [("step", 3), ("snapshot", 2), ("save", 4)])
def test_snapshots_of_a_killed_run_are_those_of_a_whole_one(make_run, where, step):
    """Killed behind a snapshot that no checkpoint has, in the middle of writing a snapshot, and in that of a checkpoint behind it."""
    whole, run = make_run("whole", run={"snapshots": [2, 3]}), make_run("killed", run={"snapshots": [2, 3]})
    assert main(whole.arguments()) == 0
    assert python("tests.pretrain.signalled", int(signal.SIGKILL), where, step, *run.arguments())[0] == -signal.SIGKILL
    assert main(run.arguments()) == 0
    for step in (2, 3):
        assert_equal_bundles(snapshot(run, step), snapshot(whole, step))


def test_two_processes_keep_the_same_snapshots(make_run):
    one, two = (make_run(name, run={"snapshots": [4]}, strategy="fsdp", micro_batch_size=4) for name in ("one", "two"))
    assert main(one.arguments()) == 0
    status, output = two_processes("bioalbert", *two.arguments())
    assert status == 0, output
    mine = weights(snapshot(one, 4))
    for name, weight in weights(snapshot(two, 4)).items():
        torch.testing.assert_close(weight, mine[name], rtol=1e-4, atol=1e-5)


def test_a_snapshot_of_a_step_that_is_done_is_refused(make_run, refused):
    run = make_run()
    assert main(run.arguments()) == 0
    run = make_run(run={"snapshots": [3]})
    assert "step 6 is done, and the weights of step 3 were not kept; leave that step out" in refused(*run.arguments())
    assert main(run.arguments("--fresh")) == 0 and snapshot(run, 3).is_dir()


@pytest.mark.parametrize("steps, told", [([6], "6 is not a step before recipe.steps 6"), ([2, 2], "twice"), (["2"], "'2' is not a step")])
def test_wrong_snapshots_are_refused(make_run, refused, steps, told):
    assert told in refused(*make_run(run={"snapshots": steps}).arguments())


@pytest.mark.parametrize("strategy, micro", [("ddp", 4), ("ddp", 2), ("fsdp", 4), ("fsdp", 2)])
def test_two_processes_equal_one(whole, make_run, strategy, micro):
    run = make_run("two", strategy=strategy, micro_batch_size=micro)
    status, output = two_processes("bioalbert", *run.arguments())
    assert status == 0, output
    assert_nearly_equal(run, whole)


@pytest.mark.parametrize("strategy", ["ddp", "fsdp"])
def test_two_processes_stop_together_and_one_goes_on(whole, make_run, strategy, capsys):
    run = make_run("stopped", strategy=strategy)
    status, output = two_processes("tests.pretrain.signalled", int(signal.SIGTERM), "step", 2, *run.arguments())
    assert status != 0 and output.count("stopped after step 3; the same command goes on from there") == 1
    assert [file.name for file in run.checkpoints.glob("step-*3.pt")] == ["step-00000003.pt"]
    capsys.readouterr()
    assert main(run.arguments()) == 0
    assert "other processes than before step 3: from there on equal but for rounding" in capsys.readouterr().err
    assert_nearly_equal(run, whole)


def test_checkpoints_by_the_clock(make_run):
    run = make_run(checkpoint_every=100, checkpoint_minutes=1e-9, keep_checkpoints=9)
    assert main(run.arguments()) == 0
    assert len(list(run.checkpoints.glob("*.pt"))) == 6


def test_recomputing_changes_nothing(whole, make_run):
    run = make_run("recomputed", recompute=True)
    assert main(run.arguments()) == 0
    assert_equal_bundles(run.output, whole.output)


def test_compiling_changes_rounding_alone(whole, make_run, monkeypatch):
    """The graphs are those of torch.compile; a backend that needs no C++ compiler runs them."""
    compiled = []

    def compile_(function, **options):
        compiled.append(function.__name__)
        return compile_itself(function, backend="aot_eager", **options)

    compile_itself = torch.compile
    monkeypatch.setattr(torch, "compile", compile_)
    packed._compiled.cache_clear()
    run = make_run("compiled", compile=True, recompute=True)
    assert main(run.arguments()) == 0
    packed._compiled.cache_clear()
    assert sorted(compiled) == ["_forward", "_sums"]
    assert_nearly_equal(run, whole)


def test_tensorboard_holds_the_log(whole):
    event_accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    events = event_accumulator.EventAccumulator(str(whole.checkpoints)).Reload()
    rows = [json.loads(line) for line in (whole.checkpoints / "log.jsonl").read_text().splitlines()]
    losses = [(row["step"], pytest.approx(row["loss"], rel=1e-6)) for row in rows if "loss" in row]
    assert [(event.step, event.value) for event in events.Scalars("training/loss")] == losses
    assert [event.step for event in events.Scalars("held-out/sentence order accuracy")] == [3, 6]
    assert 0 < events.Scalars("training/mfu")[-1].value < 1.5


def test_bfloat16_trains_on_the_same_path(make_run):
    run = make_run(precision="bfloat16", steps=2, warmup_steps=1)
    assert main(run.arguments()) == 0
    assert all(weight.dtype == torch.float32 for weight in weights(run.output).values())


def test_no_steps_exports_the_initial_weights(make_run, whole):
    untrained = make_run("untrained", run={"tokens": None}, steps=0)
    assert main(untrained.arguments()) == 0
    copied = make_run("copied", run={"tokens": None, "initial": str(whole.output)}, steps=0)
    assert main(copied.arguments()) == 0
    for name, weight in weights(whole.output).items():
        assert torch.equal(weights(copied.output)[name], weight)
    assert not torch.equal(weights(untrained.output)["albert.pooler.weight"], weights(whole.output)["albert.pooler.weight"])
    assert not (untrained.output / "training.jsonl").exists()
    assert "| Tokens seen | 0 |" in (untrained.output / "README.md").read_text()
    assert "| Tokens seen | not known |" in (copied.output / "README.md").read_text()


def test_training_goes_on_from_a_bundle_and_keeps_its_mark(make_run, whole, tmp_path):
    initial = tmp_path / "albert-base-v2"
    shutil.copytree(whole.output, initial)
    write_json(initial / "provenance.json", read_json(initial / "provenance.json") | {"restricted": True})
    run = make_run("on", run={"initial": str(initial)}, steps=1, warmup_steps=0)
    assert main(run.arguments()) == 0
    before, after = weights(initial)["albert.pooler.weight"], weights(run.output)["albert.pooler.weight"]
    assert 0 < (before - after).norm() < 0.1 * before.norm()
    assert read_json(run.output / "provenance.json")["restricted"] is True
    assert "\nbase_model: albert/albert-base-v2\n" in (run.output / "README.md").read_text()


def test_another_shape_than_the_initial_bundle_is_refused(make_run, whole, refused):
    run = make_run("wider", run={"initial": str(whole.output)}, shape={"intermediate_size": 64})
    assert "intermediate_size is 32, the run has 64" in refused(*run.arguments())


def test_another_vocabulary_than_the_initial_bundles_is_refused(make_run, whole, refused, shard, tmp_path):
    train_vocabulary([write_shard(tmp_path / "few.parquet", made_up_documents(40))], tmp_path / "other", 140, cased=False, sentences=1000)
    write_store([shard], tmp_path / "other", tmp_path / "tokens")
    told = refused(
        *make_run("on", run={"initial": str(whole.output), "vocabulary": f"{tmp_path}/other", "tokens": f"{tmp_path}/tokens"}).arguments()
    )
    assert f"{whole.output}/spiece.model: the vocabulary of these weights is not {tmp_path}/other" in told


def test_a_damaged_checkpoint_is_named(whole, refused):
    newest = whole.checkpoints / "step-00000006.pt"
    for content in (newest.read_bytes()[:1000], b""):
        newest.write_bytes(content)
        told = refused(*whole.arguments())
        assert told.startswith(f"bioalbert: {newest}: damaged, or no checkpoint (") and "delete it: the same command then goes on" in told
    torch.save({"step": 6}, newest)
    assert f"{newest}: damaged" in refused(*whole.arguments())
    newest.unlink()
    assert main(whole.arguments()) == 0


def test_where_the_bundle_cannot_be_written_nothing_is_trained(make_run, refused):
    run = make_run()
    run.output.mkdir()
    (run.output / "mine.txt").write_text("kept")
    assert f"{run.output}: something else is there" in refused(*run.arguments())
    for output in (run.checkpoints / "bundle", run.checkpoints, run.checkpoints.parent / "new/../tiny-checkpoints"):
        assert "in one another" in refused(*run.arguments("--output", str(output)))
    assert not run.checkpoints.exists()


def test_a_finished_run_without_its_log_is_exported_again(whole, capsys):
    before = weights(whole.output)["albert.pooler.weight"]
    (whole.checkpoints / "log.jsonl").unlink()
    assert main(whole.arguments()) == 0
    assert f"{whole.checkpoints}/log.jsonl is gone: the curve begins after step 6" in capsys.readouterr().err
    assert torch.equal(before, weights(whole.output)["albert.pooler.weight"])


def test_checkpoints_of_another_run_are_refused_unless_fresh(whole, make_run, refused):
    other = make_run(learning_rate=0.02)  # the same folders
    message = refused(*other.arguments())
    assert "learning_rate" in message and "--fresh" in message and "0.01 there, 0.02 here" in message
    assert "layers" in refused(*make_run(shape={"layers": 3}).arguments())
    before = weights(whole.output)["albert.pooler.weight"]
    assert "do not divide" in refused(*make_run(learning_rate=0.02, micro_batch_size=5).arguments("--fresh"))
    assert len(list(whole.checkpoints.glob("*.pt"))) == 2  # what is not trained takes nothing away
    other = make_run(learning_rate=0.02)
    assert main(other.arguments("--fresh")) == 0
    assert len(list(whole.checkpoints.glob("events.*"))) <= 1  # none of the run before
    assert not torch.equal(before, weights(other.output)["albert.pooler.weight"])


def test_runs_with_folders_of_their_own_do_not_meet(make_run, whole):
    run, other = make_run(), make_run("other", learning_rate=0.02)
    shared = ["--checkpoints", str(run.checkpoints.parent / "shared"), "--per-run"]
    for one in (run, other, run):
        assert main(one.arguments(*shared)) == 0
    assert_equal_bundles(run.output, whole.output)
    assert len(list((run.checkpoints.parent / "shared").iterdir())) == 2


def test_pace_may_change_between_parts(whole, make_run):
    assert main(make_run(keep_checkpoints=1, micro_batch_size=4, threads=None).arguments()) == 0


def test_a_folder_in_use_is_refused(make_run, refused):
    run = make_run()
    with locked(run.checkpoints):
        assert "another run trains here" in refused(*run.arguments())
    assert main(run.arguments()) == 0


def test_a_file_system_without_locks_is_named(make_run, refused, monkeypatch):
    def no_locks(*_: object) -> None:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr(fcntl, "flock", no_locks)
    run = make_run()
    assert f"{run.checkpoints}: this file system has no locks (Function not implemented)" in refused(*run.arguments())


def test_a_loss_that_is_not_finite_stops_the_run(make_run, whole, refused, tmp_path):
    broken = tmp_path / "broken"
    shutil.copytree(whole.output, broken)
    values = weights(broken)
    values["albert.pooler.bias"][0] = float("nan")
    save_file(values, broken / "model.safetensors", metadata={"format": "pt"})
    run = make_run("nan", run={"initial": str(broken)})
    assert "the loss is nan" in refused(*run.arguments())
    assert not list(run.checkpoints.glob("*.pt")) and not run.output.exists()


def test_a_store_of_another_vocabulary_is_refused(make_run, tokens, refused, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(tokens, other)
    write_json(other / "manifest.json", read_json(other / "manifest.json") | {"vocabulary": "0" * 64})
    assert "made with another vocabulary" in refused(*make_run(run={"tokens": str(other)}).arguments())


def test_batches_are_shared_out():
    plan = plan_batches(Recipe(batch_size=1024, micro_batch_size=32), processes=8)
    assert (plan.batch, plan.share, plan.micro) == (1024, 128, 32)
    assert plan_batches(Recipe(batch_size=12), processes=3).micro == 4
    with pytest.raises(InputError, match="10 examples do not divide among 4 processes"):
        plan_batches(Recipe(batch_size=10), processes=4)
    with pytest.raises(InputError, match=r"12 examples a process \(24 / 2\) do not divide into micro-batches of 5"):
        plan_batches(Recipe(batch_size=24, micro_batch_size=5), processes=2)


@pytest.mark.parametrize(
    "change, place",
    [
        ({"recipe": {"sequence_length": 64}}, "recipe.sequence_length"),
        ({"recipe": {"warmup_steps": 6}}, "recipe.warmup_steps"),
        ({"recipe": {"batch_size": 0}}, "recipe.batch_size"),
        ({"recipe": {"optimiser": "lamb"}}, "recipe.optimiser"),
        ({"architecture": {"heads": 3}}, "architecture.heads"),
        ({"architecture": {"groups": 2, "layers": 3}}, "architecture.groups"),
        ({"tokens": None}, "tokens"),
    ],
)
def test_errors_of_a_run_file_name_the_key(make_run, change, place):
    config = make_run().config
    values = yaml.safe_load(config.read_text())
    for key, value in change.items():
        values[key] = values[key] | value if isinstance(value, dict) else value
    config.write_text(yaml.safe_dump(values))
    with pytest.raises(InputError) as error:
        load_run(config)
    assert error.value.place == place


def test_defaults_are_bioalberts(tmp_path):
    (tmp_path / "run.yaml").write_text("{name: base, vocabulary: v, tokens: t}")
    assert load_run(tmp_path / "run.yaml") == PretrainRun("base", "v", "t")
