"""The one training loop and the one prediction loop of all tasks, over rows of pieces."""

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from transformers import PreTrainedModel

from bioalbert.draws import generator
from bioalbert.finetune.encoder import takes_segments
from bioalbert.finetune.pieces import Row
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.progress import Progress

POSITIONS = {"cpu": 1024, "cuda": 65536}  # in a batch that is only predicted: on a CPU what its cache holds
BUCKET = 64  # batches whose rows are sorted by length together: little padding, and still another mixture every epoch

Targets = Callable[[list[Row], int], dict[str, torch.Tensor]]
log = logging.getLogger(__name__)


@dataclass
class Training:
    """What a training did. steps: updates made. pieces: what they trained on, padding not counted. losses: mean loss of each epoch.
    diverged: the step at which it stopped for a loss or gradient that is not finite, else None. best_epoch: the epoch (from 1) whose
    weights were kept, None without a dev set."""

    steps: int = 0
    pieces: int = 0
    losses: list[float] = field(default_factory=list)
    diverged: int | None = None
    best_epoch: int | None = None


def batches(lengths: Sequence[int], size: int, draws: np.random.Generator) -> list[list[int]]:
    """All row numbers in batches of rows of nearly equal length, in random order."""
    order = draws.permutation(len(lengths)).tolist()
    found = []
    for start in range(0, len(order), size * BUCKET):
        bucket = sorted(order[start : start + size * BUCKET], key=lengths.__getitem__)
        found += [bucket[i : i + size] for i in range(0, len(bucket), size)]
    return [found[number] for number in draws.permutation(len(found))]


def train(
    model: PreTrainedModel,
    rows: list[Row],
    pad: int,
    targets: Targets,
    settings: FinetuneSettings,
    seed: int,
    dev_score: Callable[[], float] | None = None,
) -> Training:
    """Trains `model` in place: AdamW (with bias correction), linear warm-up and decay to 0, gradients clipped by their global norm.

    pad: the tokenizer's padding piece. targets: makes the head's label tensors of a batch. dev_score: scores the model on the dev set
    after each epoch; then training stops after `settings.patience` epochs that are not better, and the best epoch's weights are kept.
    A loss or gradient that is not finite stops training before it reaches the weights.
    """
    per_epoch = math.ceil(len(rows) / settings.batch_size)
    total = settings.steps or max(1, math.ceil(settings.epochs * per_epoch))
    optimizer = _optimizer(model, settings)
    lengths = [len(row.ids) for row in rows]
    share = sum(row.weight for row in rows) / per_epoch  # the targets of a batch, in the mean
    done, best = Training(), _Best(settings.patience)
    torch.manual_seed(int(generator(seed, "finetune dropout").integers(2**63)))
    with Progress("fine-tune", total, "step") as shown:
        for epoch in range(math.ceil(total / per_epoch)):
            order = batches(lengths, settings.batch_size, generator(seed, "finetune order", epoch))[: total - done.steps]
            losses = []
            model.train()
            for batch in order:
                _set_rate(optimizer, settings, done.steps, total)
                loss = _step(model, optimizer, [rows[i] for i in batch], pad, targets, settings, share)
                if loss is None:
                    done.diverged = done.steps + 1
                    break
                losses.append(loss)
                done.steps += 1
                done.pieces += sum(lengths[i] for i in batch)
                shown.advance(note=f"loss {loss:.4f}")
            model.eval()
            done.losses.append(sum(losses) / max(len(losses), 1))
            log.info("epoch %d: %d steps, mean loss %.4f", epoch + 1, done.steps, done.losses[-1])
            if done.diverged or (dev_score and best.stops(model, epoch + 1, dev_score())):
                break
    if dev_score:
        done.best_epoch = best.restore(model)
    return done


