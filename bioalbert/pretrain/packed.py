"""ALBERT's encoder without padding: the pieces of a batch end to end in one row, attention kept within each example.

The weights are those of transformers' AlbertModel; what it computes is equal to its own forward pass on padded rows, but for rounding.
All but attention goes piece by piece, so a padded piece would cost as much as a real one: on abstracts a fifth of all positions at a
length of 128, two fifths at 512.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, partial

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint
from transformers import AlbertConfig, AlbertModel
from transformers.activations import ACT2FN

try:
    from torch.nn.attention.varlen import varlen_attn
except ImportError:  # torch before 2.10
    varlen_attn = None


@dataclass(frozen=True)
class Packing:
    """How B examples of the given lengths lie in a row of T pieces.

    starts: int32 [B + 1], where each begins in the row, and T. grid: int64 [T], the place of each piece in padded rows [B, longest] laid
    end to end; None where none is padded. keys: bool [B, 1, 1, longest], which of the padded places hold a piece; None likewise.
    varlen: whether attention is torch's over such rows (`takes_varlen`), which needs no padded ones.
    """

    starts: torch.Tensor
    longest: int
    grid: torch.Tensor | None
    keys: torch.Tensor | None
    varlen: bool = False

    @classmethod
    def of(cls, lengths: np.ndarray, varlen: bool = False) -> "Packing":
        """lengths: int64 [B]. On the CPU."""
        longest = int(lengths.max())
        starts = torch.from_numpy(np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32))
        if varlen or (lengths == longest).all():
            return cls(starts, longest, None, None, varlen)
        real = torch.from_numpy(np.arange(longest) < lengths[:, None])
        return cls(starts, longest, real.flatten().nonzero()[:, 0], real[:, None, None])

    def each(self, change: Callable[[torch.Tensor], torch.Tensor]) -> "Packing":
        """With every tensor changed."""
        grid, keys = (None, None) if self.grid is None else (change(self.grid), change(self.keys))
        return Packing(change(self.starts), self.longest, grid, keys, self.varlen)


def takes_varlen(config: AlbertConfig, device: torch.device, precision: torch.dtype) -> bool:
    """Whether torch's attention over packed rows can be used: flash attention, in half precision on a GPU of compute capability 8.0 or
    more, without dropout, with heads of at most 256 in eights (torch/nn/attention/varlen.py and FlashAttention's README)."""
    width = config.hidden_size // config.num_attention_heads
    return (
        varlen_attn is not None
        and device.type == "cuda"
        and precision in (torch.bfloat16, torch.float16)
        and torch.cuda.get_device_capability(device) >= (8, 0)
        and not config.attention_probs_dropout_prob
        and width <= 256
        and width % 8 == 0
    )


def encode(
    albert: AlbertModel,
    pieces: torch.Tensor,
    segments: torch.Tensor,
    positions: torch.Tensor,
    packing: Packing,
    recompute: bool = False,
    compiled: bool = False,
) -> torch.Tensor:
    """The last hidden state, [T, hidden], of pieces, segments and positions, int64 [T].

    recompute: keep only the layers' inputs for the backward pass and compute the rest again there (gradient checkpointing).
    compiled: compile the layer (torch.compile), once for all layers of equal shapes.
    """
    encoder, config = albert.encoder, albert.config
    hidden = albert.embeddings(pieces[None], segments[None], positions[None])[0]
    hidden = encoder.embedding_hidden_mapping_in(hidden)
    run = _compiled() if compiled else _forward
    groups = [[_Layer(layer, packing, run) for layer in group.albert_layers] for group in encoder.albert_layer_groups]
    for number in range(config.num_hidden_layers):
        for layer in groups[int(number / (config.num_hidden_layers / config.num_hidden_groups))]:  # transformers' own sum
            hidden = checkpoint(layer, hidden, use_reentrant=False) if recompute else layer(hidden)
    return hidden


def pool(albert: AlbertModel, hidden: torch.Tensor, packing: Packing) -> torch.Tensor:
    """The pooled output, [B, hidden]: of each example's own first piece."""
    return albert.pooler_activation(albert.pooler(hidden[packing.starts[:-1].long()]))


def activation(config: AlbertConfig) -> Callable[[torch.Tensor], torch.Tensor]:
    """The configuration's activation; ALBERT's GELU, the tanh form, as one step where transformers' gelu_new takes eight."""
    return partial(functional.gelu, approximate="tanh") if config.hidden_act == "gelu_new" else ACT2FN[config.hidden_act]


class _Layer:
    """AlbertLayer's forward pass on [T, hidden], made once for all the layers that share its weights."""

    def __init__(self, layer: nn.Module, packing: Packing, run: Callable[..., torch.Tensor]):
        self.layer, self.packing, self.run = layer, packing, run
        # One projection instead of three: weight [3 * hidden, hidden] and bias.
        parts = (layer.attention.query, layer.attention.key, layer.attention.value)
        self.projection = [torch.cat([getattr(part, name) for part in parts]) for name in ("weight", "bias")]
        device = self.projection[0].device.type
        if torch.is_autocast_enabled(device):  # it would cast them again in every layer
            self.projection = [value.to(torch.get_autocast_dtype(device)) for value in self.projection]

    def __call__(self, hidden: torch.Tensor) -> torch.Tensor:
        return self.run(hidden, *self.projection, self.layer, self.packing)


def _forward(hidden: torch.Tensor, weight: torch.Tensor, bias: torch.Tensor, layer: nn.Module, packing: Packing) -> torch.Tensor:
    attention = layer.attention
    mixed = _attend(functional.linear(hidden, weight, bias), attention, packing)
    hidden = attention.LayerNorm(hidden + attention.output_dropout(attention.dense(mixed)))
    return layer.full_layer_layer_norm(hidden + layer.ffn_output(activation(layer.config)(layer.ffn(hidden))))


@cache
def _compiled() -> Callable[..., torch.Tensor]:
    return torch.compile(_forward, dynamic=True)  # dynamic: every step has another number of pieces


def _attend(projected: torch.Tensor, attention: nn.Module, packing: Packing) -> torch.Tensor:
    """projected: [T, 3 * hidden] -> [T, hidden]: by torch's attention over packed rows, or over rows padded for it alone."""
    heads, dropout = attention.num_attention_heads, attention.attention_dropout.p if attention.training else 0.0
    if packing.varlen:
        queries, keys, values = projected.view(len(projected), 3, heads, -1).unbind(1)
        starts, longest = packing.starts, packing.longest
        return varlen_attn(queries, keys, values, starts, starts, longest, longest).flatten(1)
    if packing.grid is None:
        rows = projected
    else:
        rows = projected.new_zeros(packing.keys.numel(), projected.shape[1]).index_copy(0, packing.grid, projected)
    queries, keys, values = rows.view(len(packing.starts) - 1, packing.longest, 3, heads, -1).permute(2, 0, 3, 1, 4)
    mixed = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=packing.keys, dropout_p=dropout)
    mixed = mixed.transpose(1, 2).flatten(2).flatten(0, 1)
    return mixed if packing.grid is None else mixed[packing.grid]
