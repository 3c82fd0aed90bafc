"""What a pre-training run is: RUN.yaml as plain data classes, and the batch arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from bioalbert.errors import InputError
from bioalbert.settings import about, load


@dataclass(frozen=True)
class Architecture:
    """Shape of an ALBERT. Defaults: ALBERT-base v2 (no dropout), as google-research/albert publishes it."""

    embedding_size: int = field(default=128, metadata=about("width of the piece embeddings", gt=0))
    hidden_size: int = field(default=768, metadata=about("width of the layers", gt=0))
    layers: int = field(default=12, metadata=about("layers that a piece passes through", gt=0))
    heads: int = field(default=12, metadata=about("attention heads a layer; they divide hidden_size", gt=0))
    intermediate_size: int = field(default=3072, metadata=about("width of the feed-forward part", gt=0))
    groups: int = field(default=1, metadata=about("groups of layers that share their weights", gt=0))
    inner_groups: int = field(default=1, metadata=about("attention + feed-forward blocks within a layer", gt=0))
    max_positions: int = field(default=512, metadata=about("longest sequence, in pieces", gt=0))
    dropout: float = field(default=0.0, metadata=about("dropout of hidden states and attention", ge=0, lt=1))


@dataclass(frozen=True)
class Recipe:
    """How it is trained. Defaults: BioALBERT-base's PubMed run, read from its training graph (batch 1024, 200,000 steps)."""

    steps: int = field(default=200_000, metadata=about("optimiser steps; 0 exports the initial weights untrained", ge=0))
    batch_size: int = field(default=1024, metadata=about("examples a step, over all processes", gt=0))
    micro_batch_size: int | None = field(
        default=None, metadata=about("examples in memory at once in a process; null: its whole share of the batch", gt=0)
    )
    sequence_length: int = field(default=512, metadata=about("pieces an example, [CLS] and [SEP] included", ge=8))
    max_predictions: int = field(default=20, metadata=about("most pieces masked in an example", gt=0))
    masked_lm_prob: float = field(
        default=0.15, metadata=about("share of an example's pieces that are masked, up to max_predictions", gt=0, le=1)
    )
    ngram: int = field(default=3, metadata=about("longest run of words masked together; length n is drawn with p ~ 1/n", gt=0))
    short_sequence_prob: float = field(default=0.1, metadata=about("share of examples cut to a random shorter length", ge=0, le=1))
    optimizer: Literal["lamb", "adamw"] = field(default="lamb", metadata=about("lamb (Google's details) or adamw (torch's)"))
    learning_rate: float = field(default=1.76e-3, metadata=about("peak learning rate", gt=0))
    warmup_steps: int = field(default=3125, metadata=about("steps of linear warm-up; then a linear decay to 0 at the last step", ge=0))
    weight_decay: float = field(default=0.01, metadata=about("weight decay, of all weights but biases and LayerNorms", ge=0))
    clip: float = field(default=1.0, metadata=about("largest global norm of the gradient", gt=0))
    beta1: float = field(default=0.9, metadata=about("decay of the gradient's running mean", ge=0, lt=1))
    beta2: float = field(default=0.999, metadata=about("decay of the running mean of its square", ge=0, lt=1))
    eps: float = field(default=1.0e-6, metadata=about("added to the root of the mean square", gt=0))
    seed: int = field(default=0, metadata=about("seed of initial weights, order of examples, masks", ge=0))
    precision: Literal["float32", "bfloat16"] = field(default="float32", metadata=about("arithmetic of the model (weights stay float32)"))
    held_out_documents: float = field(default=0.01, metadata=about("share of the documents kept out of training; 0: none", ge=0, lt=1))
    held_out_examples: int = field(default=1024, metadata=about("most held-out examples in an evaluation", gt=0))
    evaluate_every: int = field(default=5000, metadata=about("steps between evaluations on held-out documents (one more at the end)", gt=0))
    checkpoint_every: int = field(default=1000, metadata=about("steps between checkpoints", gt=0))
    checkpoint_minutes: float = field(default=30.0, metadata=about("most minutes between checkpoints", gt=0))
    keep_checkpoints: int = field(default=2, metadata=about("newest checkpoints kept", gt=0))
    strategy: Literal["ddp", "fsdp"] = field(
        default="ddp", metadata=about("several processes: each holds the whole model (ddp), or a part of it (fsdp, for xlarge and xxlarge)")
    )
    recompute: bool = field(
        default=False, metadata=about("keep no activations within layers, compute them again: less memory, a third more work")
    )
    compile: bool = field(default=False, metadata=about("compile the layer and the heads first (torch.compile): a minute or two, for GPUs"))
    threads: int | None = field(default=None, metadata=about("CPU threads a process (figures may differ in the last bits with it)", gt=0))


