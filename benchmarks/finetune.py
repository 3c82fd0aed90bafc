"""Fine-tuning for entity recognition against the usual script, in one run: sentences a second in training and evaluation, and F1.

    python -m benchmarks.finetune speed MODEL TRAIN.tsv TEST.tsv [--untrained]
    python -m benchmarks.finetune f1 MODEL TRAIN.tsv TEST.tsv

The usual script (run_ner.py of transformers' examples): every sentence cut and padded to 128 or 512 pieces, transformers' Trainer
(`pip install accelerate`), a label on the first piece of each word, argmax, seqeval. Both sides: the same sentences, batches of 32,
AdamW, linear warm-up and decay, clipping, one CPU thread. Speed is by CPU time, which other work on the machine disturbs least; the arms
take turns, and the best turn of each counts. Ours includes tokenising and making rows, theirs does not.
"""

import argparse
import statistics
import tempfile
import time
from collections import defaultdict
from pathlib import Path

import torch
from seqeval.metrics import f1_score
from transformers import (
    AlbertConfig,
    AlbertModel,
    AutoModelForTokenClassification,
    DataCollatorForTokenClassification,
    Trainer,
    TrainerCallback,
    TrainingArguments,
)

from bioalbert.finetune import encoder, engine
from bioalbert.finetune.examples import Sentence
from bioalbert.finetune.metrics.ner import read_tags, score_ner
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.finetune.tasks.ner import IGNORED, Tagging

LABELS = ("O", "B", "I")
STEPS = {128: 9, 512: 4}  # of the usual script in a turn, the first of them not counted; all its batches are alike
SEEDS = (1, 2, 3)


class Ours:
    """The engine."""

    def __init__(self, folder: Path, tokenizer, settings: FinetuneSettings):
        self._folder, self._task = folder, Tagging(tokenizer, settings, LABELS)

    def train(self, sentences: list[Sentence], seed: int) -> float:
        """Trains a new model; returns sentences a second."""
        task = self._task
        self._model = encoder.new_head(self._folder, task.head, LABELS, task.settings.dropout, seed)
        start = time.process_time()
        rows, _ = task.training_rows(sentences)
        engine.train(self._model, rows, task.pad, task.targets, task.settings, seed)
        return task.settings.epochs * len(sentences) / (time.process_time() - start)

    def evaluate(self, sentences: list[Sentence]) -> tuple[float, float]:
        """(sentences a second, entity F1)."""
        task, start = self._task, time.process_time()
        rows, _ = task.rows(sentences)
        found = task.decode(sentences, engine.predict(self._model, rows, task.pad, task.settings))
        score = score_ner([sentence.tags for sentence in sentences], found)["entity"]["f1"]
        return len(sentences) / (time.process_time() - start), score


class Usual:
    """run_ner.py's way, every row of `length` positions. limit: stop training after so many steps, -1: after settings.epochs."""

    def __init__(self, folder: Path, tokenizer, settings: FinetuneSettings, length: int, limit: int):
        self._folder, self._tokenizer, self._settings, self._length, self._limit = folder, tokenizer, settings, length, limit

    def train(self, sentences: list[Sentence], seed: int) -> float:
        settings, clock = self._settings, Clock()
        arguments = TrainingArguments(
            tempfile.gettempdir(), per_device_train_batch_size=settings.batch_size, per_device_eval_batch_size=settings.batch_size,
            learning_rate=settings.learning_rate, warmup_steps=settings.warmup, weight_decay=settings.weight_decay, seed=seed,
            adam_epsilon=settings.adam_epsilon, num_train_epochs=settings.epochs, max_steps=self._limit, use_cpu=True,
            save_strategy="no", logging_strategy="no", report_to=[], disable_tqdm=True,
        )  # fmt: skip
        collate, rows = DataCollatorForTokenClassification(self._tokenizer), self._rows(sentences)
        torch.manual_seed(seed)
        model = AutoModelForTokenClassification.from_pretrained(self._folder, dtype=torch.float32, id2label=dict(enumerate(LABELS)))
        self._trainer = Trainer(model, arguments, collate, rows, callbacks=[clock])
        self._trainer.train()
        return settings.batch_size * (len(clock.times) - 1) / (clock.times[-1] - clock.times[0])

    def evaluate(self, sentences: list[Sentence]) -> tuple[float, float]:
        """What was cut off stands in neither side of the score."""
        rows, start = self._rows(sentences), time.process_time()
        logits, gold, _ = self._trainer.predict(rows)
        kept = gold != IGNORED
        found = [[LABELS[label] for label in row[keep]] for row, keep in zip(logits.argmax(axis=2), kept)]
        score = f1_score([[LABELS[label] for label in row[keep]] for row, keep in zip(gold, kept)], found)
        return len(rows) / (time.process_time() - start), float(score)

    def _rows(self, sentences: list[Sentence]) -> list[dict]:
        """What the script's map() makes of the sentences."""
        options = {"is_split_into_words": True, "truncation": True, "padding": "max_length", "max_length": self._length}
        found = self._tokenizer([list(sentence.words) for sentence in sentences], **options)
        rows = []
        for number, sentence in enumerate(sentences):
            words = found.word_ids(number)
            first = [word is not None and word != before for word, before in zip(words, [None, *words])]
            labels = [LABELS.index(sentence.tags[word]) if carries else IGNORED for word, carries in zip(words, first)]
            rows.append({"labels": labels} | {key: found[key][number] for key in ("input_ids", "attention_mask")})
        return rows


