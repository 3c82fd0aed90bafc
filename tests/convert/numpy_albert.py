"""ALBERT's forward pass in NumPy (float64) on the TensorFlow variable names: a second oracle, free of Google's code and of PyTorch.

Written from the ALBERT paper (Lan et al. 2020) and google-research/albert's modeling.py; itself tested against the first oracle.
"""

import numpy as np


def forward(tensors: dict[str, np.ndarray], config: dict, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """sequence_output [B, L, H], pooled_output [B, H], mlm_logits [B, L, V], sop_logits [B, 2]."""
    weight = {name: tensor.astype(np.float64) for name, tensor in tensors.items()}
    ids, segments = batch["input_ids"], batch["segment_ids"]
    words = weight["bert/embeddings/word_embeddings"]
    hidden = words[ids] + weight["bert/embeddings/token_type_embeddings"][segments]
    hidden = _norm(weight, "bert/embeddings/LayerNorm", hidden + weight["bert/embeddings/position_embeddings"][: ids.shape[1]])
    if config["embedding_size"] != config["hidden_size"]:
        hidden = _dense(weight, "bert/encoder/embedding_hidden_mapping_in", hidden)
    bias = (1.0 - batch["input_mask"][:, None, None, :]) * -10000.0
    for layer in range(config["num_hidden_layers"]):
        group = layer * config["num_hidden_groups"] // config["num_hidden_layers"]
        for inner in range(config["inner_group_num"]):
            scope = f"bert/encoder/transformer/group_{group}/inner_group_{inner}"
            hidden = _layer(weight, scope, hidden, bias, config["num_attention_heads"])
    pooled = np.tanh(_dense(weight, "bert/pooler/dense", hidden[:, 0]))
    predicted = _gelu(_dense(weight, "cls/predictions/transform/dense", hidden))
    predicted = _norm(weight, "cls/predictions/transform/LayerNorm", predicted)
    return {
        "sequence_output": hidden,
        "pooled_output": pooled,
        "mlm_logits": predicted @ words.T + weight["cls/predictions/output_bias"],
        "sop_logits": pooled @ weight["cls/seq_relationship/output_weights"].T + weight["cls/seq_relationship/output_bias"],
    }


def _layer(weight: dict[str, np.ndarray], scope: str, hidden: np.ndarray, bias: np.ndarray, heads: int) -> np.ndarray:
    def split(kind: str) -> np.ndarray:
        projected = _dense(weight, f"{scope}/attention_1/self/{kind}", hidden)
        return projected.reshape(*projected.shape[:2], heads, -1).transpose(0, 2, 1, 3)

    query, key, value = split("query"), split("key"), split("value")
    scores = query @ key.transpose(0, 1, 3, 2) / np.sqrt(query.shape[-1]) + bias
    odds = np.exp(scores - scores.max(-1, keepdims=True))
    context = (odds / odds.sum(-1, keepdims=True) @ value).transpose(0, 2, 1, 3).reshape(hidden.shape)
    hidden = _norm(weight, f"{scope}/LayerNorm", hidden + _dense(weight, f"{scope}/attention_1/output/dense", context))
    wide = _gelu(_dense(weight, f"{scope}/ffn_1/intermediate/dense", hidden))
    return _norm(weight, f"{scope}/LayerNorm_1", hidden + _dense(weight, f"{scope}/ffn_1/intermediate/output/dense", wide))


def _dense(weight: dict[str, np.ndarray], name: str, value: np.ndarray) -> np.ndarray:
    return value @ weight[f"{name}/kernel"] + weight[f"{name}/bias"]


def _norm(weight: dict[str, np.ndarray], name: str, value: np.ndarray) -> np.ndarray:
    centred = value - value.mean(-1, keepdims=True)
    return centred / np.sqrt((centred**2).mean(-1, keepdims=True) + 1e-12) * weight[f"{name}/gamma"] + weight[f"{name}/beta"]


def _gelu(value: np.ndarray) -> np.ndarray:
    return 0.5 * value * (1.0 + np.tanh(np.sqrt(2.0 / np.pi) * (value + 0.044715 * value**3)))
