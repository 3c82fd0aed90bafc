"""One run: a data set, a model and a seed in; a folder with the scores, the predictions and the fine-tuned model out."""

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from bioalbert.draws import generator
from bioalbert.errors import InputError
from bioalbert.files import read_json, whole_folder, write_json
from bioalbert.finetune.baseline import majority
from bioalbert.finetune.examples import Example, seen_in_training
from bioalbert.finetune.flags import Outcome, flags
from bioalbert.finetune.metrics import fractions
from bioalbert.finetune.metrics.items import ITEMS, Items, write_items
from bioalbert.finetune.metrics.texts import METRICS, as_text
from bioalbert.finetune.pieces import Row
from bioalbert.finetune.readers import labels_of
from bioalbert.finetune.settings import FinetuneSettings, resolve, used
from bioalbert.finetune.source import Source
from bioalbert.finetune.start import MODEL, Start, whole_record
from bioalbert.finetune.tasks import find
from bioalbert.finetune.tasks.texts import markers
from bioalbert.progress import progress
from bioalbert.provenance import Provenance
from bioalbert.settings import fill

log = logging.getLogger(__name__)


def finetune(dataset: str, model: Path, output: Path, data: Path, seed: int, fold: int, overrides: list[str]) -> dict:
    """Fine-tunes `model` on DATASET[@PROTOCOL] and scores it on the test split; returns what metrics.json holds.

    model: a bundle, or the run folder of a warm-up: the run then goes on from its fine-tuned model, head included where it fits.
    The run folder `output` appears whole or not at all. A run that goes wrong (a loss that is not finite, predictions of one class)
    is finished and flagged with the reason. Raises InputError for bad input, and a finished run in `output`, before anything is trained.
    """
    if (output / "run.json").exists():
        raise InputError("a finished run is there", file=output, fix="delete it, or name another folder")
    source, start = Source.named(dataset, fold, data), Start.at(Path(model))
    settings = resolve(source.entry.task, source.rules.settings, overrides, place=source.name)
    with source.naming_others():
        train, dev, test = (source.read(split) for split in ("train", "dev", "test"))
        batches = source.golden()
    facts = {"dataset": dataset, "data": str(data), "model": str(model), "after": start.after, "fold": fold}
    settings_used = used(source.entry.task, settings)
    provenance = Provenance("finetune", facts | settings_used, [*source.files(), start.folder], seed)
    with whole_folder(output) as folder, _log_to(folder / "log.txt"):
        from bioalbert.finetune import encoder

        encoder.prepare(settings)
        tokenizer = encoder.load_tokenizer(start.folder, settings.max_length)
        task = find(source.entry.task)(tokenizer, settings, labels_of(source.entry, [*train, *dev, *test]))
        network = encoder.new_head(start.folder, task.head, task.labels, settings.dropout, seed)
        if source.entry.task == "similarity":
            encoder.start_at(network, majority(train))
        chosen = _limited(train, settings.limit, seed)
        training, lost, seconds = _train(network, task, chosen, dev, source, settings, seed)
        provenance.measure(training_seconds=seconds)
        encoder.save(network, tokenizer, folder / MODEL)
        record = _identity(source, start, seed, whole=len(chosen) == len(train)) | {
            "settings": settings_used,
            "sizes": {"train": len(chosen), "of": len(train), "dev": len(dev), "test": len(test)},
            "training": asdict(training) | {"lost": lost | source.noticed["train"]},
            "altered": source.altered(),
            "baseline": _majority(task, train, test, source) if source.entry.task in METRICS else None,
            "seen_in_training": seen_in_training(train, test),
        }
        if source.entry.task == "re":
            record["markers"] = sorted(markers(example.text for example in chosen))
        metrics, predicted, items = _evaluate(network, task, test, batches, source, record)
        task.write(folder / task.file, test, predicted, batches)
        write_items(folder / ITEMS, items, source.restricted)
        write_json(folder / "run.json", record)
        write_json(folder / "metrics.json", metrics)
        for finished in (folder / MODEL, folder):  # the model may travel, or be trained further, without its run
            provenance.write(finished, restricted=source.restricted)
    return metrics


def _identity(source: Source, start: Start, seed: int, whole: bool) -> dict:
    """What tells a run from others, and what it may be compared with: nothing, without the warm-up that its protocol asks for, or where
    it was not trained on the whole training part."""
    warmed_up = source.rules.after is None or source.rules.after in start.after
    return {
        "dataset": source.entry.id,
        "protocol": source.protocol,
        "task": source.entry.task,
        "fold": source.fold,
        "seed": seed,
        "model": start.name,
        "after": list(start.after),
        "comparable": source.rules.comparable if warmed_up and whole else None,
    }


