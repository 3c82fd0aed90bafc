"""The one table of weight names: Google's TensorFlow variables and AlbertForPreTraining's parameters.

Sources: google-research/albert's modeling.py and run_pretraining.py; transformers' modeling_albert.py. TensorFlow keeps a dense layer's
kernel as [inputs, outputs], PyTorch as [outputs, inputs]: those are transposed. The MLM decoder is the word embedding, not stored twice.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from transformers import AlbertConfig

from bioalbert.errors import InputError

# Adam's and LAMB's two moments of each weight, and the step: the optimizer's, not the model's.
OPTIMIZER = re.compile(r"(.*/)?((adam|lamb)_[mv]|global_step)")
# What run_classifier and run_squad_{v1,v2} put on top. At the root, so no pre-training weight has such a name.
FINE_TUNED = re.compile(r"output_(weights|bias)|cls/squad/.*|(start|end)_logits/.*|answer_class/.*")
HUB_PREFIX = "module/"  # of a graph that held the model as a hub.Module
MAPPING = "albert.encoder.embedding_hidden_mapping_in"
# transformers' second names of tied weights -> the names they are tied to
TIED = {
    "predictions.decoder.weight": "albert.embeddings.word_embeddings.weight",
    "predictions.decoder.bias": "predictions.bias",
}


@dataclass(frozen=True)
class Weight:
    """A weight under both names. shape: TensorFlow's; transposed: whether PyTorch's is the reverse."""

    tf: str
    hf: str
    shape: tuple[int, ...]
    transposed: bool = False

    @property
    def hf_shape(self) -> tuple[int, ...]:
        return self.shape[::-1] if self.transposed else self.shape


def weights(config: AlbertConfig) -> list[Weight]:
    """Every weight of Google's pre-training model with this configuration: 32 when the layers share one group of one."""
    width, hidden = config.embedding_size, config.hidden_size
    table = [
        Weight("bert/embeddings/word_embeddings", "albert.embeddings.word_embeddings.weight", (config.vocab_size, width)),
        Weight(
            "bert/embeddings/position_embeddings", "albert.embeddings.position_embeddings.weight", (config.max_position_embeddings, width)
        ),
        Weight("bert/embeddings/token_type_embeddings", "albert.embeddings.token_type_embeddings.weight", (config.type_vocab_size, width)),
        *_norm("bert/embeddings/LayerNorm", "albert.embeddings.LayerNorm", width),
    ]
    if width != hidden:  # Google's graph has no mapping otherwise, transformers' always has one
        table += _dense("bert/encoder/embedding_hidden_mapping_in", MAPPING, width, hidden)
    for group in range(config.num_hidden_groups):
        for inner in range(config.inner_group_num):
            table += _layer(config, group, inner)
    return [
        *table,
        *_dense("bert/pooler/dense", "albert.pooler", hidden, hidden),
        *_dense("cls/predictions/transform/dense", "predictions.dense", hidden, width),
        *_norm("cls/predictions/transform/LayerNorm", "predictions.LayerNorm", width),
        Weight("cls/predictions/output_bias", "predictions.bias", (config.vocab_size,)),
        Weight("cls/seq_relationship/output_weights", "sop_classifier.classifier.weight", (2, hidden)),
        Weight("cls/seq_relationship/output_bias", "sop_classifier.classifier.bias", (2,)),
    ]


def _layer(config: AlbertConfig, group: int, inner: int) -> list[Weight]:
    hidden, wide = config.hidden_size, config.intermediate_size
    tf = f"bert/encoder/transformer/group_{group}/inner_group_{inner}"
    hf = f"albert.encoder.albert_layer_groups.{group}.albert_layers.{inner}"
    return [
        *_dense(f"{tf}/attention_1/self/query", f"{hf}.attention.query", hidden, hidden),
        *_dense(f"{tf}/attention_1/self/key", f"{hf}.attention.key", hidden, hidden),
        *_dense(f"{tf}/attention_1/self/value", f"{hf}.attention.value", hidden, hidden),
        *_dense(f"{tf}/attention_1/output/dense", f"{hf}.attention.dense", hidden, hidden),
        *_norm(f"{tf}/LayerNorm", f"{hf}.attention.LayerNorm", hidden),
        *_dense(f"{tf}/ffn_1/intermediate/dense", f"{hf}.ffn", hidden, wide),
        *_dense(f"{tf}/ffn_1/intermediate/output/dense", f"{hf}.ffn_output", wide, hidden),
        *_norm(f"{tf}/LayerNorm_1", f"{hf}.full_layer_layer_norm", hidden),
    ]


def _dense(tf: str, hf: str, inputs: int, outputs: int) -> list[Weight]:
    return [Weight(f"{tf}/kernel", f"{hf}.weight", (inputs, outputs), transposed=True), Weight(f"{tf}/bias", f"{hf}.bias", (outputs,))]


def _norm(tf: str, hf: str, width: int) -> list[Weight]:
    return [Weight(f"{tf}/gamma", f"{hf}.weight", (width,)), Weight(f"{tf}/beta", f"{hf}.bias", (width,))]


def hf_shapes(config: AlbertConfig) -> dict[str, tuple[int, ...]]:
    """The shape of every parameter that AlbertForPreTraining stores, tied second names left out."""
    shapes = {weight.hf: weight.hf_shape for weight in weights(config)}
    return shapes | {f"{MAPPING}.weight": (config.hidden_size, config.embedding_size), f"{MAPPING}.bias": (config.hidden_size,)}


@dataclass(frozen=True)
class Match:
    """A checkpoint's variables sorted out. names: Weight.tf -> the checkpoint's own name; the others: names that no weight has."""

    names: dict[str, str]
    optimizer: list[str]
    heads: list[str]
    unknown: list[str]


def match(variables: Iterable[str], table: list[Weight], file: Path) -> Match:
    """Finds every weight of the table among a checkpoint's variables.

    Raises InputError when one is missing, or when the model part (bert/, cls/) holds one that the configuration does not explain.
    """
    found = Match({}, [], [], [])
    expected = {weight.tf for weight in table}
    for variable in sorted(variables):
        name = variable.removeprefix(HUB_PREFIX)
        if name in expected:
            found.names[name] = variable
        elif OPTIMIZER.fullmatch(name):
            found.optimizer.append(variable)
        elif FINE_TUNED.fullmatch(name):
            found.heads.append(variable)
        else:
            found.unknown.append(variable)
    missing = [weight.tf for weight in table if weight.tf not in found.names]
    if missing:
        raise InputError(
            _reason(found, missing),
            file=file,
            place=missing[0],
            fix="give a pre-training checkpoint of ALBERT and its own albert_config.json",
        )
    foreign = [name for name in found.unknown if name.removeprefix(HUB_PREFIX).startswith(("bert/", "cls/"))]
    if foreign:
        problem = f"{len(foreign)} variables that the configuration does not explain"
        raise InputError(problem, file=file, place=foreign[0], fix="use the albert_config.json of this checkpoint")
    return found


def _reason(found: Match, missing: list[str]) -> str:
    if any("bert/encoder/layer_0/" in name for name in found.unknown):
        return "a BERT checkpoint, not one of ALBERT"
    if found.heads:
        return f"a fine-tuned checkpoint (its head: {', '.join(found.heads)}); {len(missing)} weights of the pre-training model are missing"
    others = f"; unknown: {', '.join(found.unknown[:3])}" if found.unknown else ""
    return f"{len(missing)} weights of the pre-training model are missing{others}"
