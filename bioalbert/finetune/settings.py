"""The settings of a fine-tune: BioBERT's for the task, changed by the protocol in the catalogue, changed by `--set key=value`."""

from dataclasses import asdict, dataclass, field
from typing import Literal

from bioalbert.errors import InputError, nearest
from bioalbert.settings import about, fill, override


@dataclass(frozen=True)
class FinetuneSettings:
    """One fine-tune's settings: these defaults, changed by the task's own, by the protocol's (`bioalbert datasets NAME`) and by `--set`.

    BioBERT's values (dmis-lab/biobert e283eaa); Adam's epsilon and the weight decay are those of google-research/albert.
    """

    max_length: int = field(default=128, metadata=about("pieces in a row, special pieces included", ge=16))
    stride: int = field(default=64, metadata=about("pieces from the start of one window over a long text to the next", ge=1))
    batch_size: int = field(default=32, metadata=about("rows in a batch", ge=1))
    learning_rate: float = field(default=5e-5, metadata=about("peak learning rate of AdamW", gt=0, le=1))
    epochs: float = field(default=10.0, metadata=about("passes over the training rows; 0.5 is half of one", gt=0))
    steps: int | None = field(default=None, metadata=about("training steps; stands in for epochs when given", ge=1))
    warmup: float = field(default=0.1, metadata=about("share of the steps in which the learning rate rises", ge=0, lt=1))
    weight_decay: float = field(default=0.01, metadata=about("AdamW's weight decay (not on biases and layer norms)", ge=0))
    adam_beta1: float = field(default=0.9, metadata=about("AdamW's first beta", ge=0, lt=1))
    adam_beta2: float = field(default=0.999, metadata=about("AdamW's second beta", ge=0, lt=1))
    adam_epsilon: float = field(default=1e-6, metadata=about("AdamW's epsilon", gt=0))
    clip: float = field(default=1.0, metadata=about("largest norm of the whole gradient", gt=0))
    dropout: float = field(default=0.1, metadata=about("dropout before the task's head", ge=0, lt=1))
    label_pieces: Literal["first", "all"] = field(
        default="first",
        metadata=about("NER: train on the first telling piece of each word, or on all of them; the first is read either way"),
    )
    max_question: int = field(default=64, metadata=about("QA: pieces of a question; the rest is cut off", ge=1))
    max_answer: int = field(default=30, metadata=about("QA: pieces in an answer, at most", ge=1))
    n_best: int = field(default=20, metadata=about("QA: answers kept of each context", ge=1))
    post: Literal["plain", "textrip"] = field(
        default="plain", metadata=about("QA: answers as they stand, or with marks at their ends and half brackets taken off (textrip)")
    )
    list_threshold: float = field(default=0.42, metadata=about("QA: list questions take the answers more probable than this", ge=0))
    limit: int | None = field(default=None, metadata=about("train on this many randomly chosen examples; null: on all", ge=1))
    patience: int = field(
        default=0,
        metadata=about("epochs without a better score on the dev set until training stops; 0: never (the best one is kept)", ge=0),
    )
    precision: Literal["float32", "bfloat16"] = field(
        default="float32", metadata=about("arithmetic of the encoder: float32, or bfloat16 autocast (GPU)")
    )
    threads: int = field(default=1, metadata=about("CPU threads; another number may change the last digits of a score", ge=1))


TASK_DEFAULTS = {
    "ner": {"patience": 3},
    "re": {"learning_rate": 2e-5, "epochs": 3.0},
    "yesno": {"max_length": 384, "batch_size": 12, "learning_rate": 5e-6, "epochs": 5.0},
    # MedNLI's and MedSTS's of BlueBERT (ncbi-nlp/bluebert 035d625, README); HoC's of LinkBERT (michiyasunaga/LinkBERT 6b60e0f): abstracts
    "inference": {},
    "similarity": {"epochs": 30.0},
    "classification": {"max_length": 512, "learning_rate": 4e-5, "epochs": 40.0},
    "qa": {"max_length": 384, "stride": 128, "batch_size": 12, "learning_rate": 5e-6, "epochs": 5.0},
}


# Settings that only some tasks use.
USED_BY = {"stride": ("ner", "qa"), "label_pieces": ("ner",)}
USED_BY |= dict.fromkeys(("max_question", "max_answer", "n_best", "post", "list_threshold"), ("qa",))


def used(task: str, settings: FinetuneSettings) -> dict:
    """The settings that a task uses, by name."""
    return {name: value for name, value in asdict(settings).items() if task in USED_BY.get(name, (task,))}


def resolve(task: str, protocol: dict, overrides: list[str], *, place: str) -> FinetuneSettings:
    """The task's defaults <- the protocol's settings <- `--set key=value ...`.

    place: the protocol's name, for errors. Raises InputError for a task without fine-tuning, an unknown key, one that other tasks use,
    or a bad value.
    """
    if task not in TASK_DEFAULTS:
        raise InputError(f"there is no fine-tuning for the task {task!r} yet", place=place, fix=nearest(task, TASK_DEFAULTS))
    for name in (one.partition("=")[0] for one in overrides):
        if task not in USED_BY.get(name, (task,)):
            raise InputError(f"the task {task} has no use for it", place=f"--set {name}", fix="leave it out")
    return override(fill(FinetuneSettings, TASK_DEFAULTS[task] | protocol, place=place), overrides)
