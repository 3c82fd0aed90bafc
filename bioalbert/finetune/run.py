"""One run: a data set, a model and a seed in; a folder with the scores, the predictions and the fine-tuned model out."""

import logging
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from bioalbert.catalogue.check import altered
from bioalbert.catalogue.entries import Entry, split_name
from bioalbert.draws import generator
from bioalbert.errors import InputError
from bioalbert.files import read_json, whole_folder, write_json
from bioalbert.finetune.baseline import majority
from bioalbert.finetune.examples import Example, seen_in_training
from bioalbert.finetune.metrics import fractions
from bioalbert.finetune.metrics.texts import METRICS, as_text
from bioalbert.finetune.readers import golden, inputs, labels_of, read
from bioalbert.finetune.settings import FinetuneSettings, resolve
from bioalbert.finetune.tasks import find
from bioalbert.progress import progress
from bioalbert.provenance import Provenance
from bioalbert.settings import fill

HIGH_RATE = 1e-3  # of AdamW; beyond it a pre-trained encoder is soon forgotten
MODEL = "model"  # the fine-tuned Hugging Face folder in a run
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """What a run learns from and is scored on. data: the folder of its files. noticed: what its readers let pass, by split, once read."""

    entry: Entry
    protocol: str
    fold: int
    data: Path
    noticed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def named(cls, dataset: str, fold: int, data: Path) -> "Source":
        """From DATASET[@PROTOCOL]; data: the folder of downloads (data/raw)."""
        entry, protocol = split_name(dataset)
        return cls(entry, protocol, fold, entry.folder(Path(data)))

    def read(self, split: str) -> list[Example]:
        self.noticed[split].clear()
        return read(self.entry, self.protocol, split, self.data, self.fold, self.noticed[split])

    def golden(self) -> list[list[dict]]:
        """BioASQ's batches of golden questions, [] for other sets."""
        return golden(self.entry, self.protocol, self.data)

    def files(self) -> list[Path]:
        """The files, or folders of files, that its protocol reads and that are there."""
        return inputs(self.entry, self.protocol, self.data, self.fold)

    def altered(self) -> list[str]:
        """The names of those that are not what the catalogue says they are."""
        return altered(self.entry, self.data, [str(file.relative_to(self.data)) for file in self.files()])


@dataclass(frozen=True)
class Start:
    """The encoder that a run starts from: its folder, the name of the bundle in results, and the runs that it has behind it (warm-ups)."""

    folder: Path
    name: str
    after: tuple[str, ...] = ()

    @classmethod
    def at(cls, model: Path) -> "Start":
        """From a bundle, or from a run folder, whose model it then goes on with."""
        if not (model / "run.json").is_file():
            return cls(model, model.name)
        record = opened(model)
        limit = record["settings"]["limit"]
        done = f"{record['dataset']}@{record['protocol']}" + (f" ({record['sizes']['train']} examples)" if limit else "")
        return cls(model / MODEL, record["model"], (*record["after"], done))


def finetune(dataset: str, model: Path, output: Path, data: Path, seed: int, fold: int, overrides: list[str]) -> dict:
    """Fine-tunes `model` on DATASET[@PROTOCOL] and scores it on the test split; returns what metrics.json holds.

    model: a bundle, or the run folder of a warm-up: the run then goes on from its fine-tuned model, head included where it fits.
    The run folder `output` appears whole or not at all. A run that goes wrong (a loss that is not finite, predictions of one class)
    is finished and flagged with the reason. Raises InputError for bad input, before anything is trained.
    """
    source, start = Source.named(dataset, fold, data), Start.at(Path(model))
    place = f"{source.entry.id}@{source.protocol}"
    settings = resolve(source.entry.task, source.entry.protocols[source.protocol].settings, overrides, place=place)
    train, test, batches = source.read("train"), source.read("test"), source.golden()
    dev = source.read("dev")
    facts = {"dataset": dataset, "data": str(data), "model": str(model), "after": start.after, "fold": fold} | asdict(settings)
    provenance = Provenance("finetune", facts, [*source.files(), start.folder], seed)
    with whole_folder(output) as folder, _log_to(folder / "log.txt"):
        from bioalbert.finetune import encoder

        encoder.prepare(settings)
        tokenizer = encoder.load_tokenizer(start.folder, settings.max_length)
        task = find(source.entry.task)(tokenizer, settings, labels_of(source.entry, [*train, *dev, *test]))
        network = encoder.new_head(start.folder, task.head, task.labels, settings.dropout, seed)
        if source.entry.task == "similarity":
            encoder.start_at(network, majority(train))
        baseline = _majority(task, train, test, source) if source.entry.task in METRICS else None
        chosen = _limited(train, settings.limit, seed)
        training, lost = _train(network, task, chosen, dev, source, settings, seed)
        encoder.save(network, tokenizer, folder / MODEL)
        identity = {"dataset": source.entry.id, "protocol": source.protocol, "task": source.entry.task, "fold": fold, "seed": seed}
        protocol = source.entry.protocols[source.protocol]
        identity["comparable"] = protocol.comparable if protocol.after is None or protocol.after in start.after else None
        sizes = {"train": len(chosen), "dev": len(dev), "test": len(test)}
        trained = asdict(training) | {"lost": lost | source.noticed["train"]}
        record = identity | {
            "model": start.name,
            "after": list(start.after),
            "settings": asdict(settings),
            "sizes": sizes,
            "training": trained,
        }
        record |= {"altered": source.altered(), "baseline": baseline, "seen_in_training": seen_in_training(train, test)}
        metrics, predicted = _evaluate(network, task, test, batches, source, record)
        task.write(folder / task.file, test, predicted, batches)
        write_json(folder / "run.json", record)
        write_json(folder / "metrics.json", metrics)
        for finished in (folder / MODEL, folder):  # the model may travel, or be trained further, without its run
            provenance.write(finished, restricted=source.entry.access == "credentialed")
    return metrics


