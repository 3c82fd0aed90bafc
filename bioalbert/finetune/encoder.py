"""The encoder of a bundle: its tokenizer, and its weights under a new head. Any Hugging Face encoder with a fast tokenizer will do."""

import os
from pathlib import Path

import torch
from transformers import AutoConfig, AutoTokenizer, PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.activations import NewGELUActivation
from transformers.models.auto import modeling_auto
from transformers.utils import logging

from bioalbert.draws import generator
from bioalbert.errors import InputError, nearest
from bioalbert.finetune.settings import FinetuneSettings

POOLER = "pooler"  # a bundle may lack it (masked-LM only): the head then trains a new one
DROPOUTS = ("classifier_dropout_prob", "classifier_dropout", "seq_classif_dropout")  # ALBERT's, BERT's and RoBERTa's, DistilBERT's


def device() -> torch.device:
    """The first GPU when there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def prepare(settings: FinetuneSettings) -> None:
    """Makes equal runs equal: fixed threads, deterministic kernels. Keeps transformers' notes about new heads quiet."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")  # cuBLAS is deterministic only with a fixed workspace
    torch.set_num_threads(settings.threads)
    torch.use_deterministic_algorithms(True, warn_only=True)  # a GPU kernel without a deterministic form warns
    torch.utils.deterministic.fill_uninitialized_memory = False  # a debugging aid that comes with it and costs time
    logging.set_verbosity_error()
    logging.disable_progress_bar()


def load_tokenizer(folder: Path, max_length: int) -> PreTrainedTokenizerFast:
    """The bundle's tokenizer. Raises InputError when there is none, it is not a fast one, or its rows are shorter than `max_length`."""
    if not (Path(folder) / "config.json").is_file():
        beside = {path.parent.name for path in Path(folder).parent.glob("*/config.json")}
        fix = nearest(Path(folder).name, beside) if beside else "--model takes a bundle: a Hugging Face model folder"
        raise InputError("no config.json in it", file=folder, fix=fix)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError) as error:
        raise InputError(f"no tokenizer in it ({error})", file=folder, fix="convert it with --vocabulary spiece.model") from None
    if not tokenizer.is_fast:
        raise InputError("its tokenizer gives no offsets", file=folder, fix="save a fast one (tokenizer.json) with it")
    if getattr(tokenizer, "add_prefix_space", True) is False:  # byte-level tokenizers want a space before each word
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True, add_prefix_space=True)
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    limit = min(tokenizer.model_max_length, getattr(config, "max_position_embeddings", None) or tokenizer.model_max_length)
    if max_length > limit:
        raise InputError(f"max_length is {max_length}, the model takes {limit} pieces", file=folder, fix=f"--set max_length={limit}")
    if len(tokenizer) > config.vocab_size:
        raise InputError(f"its tokenizer has {len(tokenizer)} pieces, its model {config.vocab_size}", file=folder)
    return tokenizer


def load_head(folder: Path, head: str, **changes: object) -> PreTrainedModel:
    """The folder's model under a `head` ("TokenClassification", ...), in float32, in evaluation mode, on `device()`.

    changes: attributes of its configuration. Weights of a head that is not in the folder, or has another size there (another task's), come
    from torch's global generator. Raises InputError when the folder lacks weights of the encoder, or has them in another size, and for
    weights that are not finite.
    """
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    for name, value in changes.items():
        setattr(config, name, value)
    kind = getattr(modeling_auto, f"AutoModelFor{head}")
    options = {"config": config, "dtype": torch.float32, "local_files_only": True}
    options |= {"output_loading_info": True, "ignore_mismatched_sizes": True}
    model, found = kind.from_pretrained(folder, **options)
    encoder = model.base_model_prefix + "."
    absent = {*found["missing_keys"], *(name for name, *_ in found["mismatched_keys"])}
    missing = sorted(name for name in absent if name.startswith(encoder) and POOLER not in name)
    if missing:
        raise InputError(f"{len(missing)} weights of the encoder are missing, or have another size ({missing[0]} ...)", file=folder)
    if broken := next((name for name, weights in model.named_parameters() if not weights.isfinite().all()), None):
        raise InputError(f"weights that are not finite numbers ({broken})", file=folder, fix="get or train the model again")
    return _with_one_step_gelu(model).to(device()).eval()


def _with_one_step_gelu(model: PreTrainedModel) -> PreTrainedModel:
    """The model with torch's own tanh form of GELU in the place of transformers' gelu_new, which takes eight steps to the same number."""
    for module in model.modules():
        for name, child in module.named_children():
            if isinstance(child, NewGELUActivation):
                setattr(module, name, torch.nn.GELU(approximate="tanh"))
    return model


def new_head(folder: Path, head: str, labels: tuple[str, ...], dropout: float, seed: int) -> PreTrainedModel:
    """The bundle under a new head for `labels` (none for spans), drawn from `seed`, with `dropout` before it."""
    config = AutoConfig.from_pretrained(folder, local_files_only=True)
    changes: dict[str, object] = {name: dropout for name in DROPOUTS if hasattr(config, name)}
    if labels:
        changes |= {"id2label": dict(enumerate(labels)), "label2id": {label: number for number, label in enumerate(labels)}}
        changes["problem_type"] = None  # by the targets: transformers tells one label, several and a number apart itself
    torch.manual_seed(int(generator(seed, "finetune head").integers(2**63)))
    return load_head(folder, head, **changes)


def start_at(model: PreTrainedModel, value: float) -> None:
    """Lets a head of one number begin with about `value` for every text.

    From 0, a small training set and a small learning rate go into learning the mean score, and little else is learnt.
    """
    last = [module for module in model.modules() if isinstance(module, torch.nn.Linear)][-1]
    torch.nn.init.constant_(last.bias, value)


def save(model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path) -> None:
    """A Hugging Face folder of the fine-tuned model."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def takes_segments(config: PretrainedConfig) -> bool:
    """Whether the encoder tells the two texts of a pair apart by segment numbers."""
    return getattr(config, "type_vocab_size", 0) > 1
