"""The ALBERT that is trained: transformers' AlbertForPreTraining, its start, and its two losses."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.convert.bundle import check_bundle
from bioalbert.errors import InputError
from bioalbert.pretrain.examples import NO_PAIR, Batch
from bioalbert.pretrain.packed import Packing, activation, encode, pool
from bioalbert.pretrain.pieces import CLS, PAD, SEP
from bioalbert.pretrain.settings import Architecture

# The name of each of Architecture's fields in AlbertConfig.
CONFIG_NAMES = {
    "embedding_size": "embedding_size",
    "hidden_size": "hidden_size",
    "layers": "num_hidden_layers",
    "heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "groups": "num_hidden_groups",
    "inner_groups": "inner_group_num",
    "max_positions": "max_position_embeddings",
}


def make_model(architecture: Architecture, vocabulary_size: int, seed: int, initial: Path | None) -> AlbertForPreTraining:
    """A new model, or that of the bundle `initial`, in float32. Raises InputError when the bundle has another shape or vocabulary size.

    The sentence-order head has no dropout, as in Google's code; the configuration keeps 0.1 for the heads of fine-tuning.
    """
    dropout = {"hidden_dropout_prob": architecture.dropout, "attention_probs_dropout_prob": architecture.dropout}
    if initial is None:
        shape = {name: getattr(architecture, key) for key, name in CONFIG_NAMES.items()}
        special = {"pad_token_id": PAD, "bos_token_id": CLS, "eos_token_id": SEP}
        torch.manual_seed(seed)
        model = AlbertForPreTraining(AlbertConfig(vocab_size=vocabulary_size, **shape, **special, **dropout))
    else:
        _check_shape(architecture, vocabulary_size, initial)
        model = AlbertForPreTraining.from_pretrained(initial, dtype=torch.float32, **dropout)
    model.sop_classifier.dropout.p = 0.0
    return model.train()


def _check_shape(architecture: Architecture, vocabulary_size: int, initial: Path) -> None:
    config = check_bundle(initial)
    wanted = {name: getattr(architecture, key) for key, name in CONFIG_NAMES.items()} | {"vocab_size": vocabulary_size}
    for name, value in wanted.items():
        if getattr(config, name) != value:
            fix = "use the bundle's own vocabulary" if name == "vocab_size" else "give the run the bundle's architecture"
            raise InputError(f"{name} is {getattr(config, name)}, the run has {value}", file=initial / "config.json", fix=fix)


@dataclass(frozen=True)
class Inputs:
    """A batch of B examples as PretrainingLoss takes it, packed into a row of T pieces.

    pieces, segments, positions: int64 [T]. masked: int64 [n], the places of the masked pieces in the row; targets: int64 [n], what they
    were. swapped: int64 [B].
    """

    pieces: torch.Tensor
    segments: torch.Tensor
    positions: torch.Tensor
    masked: torch.Tensor
    targets: torch.Tensor
    swapped: torch.Tensor
    packing: Packing

    @classmethod
    def of(cls, batch: Batch, varlen: bool = False) -> "Inputs":
        """On the CPU. varlen: as of a Packing."""
        position = np.arange(batch.pieces.shape[1])
        real = position < batch.lengths[:, None]
        arrays = {
            "pieces": batch.pieces[real],
            "segments": batch.segments[real],
            "positions": np.broadcast_to(position, real.shape)[real],
            "masked": batch.masked[real].nonzero()[0],
            "targets": batch.original[batch.masked],
            "swapped": batch.swapped,
        }
        tensors = {name: torch.from_numpy(array.astype(np.int64)) for name, array in arrays.items()}
        return cls(**tensors, packing=Packing.of(batch.lengths, varlen))

    def to(self, device: torch.device) -> "Inputs":
        return self._each(lambda tensor: tensor.to(device, non_blocking=True))

    def pinned(self) -> "Inputs":
        """In memory that a GPU copies from while the CPU goes on."""
        return self._each(torch.Tensor.pin_memory)

    def _each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Inputs":
        tensors = {item.name: getattr(self, item.name) for item in fields(self) if item.name != "packing"}
        return Inputs(**{name: change(tensor) for name, tensor in tensors.items()}, packing=self.packing.each(change))


class PretrainingLoss(nn.Module):
    """Sums over a batch, float32 [4]: masked-LM loss, sentence-order loss, masked pieces predicted right, orders predicted right.

    Sums, not means: whoever knows the numbers of the whole step divides, and a step is the same however it is cut into micro-batches.
    The masked-LM head sees the masked positions only. recompute: see `packed.encode`. compiled: the layer and the heads are compiled, each
    by itself: in seconds, where the whole of it, with every layer unrolled, takes minutes.
    """

    def __init__(self, model: AlbertForPreTraining, recompute: bool = False, compiled: bool = False):
        super().__init__()
        self.model, self.recompute, self.compiled = model, recompute, compiled
        self._heads = torch.compile(self._sums, dynamic=True) if compiled else self._sums

    def forward(self, inputs: Inputs) -> torch.Tensor:
        albert, packing = self.model.albert, inputs.packing
        hidden = encode(albert, inputs.pieces, inputs.segments, inputs.positions, packing, self.recompute, self.compiled)
        return self._heads(hidden, inputs)

    def _sums(self, hidden: torch.Tensor, inputs: Inputs) -> torch.Tensor:
        words = self._words(hidden[inputs.masked]).float()
        orders = self.model.sop_classifier(pool(self.model.albert, hidden, inputs.packing)).float()
        return torch.stack(
            [
                cross_entropy(words, inputs.targets, reduction="sum"),
                cross_entropy(orders, inputs.swapped, reduction="sum", ignore_index=NO_PAIR),
                (words.argmax(dim=-1) == inputs.targets).sum().float(),
                (orders.argmax(dim=-1) == inputs.swapped).sum().float(),
            ]
        )

    def _words(self, hidden: torch.Tensor) -> torch.Tensor:
        """AlbertMLMHead's logits, [n, vocabulary]."""
        head = self.model.predictions
        return head.decoder(head.LayerNorm(activation(self.model.config)(head.dense(hidden))))
