"""Pre-training against the usual way, in one run: real (not padded) pieces a second, and examples drawn a second.

    python -m benchmarks.pretrain --tokens STORE --vocabulary DIR [--architecture base] [--length 128 512] [--seconds 60]

The usual way: transformers' AlbertForPreTraining on rows padded to the full length, its masked-LM head over all positions, driven by
transformers' Trainer and DataCollatorForLanguageModeling with the sentence-order label added (needs `pip install accelerate`; without
it by the same model in a plain loop). Both take examples of the same length cut from the same store, the same number of positions a step,
one CPU thread and AdamW.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from transformers import AlbertForPreTraining, AutoTokenizer
from transformers.utils import is_accelerate_available, logging

from bioalbert.pretrain.ahead import Ahead
from bioalbert.pretrain.checkpoints import Checkpoints
from bioalbert.pretrain.examples import NO_PAIR, Examples, open_examples
from bioalbert.pretrain.model import make_model
from bioalbert.pretrain.pieces import read_pieces
from bioalbert.pretrain.processes import Processes
from bioalbert.pretrain.settings import Architecture, PretrainRun, Recipe
from bioalbert.pretrain.train import Training
from bioalbert.vocabulary.store import TokenStore

ARCHITECTURES = {
    "small": Architecture(embedding_size=64, hidden_size=128, layers=3, heads=4, intermediate_size=512),
    "base": Architecture(),
    "large": Architecture(hidden_size=1024, layers=24, heads=16, intermediate_size=4096),
}
POSITIONS = 2048  # a step
CPU = torch.device("cpu")


def rate(step: Callable[[int], int], seconds: float) -> float:
    """Real pieces a second of CPU time, which other work on the machine disturbs least. step(number) trains once and returns its real
    pieces; the first step is not counted."""
    step(0)
    done = number = 0
    start = time.process_time()
    while time.process_time() - start < seconds or number < 2:
        number += 1
        done += step(number)
    return done / (time.process_time() - start)


def ours(run: PretrainRun, store: TokenStore, seconds: float) -> float:
    with tempfile.TemporaryDirectory() as folder:
        training = Training(run, store, Checkpoints(Path(folder), {}, 1), Processes(0, 1, CPU))
        ahead = Ahead(training.draw)

        def step(_: int) -> int:
            before = training.pieces
            training.train_step(ahead, [])
            return training.pieces - before

        return rate(step, seconds)


def padded_rows(examples: Examples, first: int, count: int) -> list[dict]:
    """Examples as the usual script's data set holds them: padded to the full length, not yet masked."""
    batch = examples.draw(first, count)
    real = np.arange(batch.pieces.shape[1]) < batch.lengths[:, None]
    columns = {"input_ids": batch.original, "token_type_ids": batch.segments, "attention_mask": real}
    rows = [{name: array[row].astype(np.int64).tolist() for name, array in columns.items()} for row in range(count)]
    return [row | {"sentence_order_label": max(int(label), 0)} for row, label in zip(rows, batch.swapped)]


def usual(model: AlbertForPreTraining, examples: Examples, count: int, tokenizer, seconds: float) -> float:
    """The collator and the model in a plain loop."""
    from transformers import DataCollatorForLanguageModeling

    collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)

    def step(number: int) -> int:
        rows = padded_rows(examples, number * count, count)
        model(**collate(rows)).loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad()
        return sum(sum(row["attention_mask"]) for row in rows)

    return rate(step, seconds)


def trainer(model: AlbertForPreTraining, examples: Examples, count: int, tokenizer, seconds: float) -> float:
    """transformers' Trainer, stopped after `seconds`; its start-up is not counted."""
    from transformers import DataCollatorForLanguageModeling, Trainer, TrainerCallback, TrainingArguments

    class Clock(TrainerCallback):
        first = last = None
        steps = 0

        def on_step_end(self, args, state, control, **_):
            self.last = time.process_time()
            self.first = self.first or self.last
            self.steps += 1
            control.should_training_stop = self.last - self.first > seconds and self.steps > 2

    rows, clock = padded_rows(examples, 0, 64 * count), Clock()
    with tempfile.TemporaryDirectory() as folder:
        options = {"per_device_train_batch_size": count, "max_steps": 100_000, "use_cpu": True, "report_to": [], "save_strategy": "no"}
        arguments = TrainingArguments(folder, logging_strategy="no", disable_tqdm=True, **options)
        collate = DataCollatorForLanguageModeling(tokenizer, mlm_probability=0.15)
        Trainer(model, arguments, collate, rows, callbacks=[clock]).train()
    mean = np.mean([sum(row["attention_mask"]) for row in rows])
    return mean * count * (clock.steps - 1) / (clock.last - clock.first)


def drawing(examples: Examples, count: int, seconds: float) -> float:
    """Examples a second of one thread."""
    return rate(lambda number: len(examples.draw(number * count, count).lengths), seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokens", type=Path, required=True, metavar="STORE")
    parser.add_argument("--vocabulary", type=Path, required=True, metavar="DIR")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="base")
    parser.add_argument("--length", type=int, nargs="+", default=[128, 512])
    parser.add_argument("--seconds", type=float, default=60.0, help="of each measurement (60)")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    logging.disable_progress_bar()
    store, tokenizer = TokenStore(arguments.tokens), AutoTokenizer.from_pretrained(arguments.vocabulary)
    pieces = read_pieces(arguments.vocabulary / "spiece.model")
    architecture, name = ARCHITECTURES[arguments.architecture], "Trainer" if is_accelerate_available() else "plain loop"
    size = sum(file.stat().st_size for file in arguments.tokens.glob("*.arrow"))
    print(f"token store: {size / len(store.pieces):.2f} bytes a piece, offsets included")
    for length in arguments.length:
        count, predictions = max(1, POSITIONS // length), round(0.15 * length)
        recipe = Recipe(
            steps=10**6, batch_size=count, sequence_length=length, max_predictions=predictions, optimizer="adamw", learning_rate=1e-4
        )
        run = PretrainRun("benchmark", str(arguments.vocabulary), str(arguments.tokens), architecture=architecture, recipe=recipe)
        examples, _ = open_examples(store, pieces, recipe)
        batch = examples.draw(0, 2048)
        fill, single = batch.lengths.mean() / length, (batch.swapped == NO_PAIR).mean()
        mine = ours(run, store, arguments.seconds)
        model = make_model(architecture, pieces.size, 0, None)
        theirs = (trainer if is_accelerate_available() else usual)(model, examples, count, tokenizer, arguments.seconds)
        print(f"length {length}: padded rows would be {fill:.1%} full; {single:.0%} of the examples are single segments")
        print(f"  drawing examples, batches of {count}: {drawing(examples, count, 3):,.0f}/s; of 256: {drawing(examples, 256, 3):,.0f}/s")
        print(f"  training, real pieces/s: ours {mine:,.0f}, {name} {theirs:,.0f}: {mine / theirs:.2f} times")


if __name__ == "__main__":
    main()
