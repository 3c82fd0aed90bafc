"""Pre-training: setup (`pretrain`) -> `Training.fit` -> export. One process or many, CPU or CUDA, by the same code."""

import hashlib
import json
import math
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.distributed.tensor import DTensor
from transformers import AlbertForPreTraining

from bioalbert.convert.bundle import VOCABULARY
from bioalbert.draws import generator
from bioalbert.errors import InputError
from bioalbert.files import check_replaceable, digest
from bioalbert.pretrain.ahead import Ahead, Drawn
from bioalbert.pretrain.checkpoints import Checkpoints, locked
from bioalbert.pretrain.examples import NO_PAIR, Batch, open_examples
from bioalbert.pretrain.export import export_bundle
from bioalbert.pretrain.lamb import learning_rate, make_optimizer
from bioalbert.pretrain.model import Inputs, PretrainingLoss, make_model
from bioalbert.pretrain.packed import takes_varlen
from bioalbert.pretrain.pieces import read_pieces
from bioalbert.pretrain.processes import Processes, join
from bioalbert.pretrain.settings import RESUMABLE, ROUNDING, PretrainRun, load_run, plan_batches
from bioalbert.pretrain.speed import flops, matmul_peak
from bioalbert.pretrain.strategies import STRATEGIES, Replicated, restore, whole_state
from bioalbert.pretrain.watch import Watch, curve, training_seconds
from bioalbert.progress import Progress
from bioalbert.provenance import Provenance
from bioalbert.vocabulary.folder import Vocabulary, read_vocabulary
from bioalbert.vocabulary.store import TokenStore

FIGURES = ("masked_lm_loss", "sentence_order_loss", "masked_lm_accuracy", "sentence_order_accuracy")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16}
STOPPED = 128 + signal.SIGTERM


def pretrain(config: Path, output: Path, checkpoints: Path, per_run: bool = False, fresh: bool = False) -> None:
    """Trains the run of RUN.yaml `config`, going on from the newest checkpoint, and writes the bundle `output`.

    per_run: checkpoints go into a folder below `checkpoints` that no other run has, so that a changed run starts anew beside them.
    Raises InputError (bad settings or inputs, folder in use or of another run, loss not finite) and SystemExit after a SIGTERM.
    """
    run = load_run(config)
    torch.set_num_threads(run.recipe.threads or torch.get_num_threads())
    vocabulary, _ = read_vocabulary(Path(run.vocabulary))
    store = open_store(run, vocabulary) if run.recipe.steps else None
    _check_initial(run, vocabulary)
    identity = _identity(run)
    if per_run:
        checkpoints = checkpoints / hashlib.sha256(json.dumps(identity, sort_keys=True).encode()).hexdigest()[:12]
    _check_places(output, checkpoints)
    with ExitStack() as stack:
        processes = stack.enter_context(join())
        first = processes.rank == 0
        provenance = Provenance("pretrain", asdict(run), _inputs(run), run.recipe.seed) if first else None
        if first:
            stack.enter_context(locked(checkpoints))
            kind = torch.cuda.get_device_name() if processes.device.type == "cuda" else "CPU"
            print(f"pretrain: {processes.count} process(es), {kind}, {run.recipe.precision}", file=sys.stderr)
        folder = Checkpoints(checkpoints, identity, run.recipe.keep_checkpoints)
        training = Training(run, store, folder, processes, fresh)
        processes.wait()  # all know that the run can be made, and where it starts
        if first and fresh:
            folder.clear()
        if store is not None:
            training.fit()
        model = training.whole_model()
        if first:
            rows = folder.rows() if store else []
            if rows:
                provenance.measure(training_seconds=training_seconds(rows, run.recipe.steps))
            restricted = provenance.restricted or vocabulary.restricted or bool(store and store.manifest["restricted"])
            snapshots = ((step, folder.snapshot(step)) for step in run.snapshots)
            export_bundle(output, model, run, curve(rows), restricted, provenance, snapshots)
        processes.wait()  # who leaves while another still receives from him breaks that one's connection


def open_store(run: PretrainRun, vocabulary: Vocabulary) -> TokenStore:
    """Raises InputError when the token store was made with another vocabulary or holds nothing."""
    store = TokenStore(Path(run.tokens))
    if store.manifest["vocabulary"] != vocabulary.sha256:
        fix = f"make it again: bioalbert tokens --vocabulary {run.vocabulary}"
        raise InputError(f"made with another vocabulary than {run.vocabulary}", file=run.tokens, fix=fix)
    if not store.manifest["pieces"]:
        raise InputError("the token store is empty", file=run.tokens, fix="check the document shards that it was made from")
    return store