# What may change between a run's parts: the first changes the rounding of sums at most, the others only when things are done.
ROUNDING = ("micro_batch_size", "strategy", "recompute", "compile", "threads")
RESUMABLE = (*ROUNDING, "evaluate_every", "held_out_examples", "checkpoint_every", "checkpoint_minutes", "keep_checkpoints")


@dataclass(frozen=True)
class PretrainRun:
    """RUN.yaml of `bioalbert pretrain`."""

    name: str = field(metadata=about("the version's id"))
    vocabulary: str = field(metadata=about("vocabulary folder (spiece.model, tokenizer.json)"))
    tokens: str | None = field(default=None, metadata=about("token store made with that vocabulary; null only with recipe.steps: 0"))
    initial: str | None = field(default=None, metadata=about("bundle whose weights training starts from; null: from scratch"))
    corpora: tuple[str, ...] = field(default=(), metadata=about("names of the corpora in the token store, for the model card"))
    architecture: Architecture = field(default_factory=Architecture, metadata=about("the model's shape"))
    recipe: Recipe = field(default_factory=Recipe, metadata=about("how it is trained"))
    snapshots: tuple[int, ...] = field(default=(), metadata=about("steps whose weights are kept too, as bundles within the bundle"))


def load_run(file: Path) -> PretrainRun:
    """Reads RUN.yaml and checks what spans several keys. Raises InputError."""
    run = load(PretrainRun, file)
    shape, recipe = run.architecture, run.recipe
    if shape.hidden_size % shape.heads:
        raise InputError(f"{shape.heads} heads do not divide hidden_size {shape.hidden_size}", file=file, place="architecture.heads")
    if shape.layers % shape.groups:
        raise InputError(f"{shape.groups} groups do not divide {shape.layers} layers", file=file, place="architecture.groups")
    if shape.embedding_size == shape.hidden_size:
        fix = "Google's graph has no mapping between equal widths, so the model could not become a TensorFlow checkpoint"
        raise InputError(f"{shape.embedding_size} equals hidden_size", file=file, place="architecture.embedding_size", fix=fix)
    if recipe.steps and recipe.sequence_length > shape.max_positions:
        problem = f"{recipe.sequence_length} is longer than architecture.max_positions {shape.max_positions}"
        raise InputError(problem, file=file, place="recipe.sequence_length")
    if recipe.steps and recipe.warmup_steps >= recipe.steps:
        problem = f"{recipe.warmup_steps} must be below recipe.steps {recipe.steps}"
        raise InputError(problem, file=file, place="recipe.warmup_steps", fix="the decay after the warm-up ends at recipe.steps")
    if recipe.steps and run.tokens is None:
        raise InputError("training needs a token store", file=file, place="tokens", fix="name its folder, or set recipe.steps: 0")
    check_snapshots(run.snapshots, recipe)
    return run


def check_snapshots(steps: Sequence[int], recipe: Recipe) -> None:
    """Raises InputError for a step that is not before the last one (which is the bundle itself), or that stands there twice."""
    for step in steps:
        if not (isinstance(step, int) and 0 < step < recipe.steps):
            raise InputError(f"{step!r} is not a step before recipe.steps {recipe.steps}", place="snapshots")
    if len(set(steps)) < len(steps):
        raise InputError("a step stands there twice", place="snapshots")


@dataclass(frozen=True)
class BatchPlan:
    """How a step's batch is shared out: `share` examples a process, in `share / micro` micro-batches of `micro`."""

    batch: int
    share: int
    micro: int


def plan_batches(recipe: Recipe, processes: int) -> BatchPlan:
    """Divides the global batch among processes and micro-batches. Raises InputError that says which numbers do not divide."""
    share, rest = divmod(recipe.batch_size, processes)
    if rest:
        fix = f"use a multiple of {processes}, or a number of processes that divides it"
        raise InputError(f"{recipe.batch_size} examples do not divide among {processes} processes", place="recipe.batch_size", fix=fix)
    micro = recipe.micro_batch_size or share
    if share % micro:
        problem = f"{share} examples a process ({recipe.batch_size} / {processes}) do not divide into micro-batches of {micro}"
        raise InputError(problem, place="recipe.micro_batch_size", fix=f"use a number that divides {share}")
    return BatchPlan(recipe.batch_size, share, micro)