@torch.inference_mode()
def predict(model: PreTrainedModel, rows: list[Row], pad: int, settings: FinetuneSettings) -> Iterator[tuple[Row, list[np.ndarray]]]:
    """Each row with its logits, in order of length, longest first: the arrays of the head's outputs, padding still at their ends.

    A batch has about as many positions whatever its rows' length. A logit that is not finite (weights after a divergence) counts as a
    number, so that a failed run is still scored.
    """
    model.eval()
    order = sorted(rows, key=lambda row: -len(row.ids))
    start = 0
    while start < len(order):
        batch = order[start : start + max(1, POSITIONS[model.device.type] // len(order[start].ids))]
        with _autocast(model, settings):
            outputs = model(**_tensors(model, batch, pad)).to_tuple()
        logits = [np.nan_to_num(output.float().cpu().numpy()) for output in outputs]
        for number, row in enumerate(batch):
            yield row, [array[number] for array in logits]
        start += len(batch)


def padded(values: list[list[int]], length: int, fill: int) -> torch.Tensor:
    """int64 [values, length], each list filled up with `fill`."""
    return torch.tensor([value + [fill] * (length - len(value)) for value in values])


def _tensors(model: PreTrainedModel, rows: list[Row], pad: int) -> dict[str, torch.Tensor]:
    """A batch: rows filled up to the longest, and the mask of their pieces."""
    length = max(len(row.ids) for row in rows)
    batch = {
        "input_ids": padded([row.ids for row in rows], length, pad),
        "attention_mask": padded([[1] * len(row.ids) for row in rows], length, 0),
    }
    if takes_segments(model.config):
        batch["token_type_ids"] = padded([row.types for row in rows], length, 0)
    return {name: tensor.to(model.device) for name, tensor in batch.items()}


def _autocast(model: PreTrainedModel, settings: FinetuneSettings) -> torch.autocast:
    return torch.autocast(model.device.type, torch.bfloat16, enabled=settings.precision == "bfloat16")


def _step(
    model: PreTrainedModel,
    optimizer: torch.optim.Optimizer,
    rows: list[Row],
    pad: int,
    targets: Targets,
    settings: FinetuneSettings,
    share: float,
) -> float | None:
    """One update. Returns the mean loss of the batch's targets, None (and leaves the weights) when it or the gradient is not finite.

    All targets weigh alike in the gradient, though batches are of rows of one length: those of short sentences have fewer words.
    share: how many targets a batch has in the mean.
    """
    batch = _tensors(model, rows, pad)
    labels = {name: tensor.to(model.device) for name, tensor in targets(rows, batch["input_ids"].shape[1]).items()}
    with _autocast(model, settings):
        loss = model(**batch, **labels).loss
    optimizer.zero_grad()
    (loss * sum(row.weight for row in rows) / share).backward()
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), settings.clip)
    loss, norm = torch.stack((loss.detach(), norm)).tolist()  # a GPU is waited for once
    if not (math.isfinite(loss) and math.isfinite(norm)):
        return None
    optimizer.step()
    return loss


def _optimizer(model: PreTrainedModel, settings: FinetuneSettings) -> torch.optim.AdamW:
    """Vectors (biases and the norms' gains) do not decay, as in BERT and ALBERT."""
    parameters = [parameter for parameter in model.parameters() if parameter.requires_grad]
    groups = [
        {"params": [parameter for parameter in parameters if parameter.ndim > 1], "weight_decay": settings.weight_decay},
        {"params": [parameter for parameter in parameters if parameter.ndim < 2], "weight_decay": 0.0},
    ]
    betas = (settings.adam_beta1, settings.adam_beta2)
    return torch.optim.AdamW(groups, lr=settings.learning_rate, betas=betas, eps=settings.adam_epsilon, fused=True)


def _set_rate(optimizer: torch.optim.Optimizer, settings: FinetuneSettings, step: int, total: int) -> None:
    """The rate of update `step` (from 0): up to the peak over the first `warmup` of all steps, then down to 0, both linear."""
    rising = settings.warmup * total
    share = (step + 1) / (rising + 1) if step < rising else (total - step) / max(1.0, total - rising)
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * share


class _Best:
    """The best epoch's weights on the dev set, and whether to stop waiting for a better one: not before anything is right."""

    def __init__(self, patience: int):
        self._patience, self._score, self._epoch, self._weights = patience, -math.inf, None, {}

    def stops(self, model: PreTrainedModel, epoch: int, score: float) -> bool:
        log.info("epoch %d: dev score %.4f", epoch, score)
        if score > self._score:
            self._score, self._epoch = score, epoch
            self._weights = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
        return self._score > 0 and 0 < self._patience <= epoch - self._epoch

    def restore(self, model: PreTrainedModel) -> int | None:
        if self._weights:
            model.load_state_dict(self._weights)
        return self._epoch
