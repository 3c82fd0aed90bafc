"""The ALBERT that is trained: transformers' AlbertForPreTraining, its start, and its two losses."""

from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.convert.bundle import check_bundle
from bioalbert.errors import InputError
from bioalbert.pretrain.examples import NO_PAIR, Batch
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


class PretrainingLoss(nn.Module):
    """Sums over a batch, float32 [4]: masked-LM loss, sentence-order loss, masked pieces predicted right, orders predicted right.

    Sums, not means: whoever knows the numbers of the whole step divides, and a step is the same however it is cut into micro-batches.
    The masked-LM head sees the masked positions only.
    """

    def __init__(self, model: AlbertForPreTraining):
        super().__init__()
        self.model = model

    def forward(
        self,
        pieces: torch.Tensor,
        segments: torch.Tensor,
        attention: torch.Tensor | None,
        masked: torch.Tensor,
        targets: torch.Tensor,
        swapped: torch.Tensor,
    ) -> torch.Tensor:
        """pieces, segments, attention int64 [B, L]; masked int64 [n]: flat positions; targets int64 [n]; swapped int64 [B]."""
        output = self.model.albert(pieces, attention_mask=attention, token_type_ids=segments)
        hidden = output.last_hidden_state.flatten(0, 1)[masked]
        words = self.model.predictions(hidden).float()
        orders = self.model.sop_classifier(output.pooler_output).float()
        return torch.stack(
            [
                cross_entropy(words, targets, reduction="sum"),
                cross_entropy(orders, swapped, reduction="sum", ignore_index=NO_PAIR),
                (words.argmax(dim=-1) == targets).sum().float(),
                (orders.argmax(dim=-1) == swapped).sum().float(),
            ]
        )


def as_tensors(batch: Batch, device: torch.device) -> tuple[torch.Tensor | None, ...]:
    """PretrainingLoss's arguments. No attention mask where no example is padded: attention is faster without."""
    longest = batch.pieces.shape[1]
    attention = None if (batch.lengths == longest).all() else torch.arange(longest) < torch.from_numpy(batch.lengths)[:, None]
    arguments = (
        torch.from_numpy(batch.pieces.astype("int64")),
        torch.from_numpy(batch.segments.astype("int64")),
        None if attention is None else attention.long(),
        torch.from_numpy(batch.masked.ravel().nonzero()[0]),
        torch.from_numpy(batch.original[batch.masked].astype("int64")),
        torch.from_numpy(batch.swapped),
    )
    return tuple(None if argument is None else argument.to(device) for argument in arguments)