def _check_initial(run: PretrainRun, vocabulary: Vocabulary) -> None:
    """Raises InputError when the bundle that training starts from has another vocabulary, which may be of the same size."""
    own = Path(run.initial or "") / VOCABULARY
    if run.initial and own.is_file() and digest(own) != vocabulary.sha256:
        fix = "use the bundle's own: bioalbert vocabulary reuse"
        raise InputError(f"the vocabulary of these weights is not {run.vocabulary}", file=own, fix=fix)


def _check_places(output: Path, checkpoints: Path) -> None:
    """Raises InputError, before anything is trained, when the bundle could not be written where it shall stand."""
    check_replaceable(output)
    bundle, folder = output.resolve(), checkpoints.resolve()
    if bundle == folder or bundle in folder.parents or folder in bundle.parents:
        raise InputError("the bundle and the checkpoints lie in one another", file=output, fix="name folders beside each other")


def _inputs(run: PretrainRun) -> list[Path]:
    """The files whose digests say what the run was made from."""
    files = [Path(run.vocabulary) / "spiece.model"]
    files += [Path(run.tokens) / "manifest.json"] if run.tokens else []
    return files + ([Path(run.initial) / "model.safetensors"] if run.initial else [])


def _identity(run: PretrainRun) -> dict:
    """What makes a checkpoint this run's: all that its weights depend on, but not where files are nor what only sets the pace."""
    recipe = {key: value for key, value in asdict(run.recipe).items() if key not in RESUMABLE}
    files = {file.name: digest(file) for file in _inputs(run) if file.is_file()}
    return asdict(run.architecture) | recipe | files


