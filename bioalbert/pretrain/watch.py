"""Watching a run: log rows, TensorBoard, and doubts about what it learns."""

import math
import sys

from bioalbert.pretrain.checkpoints import Checkpoints
from bioalbert.pretrain.settings import Recipe

try:
    from torch.utils.tensorboard import SummaryWriter
except ImportError:  # no TensorBoard on this machine: log.jsonl holds the same figures
    SummaryWriter = None

LOGGED_STEPS = 2000  # rows of a whole run's training curve, evenly spread
MOMENTS = ("seconds", "pieces_per_second", "waiting", "mfu")  # what differs between equal runs stays out of the bundle
SURE = 3.0  # standard deviations above chance that count as learnt


class Watch:
    """Writes the folder's log.jsonl and TensorBoard event files (`tensorboard --logdir CHECKPOINTS`)."""

    def __init__(self, folder: Checkpoints, recipe: Recipe, vocabulary_size: int, step: int):
        """step: updates done already."""
        self.folder, self.recipe, self.vocabulary_size = folder, recipe, vocabulary_size
        self.events = SummaryWriter(str(folder.folder), purge_step=step + 1) if SummaryWriter else None

    def __enter__(self) -> "Watch":
        return self

    def __exit__(self, *_: object) -> None:
        if self.events:
            self.events.close()

    def record(self, row: dict, held_out: dict | None) -> None:
        """row: a training step's figures. held_out: those of an evaluation after it."""
        step, steps = row["step"], self.recipe.steps
        if step == steps or step % max(1, steps // LOGGED_STEPS) == 0:
            self.folder.write_row(row)
            self._show(step, "training", row)
        if held_out is not None:
            found = doubts(held_out, self.vocabulary_size) if step >= 2 * self.recipe.warmup_steps else []
            for doubt in found:
                print(f"pretrain: doubtful at step {step}: {doubt}", file=sys.stderr, flush=True)
            self.folder.write_row({"step": step, "held_out": held_out} | ({"doubts": found} if found else {}))
            self._show(step, "held-out", held_out)

    def _show(self, step: int, group: str, figures: dict) -> None:
        if self.events:
            for name, value in figures.items():
                if name != "step":
                    self.events.add_scalar(f"{group}/{name.replace('_', ' ')}", value, step)


def doubts(held_out: dict, vocabulary_size: int) -> list[str]:
    """What is wrong with a model that should have learnt something by now, each with its likely causes. held_out: Training.evaluate's."""
    found = []
    chance = math.log(vocabulary_size)
    if held_out["masked_lm_loss"] > chance - 1:
        figures = f"the masked-LM loss {held_out['masked_lm_loss']:.2f} is still near ln({vocabulary_size}) = {chance:.2f}"
        found.append(f"{figures}; likely a learning rate too high or too low, or a vocabulary that is not the store's")
    pairs, right = held_out["pairs"], held_out["sentence_order_accuracy"]
    if not pairs:
        found.append("no held-out example has two sentences, so that nothing is known of their order")
    elif right < 0.5 + SURE * math.sqrt(0.25 / pairs):
        figures = f"sentence order is guessed ({right:.2f} of {pairs} pairs)"
        found.append(f"{figures}; likely documents without running text, shuffled sentences, a model too small, or too few steps yet")
    return found


def training_seconds(rows: list[dict], steps: int) -> float:
    """The time of all `steps` updates, over every start of the run: the log's rows are a sample of them, evenly spread."""
    seconds = [row["seconds"] for row in rows if "seconds" in row]
    return sum(seconds) / len(seconds) * steps


def curve(rows: list[dict]) -> list[dict]:
    """The log's rows as a bundle keeps them: equal for equal runs."""
    return [{key: value for key, value in row.items() if key not in MOMENTS} for row in rows]