def evaluate(run: Path) -> dict:
    """Predicts and scores again with the run's own model, data and settings; returns what its metrics.json must hold.

    Raises InputError when `run` is no run folder, or its data are no longer where they were.
    """
    record, facts = opened(run), read_json(Path(run) / "provenance.json")["settings"]
    source = Source.named(facts["dataset"], facts["fold"], Path(facts["data"]))
    test, batches = source.read("test"), source.golden()
    network, task = load(run, record)
    metrics, _ = _evaluate(network, task, test, batches, source, record)
    return metrics


def opened(run: Path) -> dict:
    """A run's run.json. Raises InputError when there is none."""
    if not (Path(run) / "run.json").is_file():
        raise InputError("no run.json in it", file=run, fix="name a folder that bioalbert finetune made")
    return read_json(Path(run) / "run.json")


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


def predictions(network, task, examples: Sequence[Example]) -> tuple[list, dict[str, int]]:
    """The task's predictions for each example, and what was lost on the way to rows."""
    from bioalbert.finetune.engine import predict

    rows, lost = task.rows(examples)
    outputs = progress(predict(network, rows, task.pad, task.settings), "predict", len(rows), "row")
    return task.decode(examples, outputs), lost


def _train(network, task, train: list[Example], dev: list[Example], source: Source, settings: FinetuneSettings, seed: int) -> tuple:
    from bioalbert.finetune.engine import train as run_training

    rows, lost = task.training_rows(train)
    if not rows:
        raise InputError(f"nothing to train on in {len(train)} examples", file=source.data, fix="QA needs contexts that hold the answer")
    log.info("%d training examples, %d rows; lost: %s", len(train), len(rows), lost)

    def dev_score() -> float:
        return task.main_score(task.score(dev, predictions(network, task, dev)[0], source.entry, source.protocol, []))

    start = time.monotonic()
    training = run_training(network, rows, task.pad, task.targets, settings, seed, dev_score if dev else None)
    log.info("trained %d steps in %.1f s", training.steps, time.monotonic() - start)
    return training, lost


def _evaluate(network, task, test: list[Example], batches: list, source: Source, record: dict) -> tuple[dict, list]:
    """The score of the test split with what a reader must know beside it, and the predictions."""
    start = time.monotonic()
    predicted, lost = predictions(network, task, test)
    log.info("predicted %d test examples in %.1f s; lost: %s", len(test), time.monotonic() - start, lost)
    score = task.score(test, predicted, source.entry, source.protocol, batches)
    if record["baseline"]:
        score["baseline"] = record["baseline"]["score"]
    beaten = task.main_score(score["baseline"]) if "baseline" in score else None
    wanted = source.entry.protocols[source.protocol].after
    flags = _flags(record, wanted, task.problem(predicted), task.main_score(score), beaten)
    for flag in flags:
        log.warning("flag %s: %s", flag["flag"], flag["reason"])
    extra = {
        "protocol": f"{source.entry.id}@{source.protocol}",
        "seen_in_training": record["seen_in_training"] / len(test),
        "lost": {"train": record["training"]["lost"], "test": lost | source.noticed["test"]},
        "flags": flags,
    }
    return score | extra, predicted


def _majority(task, train: list[Example], test: list[Example], source: Source) -> dict:
    """The majority baseline of a task over whole texts: its one answer to every test text, and the score of that."""
    answer = majority(train)
    score = task.score(test, [answer] * len(test), source.entry, source.protocol, [])
    return {"answer": as_text(answer), "score": fractions(score)}


def _flags(record: dict, wanted: str | None, problem: str | None, main_score: float, baseline: float | None) -> list[dict[str, str]]:
    """What makes a run's score doubtful, each with the reason and the likely fix. wanted: the warm-up that its protocol asks for.
    baseline: its main score, None without one."""
    training, settings = record["training"], record["settings"]
    found = []
    if record.get("altered"):
        reason = f"{', '.join(record['altered'])}: not the file of the catalogue; delete it and run: bioalbert download {record['dataset']}"
        found.append(("altered-data", reason))
    if settings["limit"]:
        found.append(("limited", f"trained on {record['sizes']['train']} examples; --set limit=null trains on all"))
    if wanted and wanted not in record["after"]:
        instead = f"on {record['after'][-1]} first, not on {wanted}" if record["after"] else f"without a warm-up on {wanted}"
        found.append(("warm-up", f"fine-tuned {instead}; give the run folder of that one as --model"))
    if training["diverged"]:
        fix = "lower learning_rate or raise warmup"
        found.append(("diverged", f"loss or gradient not finite at step {training['diverged']}, training stopped there; {fix}"))
    fix = f"train longer (it was {training['steps']} steps), try another learning_rate or seed"
    if settings["learning_rate"] > HIGH_RATE:
        fix = f"lower learning_rate (it is {settings['learning_rate']:g}; 1e-5 to 5e-4 are usual)"
    if problem:
        found.append(("degenerate", f"{problem}; {fix}"))
    if main_score == 0:
        found.append(("zero-score", f"nothing is right; {fix}"))
    if baseline is not None and main_score <= baseline:
        always = f", which always answers {record['baseline']['answer']}" if record["baseline"] else ""
        found.append(("below-baseline", f"{main_score:.4f} is not above the baseline's {baseline:.4f}{always}; {fix}"))
    return [{"flag": flag, "reason": reason} for flag, reason in found]


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