def evaluate(run: Path) -> dict:
    """Predicts and scores again with the run's own model, data and settings; returns what its metrics.json must hold.

    A run of before there was items.parquet gets it, if it scores here what it scored then.
    Raises InputError when `run` is no run folder, or its data are no longer where they were.
    """
    record, facts = whole_record(run), read_json(Path(run) / "provenance.json")["settings"]
    source = Source.named(facts["dataset"], facts["fold"], Path(facts["data"]))
    test, batches = source.read("test"), source.golden()
    network, task = load(run, record)
    metrics, _, items = _evaluate(network, task, test, batches, source, record)
    if not (Path(run) / ITEMS).is_file():
        if task.main_score(metrics) == task.main_score(read_json(Path(run) / "metrics.json")):
            write_items(Path(run) / ITEMS, items, source.restricted)
        else:
            log.warning("%s is not written: the score is not that of metrics.json", ITEMS)
    return metrics


def load(run: Path, record: dict) -> tuple:
    """The fine-tuned network and the task of a finished run."""
    from bioalbert.finetune import encoder

    settings = fill(FinetuneSettings, record["settings"], file=Path(run) / "run.json", place="settings")
    encoder.prepare(settings)
    folder = Path(run) / MODEL
    kind = find(record["task"])
    network = encoder.load_head(folder, kind.head)
    labels = tuple(network.config.id2label[number] for number in sorted(network.config.id2label))
    return network, kind(encoder.load_tokenizer(folder, settings.max_length), settings, labels)


def predictions(network, task, examples: Sequence[Example], rows: list[Row]) -> list:
    """The task's predictions for each example, of which `rows` were made."""
    from bioalbert.finetune.engine import predict

    outputs = progress(predict(network, rows, task.pad, task.settings), "predict", len(rows), "row")
    return task.decode(examples, outputs)


def _train(network, task, train: list[Example], dev: list[Example], source: Source, settings: FinetuneSettings, seed: int) -> tuple:
    from bioalbert.finetune.engine import train as run_training

    rows, lost = task.training_rows(train)
    if not rows:
        raise InputError(f"nothing to train on in {len(train)} examples", file=source.data, fix="QA needs contexts that hold the answer")
    log.info("%d training examples, %d rows; lost: %s", len(train), len(rows), lost)

    dev_rows = task.rows(dev)[0] if dev else []  # once for all epochs

    def dev_score() -> float:
        return task.main_score(task.score(dev, predictions(network, task, dev, dev_rows), source.entry, source.protocol, []))

    start = time.monotonic()
    training = run_training(network, rows, task.pad, task.targets, settings, seed, dev_score if dev else None)
    seconds = time.monotonic() - start
    log.info("trained %d steps in %.1f s", training.steps, seconds)
    return training, lost, seconds


def _evaluate(network, task, test: list[Example], batches: list, source: Source, record: dict) -> tuple[dict, list, Items]:
    """The score of the test split with what a reader must know beside it, the predictions, and what the score is made of."""
    start = time.monotonic()
    rows, lost = task.rows(test)
    predicted = predictions(network, task, test, rows)
    log.info("predicted %d test examples in %.1f s; lost: %s", len(test), time.monotonic() - start, lost)
    score = task.score(test, predicted, source.entry, source.protocol, batches)
    if record["baseline"]:
        score["baseline"] = record["baseline"]["score"]
    items = task.items(test, predicted, source.entry, source.protocol, batches)
    outcome = Outcome(
        main_score=task.main_score(score),
        baseline=task.main_score(score["baseline"]) if "baseline" in score else None,
        problem=task.problem(predicted),
        nothing_to_find=not any(row.gold for row in items.rows),
    )
    doubts = flags(record, source.rules.after, outcome)
    for flag in doubts:
        log.warning("flag %s: %s", flag["flag"], flag["reason"])
    extra = {
        "protocol": source.name,
        "seen_in_training": record["seen_in_training"] / len(test),
        "lost": {"train": record["training"]["lost"], "test": lost | source.noticed["test"]},
        "flags": doubts,
    }
    return score | extra, predicted, items


def _majority(task, train: list[Example], test: list[Example], source: Source) -> dict:
    """The majority baseline of a task over whole texts: its one answer to every test text, and the score of that."""
    answer = majority(train)
    score = task.score(test, [answer] * len(test), source.entry, source.protocol, [])
    return {"answer": as_text(answer), "score": fractions(score)}


def _limited(examples: list[Example], limit: int | None, seed: int) -> list[Example]:
    """At most `limit` examples, drawn at random, in their order."""
    if limit is None or limit >= len(examples):
        return examples
    chosen = generator(seed, "finetune limit").permutation(len(examples))[:limit]
    return [examples[number] for number in sorted(chosen)]


@contextmanager
def _log_to(file: Path) -> Iterator[None]:
    """Sends this package's log lines to a file and to standard error."""
    logger = logging.getLogger(__package__)
    logger.setLevel(logging.INFO)
    handlers = [logging.FileHandler(file, encoding="utf-8"), logging.StreamHandler(sys.stderr)]
    for handler in handlers:
        handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
        logger.addHandler(handler)
    try:
        yield
    finally:
        for handler in handlers:
            logger.removeHandler(handler)
            handler.close()