class Training:
    """A run's state: model, optimiser, `step` (updates done) and `pieces` (pieces trained on, padding not counted).

    fresh: start over, whatever the folder holds.
    """

    def __init__(self, run: PretrainRun, store: TokenStore | None, folder: Checkpoints, processes: Processes, fresh: bool = False):
        vocabulary = read_pieces(Path(run.vocabulary) / "spiece.model")
        self.recipe, self.folder, self.processes, self.fresh = run.recipe, folder, processes, fresh
        self.snapshots = run.snapshots
        self.plan = plan_batches(run.recipe, processes.count)
        if store is not None:
            self.examples, self.held_out = open_examples(store, vocabulary, run.recipe)
        initial = Path(run.initial) if run.initial else None
        self.model = make_model(run.architecture, vocabulary.size, run.recipe.seed, initial).to(processes.device)
        self.loss = PretrainingLoss(self.model, run.recipe.recompute, run.recipe.compile)
        self.varlen = takes_varlen(self.model.config, processes.device, PRECISIONS[run.recipe.precision])
        strategy = run.recipe.strategy if processes.count > 1 else "ddp"
        self.strategy = STRATEGIES[strategy](self.loss, processes)
        self.optimizer = make_optimizer(self.model, run.recipe)
        self.step = self.pieces = 0
        self.saved, self.peak = time.monotonic(), None
        if store is not None and not fresh:
            self._go_on()

    def _go_on(self) -> None:
        """Loads the newest checkpoint, if there is one. Every process must come here. Raises InputError when they find different ones."""
        folder = self.folder
        state = folder.newest()
        step = state["step"] if state else 0
        least, most = self.processes.extremes(step)
        if least != most:
            fix = "name a folder that all nodes see; where it is one, try again"
            raise InputError(f"processes find checkpoints of the steps {least} and {most}", file=folder.folder, fix=fix)
        if state is None:
            return
        restore(self.model, self.optimizer, state)
        self.step, self.pieces = step, state["pieces"]
        changed = [name for name, value in self._rounding().items() if state["rounding"].get(name) != value]
        if self.processes.rank == 0:
            print(f"pretrain: goes on from step {step} of {self.recipe.steps} (checkpoint {folder.files()[-1]})", file=sys.stderr)
            if changed:
                note = f"other {', '.join(changed)} than before step {step}: from there on equal but for rounding, not bit by bit"
                print(f"pretrain: {note}", file=sys.stderr)
            if not folder.log.is_file():
                print(f"pretrain: {folder.log} is gone: the curve begins after step {step}", file=sys.stderr)
        passed = [step for step in self.snapshots if step <= self.step and not folder.snapshot_of(step).is_file()]
        if passed:
            problem = f"step {self.step} is done, and the weights of step {passed[0]} were not kept"
            fix = "leave that step out of `snapshots`, or start over: --fresh, or delete the folder"
            raise InputError(problem, file=folder.folder, fix=fix)

    def _rounding(self) -> dict[str, object]:
        """What decides in which order sums are taken."""
        return {name: getattr(self.recipe, name) for name in ROUNDING} | {"processes": self.processes.count}

    def fit(self) -> None:
        """Trains up to recipe.steps. At a SIGTERM it finishes the step, saves and raises SystemExit."""
        recipe, first = self.recipe, self.processes.rank == 0
        with ExitStack() as stack:
            stopped = stack.enter_context(stop_signal())
            ahead = stack.enter_context(Ahead(self.draw))
            self.peak = matmul_peak(self.processes.device, PRECISIONS[recipe.precision])
            if first:
                self.folder.rewind(self.step)
                watch = stack.enter_context(Watch(self.folder, recipe, self.model.config.vocab_size, self.step))
                progress = stack.enter_context(Progress("pretrain", recipe.steps, "step", done=self.step))
            while self.step < recipe.steps:
                row, stop, due = self.train_step(ahead, stopped)
                last = self.step == recipe.steps
                held_out = self.evaluate() if self.held_out and (last or self.step % recipe.evaluate_every == 0) else None
                if first:  # log rows, then the checkpoint: whatever a checkpoint has done is in the log
                    watch.record(row, held_out)
                    progress.advance(1, f"loss {row['loss']:.3f}")
                if self.step in self.snapshots:  # before the checkpoint, which would let a killed run go on behind it
                    self.save_snapshot()
                if last or stop or due or self.step % recipe.checkpoint_every == 0:
                    self.save()
                if stop and not last:
                    if first:
                        command = "the same command" + (", without --fresh," if self.fresh else "")
                        print(f"bioalbert: stopped after step {self.step}; {command} goes on from there", file=sys.stderr)
                    raise SystemExit(STOPPED)

    def save_snapshot(self) -> None:
        """Keeps the weights. Every process must come here."""
        weights = whole_state(self.model, self.optimizer)["model"]
        if self.processes.rank == 0:
            self.folder.save_snapshot(self.step, weights)

    def save(self) -> None:
        """Writes a checkpoint. Every process must come here; none leaves before it is written (the others might be killed then)."""
        state = whole_state(self.model, self.optimizer)
        if self.processes.rank == 0:
            self.folder.save(state | {"step": self.step, "pieces": self.pieces, "rounding": self._rounding()})
        self.processes.wait()
        self.saved = time.monotonic()

    def whole_model(self) -> AlbertForPreTraining:
        """The model in one piece. Every process must come here; only the first one's is whole."""
        if isinstance(self.strategy, Replicated):
            return self.model
        weights = whole_state(self.model, self.optimizer)["model"]
        model = AlbertForPreTraining(self.model.config)
        if weights:
            model.load_state_dict(weights)
        return model

    def draw(self, step: int) -> Drawn:
        """This process' share of a step's examples, in micro-batches of nearly equal lengths."""
        plan = self.plan
        batch = self.examples.draw(step * plan.batch + self.processes.rank * plan.share, plan.share)
        by_length = np.argsort(batch.lengths, kind="stable").reshape(-1, plan.micro)
        lengths = batch.lengths.astype(np.float64)
        counts = [batch.masked.sum(), (batch.swapped != NO_PAIR).sum(), lengths.sum(), (lengths**2).sum()]
        return Drawn([self._inputs(batch.take(rows)) for rows in by_length], counts)

    def _inputs(self, batch: Batch) -> Inputs:
        inputs = Inputs.of(batch, self.varlen)
        return inputs.pinned() if self.processes.device.type == "cuda" else inputs

    def train_step(self, ahead: Ahead, stopped: list) -> tuple[dict, bool, bool]:
        """One update. Returns its log row, whether any process was told to stop, and whether a checkpoint is due by the clock.

        The gradient is that of one mean over the whole batch, whatever the number of processes and micro-batches: losses are summed,
        and divided by the counts of all processes (the masked-LM one + 1e-5, as in run_pretraining.py).
        Raises InputError when the loss is not finite.
        """
        start, recipe, processes = time.monotonic(), self.recipe, self.processes
        drawn = ahead.take(self.step)
        waited = time.monotonic() - start
        due = processes.rank == 0 and start - self.saved > 60 * recipe.checkpoint_minutes
        masked, pairs, pieces, squares, stop, due = processes.totals([*drawn.counts, len(stopped), due])
        # What dropout draws depends on the step and the process alone, so that a checkpoint need not hold it.
        torch.manual_seed(int(generator(recipe.seed, "dropout", self.step, processes.rank).integers(2**63)))
        denominators = torch.tensor([masked + 1e-5, max(pairs, 1.0)], device=processes.device)
        sums = torch.zeros(len(FIGURES), device=processes.device)
        for number, inputs in enumerate(drawn.inputs, start=1):
            self.strategy.before_backward(last=number == len(drawn.inputs))
            part = self.forward(inputs)
            (part[:2] / denominators).sum().backward()
            sums += part.detach()
        self.strategy.sum_gradients()
        norm = torch.nn.utils.clip_grad_norm_(self.model.parameters(), recipe.clip)
        norm = norm.full_tensor() if isinstance(norm, DTensor) else norm
        *found, norm = torch.cat([processes.total(sums), norm[None]]).tolist()  # a GPU is waited for once
        figures = _figures(found, [masked, pairs])
        loss, rate = figures["masked_lm_loss"] + figures["sentence_order_loss"], learning_rate(recipe, self.step)
        self._update(rate, loss, norm)
        self.step += 1
        self.pieces += int(pieces)
        seconds = time.monotonic() - start
        work = flops(self.model.config, pieces, squares, masked) / (seconds * processes.count * self.peak) if self.peak else 0.0
        speed = {"pieces_per_second": round(pieces / seconds, 1), "waiting": round(waited / seconds, 4), "mfu": round(work, 4)}
        row = {"step": self.step, "pieces": self.pieces, "loss": loss, **figures, "learning_rate": rate, "seconds": round(seconds, 4)}
        return row | speed, stop > 0, due > 0

    def _update(self, rate: float, loss: float, norm: float) -> None:
        """Moves the weights, unless the loss or the gradient's norm is not finite (InputError)."""
        if not math.isfinite(loss + norm):
            fix = "lower recipe.learning_rate or lengthen recipe.warmup_steps, and start over with --fresh"
            raise InputError(f"the loss is {loss}, the gradient's norm {norm} at step {self.step + 1}", file=self.folder.folder, fix=fix)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.step()
        self.optimizer.zero_grad()

    def forward(self, inputs: Inputs) -> torch.Tensor:
        device, precision = self.processes.device, PRECISIONS[self.recipe.precision]
        with torch.autocast(device.type, precision, enabled=precision != torch.float32):
            return self.loss(inputs.to(device))

    @torch.no_grad()
    def evaluate(self) -> dict:
        """Figures on the held-out documents' first examples, the same at every evaluation."""
        examples, plan, processes = self.held_out, self.plan, self.processes
        self.loss.eval()
        wanted = min(self.recipe.held_out_examples, len(examples.chunks))
        sums = torch.zeros(len(FIGURES) + 2, dtype=torch.float64, device=processes.device)
        for start in range(0, wanted, processes.count * plan.micro):  # as often in every process: a sharded model's parts must meet
            first = start + processes.rank * plan.micro
            batch = examples.draw(min(first, wanted - 1), max(1, min(plan.micro, wanted - first)))
            found = self.forward(self._inputs(batch))
            if first < wanted:
                sums[:-2] += found
                sums[-2:] += torch.tensor([batch.masked.sum(), (batch.swapped != NO_PAIR).sum()], device=processes.device)
        self.loss.train()
        *figures, masked, pairs = processes.total(sums).tolist()
        return {"examples": wanted, "pairs": int(pairs)} | _figures(figures, [masked, pairs])


def _figures(sums: list[float], counts: list[float]) -> dict[str, float]:
    """Means by name: [masked-LM, order] losses and right predictions over the numbers of [masked pieces, pairs]."""
    masked, pairs = counts[0] + 1e-5, max(counts[1], 1.0)
    return dict(zip(FIGURES, (sums[0] / masked, sums[1] / pairs, sums[2] / masked, sums[3] / pairs)))


@contextmanager
def stop_signal() -> Iterator[list]:
    """A list that gets an item at a SIGTERM (what SLURM and torchrun send before they kill)."""
    stopped: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, frame: stopped.append(number))
    try:
        yield stopped
    finally:
        signal.signal(signal.SIGTERM, before)