class Clock(TrainerCallback):
    """CPU time at the end of each step."""

    def __init__(self):
        self.times: list[float] = []

    def on_step_end(self, *_, **__) -> None:
        self.times.append(time.process_time())


def untrained(pieces: int, folder: Path) -> Path:
    """An ALBERT of 4 layers of 256 with random weights."""
    sizes = {"embedding_size": 128, "hidden_size": 256, "num_hidden_layers": 4, "num_attention_heads": 4, "intermediate_size": 1024}
    torch.manual_seed(1)
    AlbertModel(AlbertConfig(vocab_size=pieces, **sizes)).save_pretrained(folder)
    return folder


def speed(arms: dict, train: list[Sentence], test: list[Sentence], turns: int) -> None:
    training, evaluation = defaultdict(list), defaultdict(list)
    for _ in range(turns):
        for name, arm in arms.items():
            training[name].append(arm.train(train, 1))
            evaluation[name].append(arm.evaluate(test)[0])
    for what, found in (("training", training), ("evaluation", evaluation)):
        for name, rates in found.items():
            every = " ".join(f"{rate:.1f}" for rate in rates)
            print(f"{what}, {name}: {max(rates):.1f} sentences/s, ours {max(found['ours']) / max(rates):.2f} times ({every})", flush=True)


def quality(arms: dict, train: list[Sentence], test: list[Sentence]) -> None:
    scores = defaultdict(list)
    for seed in SEEDS:
        for name, arm in arms.items():
            arm.train(train, seed)
            scores[name].append(100 * arm.evaluate(test)[1])
            print(f"seed {seed}, {name}: entity F1 {scores[name][-1]:.2f}", flush=True)
    for name, values in scores.items():
        every = " ".join(f"{value:.2f}" for value in values)
        print(f"{name}: entity F1 {statistics.mean(values):.2f} ± {statistics.stdev(values):.2f} ({every})")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("speed", "f1"))
    parser.add_argument("model", type=Path, help="a Hugging Face encoder folder with its tokenizer")
    parser.add_argument("train", type=Path, help="a tagged file, tags B and I without types")
    parser.add_argument("test", type=Path)
    parser.add_argument("--untrained", action="store_true", help="in the model's place an ALBERT of 4 layers of 256, random weights")
    parser.add_argument("--sentences", type=int, default=1600, help="of each file, from its start (%(default)s)")
    parser.add_argument("--turns", type=int, default=3, help="of each arm of `speed` (%(default)s)")
    parser.add_argument("--learning-rate", type=float, default=2e-4)
    parser.add_argument("--epochs", type=float, default=2.0, help="of `f1` (%(default)s)")
    arguments = parser.parse_args()
    fast = arguments.what == "speed"
    settings = FinetuneSettings(learning_rate=arguments.learning_rate, epochs=1.0 if fast else arguments.epochs)
    encoder.prepare(settings)
    tokenizer = encoder.load_tokenizer(arguments.model, max(STEPS))
    train, test = (
        [Sentence(one.words, one.tags) for one in read_tags(file)[: arguments.sentences]] for file in (arguments.train, arguments.test)
    )
    with tempfile.TemporaryDirectory() as scratch:
        folder = untrained(len(tokenizer), Path(scratch)) if arguments.untrained else arguments.model
        common = (folder, tokenizer, settings)
        arms = {"ours": Ours(*common), "Trainer padded to 128": Usual(*common, 128, STEPS[128] if fast else -1)}
        if fast:
            arms["Trainer padded to 512"] = Usual(*common, 512, STEPS[512])
            speed(arms, train, test, arguments.turns)
        else:
            quality(arms, train, test)


if __name__ == "__main__":
    main()
