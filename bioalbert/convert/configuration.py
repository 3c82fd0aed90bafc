"""albert_config.json <-> transformers' AlbertConfig: the same keys, but for the name of the activation."""

from pathlib import Path

from huggingface_hub.errors import StrictDataclassError
from transformers import AlbertConfig

from bioalbert.errors import InputError, nearest
from bioalbert.files import read_json

# Google's "gelu" is the tanh form (modeling.py), which transformers calls gelu_new; transformers' "gelu" is the erf form.
ACTIVATIONS = {"gelu": "gelu_new", "relu": "relu", "tanh": "tanh", "linear": "linear"}
SIZES = (
    "vocab_size",
    "embedding_size",
    "hidden_size",
    "num_hidden_layers",
    "num_hidden_groups",
    "inner_group_num",
    "num_attention_heads",
    "intermediate_size",
    "max_position_embeddings",
    "type_vocab_size",
)
RATES = ("hidden_dropout_prob", "attention_probs_dropout_prob", "initializer_range")
# In Google's released files, without effect in its code.
UNUSED = {"down_scale_factor": 1, "gap_size": 0, "net_structure_type": 0, "num_memory_blocks": 0}
LAYER_NORM_EPSILON = 1e-12  # tf.contrib.layers.layer_norm's, not configurable there
# What decides a model's outputs and has a place in both files.
FACTS = (*SIZES, *RATES, "hidden_act")


def read_albert_config(file: Path) -> AlbertConfig:
    """Google's albert_config.json as transformers' configuration. Raises InputError for a BERT one or a wrong value."""
    values = _read_object(file)
    if "embedding_size" not in values and "hidden_size" in values:
        raise InputError("no embedding_size: a configuration of BERT, not of ALBERT", file=file)
    activation = values.get("hidden_act")
    if activation not in ACTIVATIONS:
        raise InputError(
            f"hidden_act {activation!r} is not supported", file=file, place="hidden_act", fix=nearest(str(activation), ACTIVATIONS)
        )
    return _config(values | {"hidden_act": ACTIVATIONS[activation]}, file)


def read_hf_config(file: Path) -> AlbertConfig:
    """A bundle's config.json. Raises InputError when it is not one of ALBERT or a value is wrong."""
    values = _read_object(file)
    if values.get("model_type") != "albert":
        raise InputError(f"a model of type {values.get('model_type')!r}, not 'albert'", file=file, place="model_type")
    return _config(AlbertConfig().to_dict() | values, file)  # older transformers leave the defaults out


def _read_object(file: Path) -> dict:
    values = read_json(file)
    if not isinstance(values, dict):
        raise InputError("not a JSON object", file=file)
    return values


def _config(values: dict, file: Path) -> AlbertConfig:
    for key in SIZES:
        value = values.get(key)
        if type(value) is not int or value < 1:
            raise InputError(f"needs a whole number above 0, found {value!r}", file=file, place=key)
    for key in RATES:
        if type(values.get(key)) not in (int, float):
            raise InputError(f"needs a number, found {values.get(key)!r}", file=file, place=key)
    if values["hidden_size"] % values["num_attention_heads"]:
        raise InputError(f"hidden_size {values['hidden_size']} is not a multiple of it", file=file, place="num_attention_heads")
    try:
        return AlbertConfig.from_dict(values)
    except (StrictDataclassError, TypeError, ValueError) as error:
        raise InputError(f"not a configuration of ALBERT ({error})", file=file) from None


def albert_config(config: AlbertConfig, file: Path) -> dict[str, object]:
    """The values of Google's albert_config.json. Raises InputError (naming `file`) for what Google's code cannot compute."""
    names = {hf: google for google, hf in ACTIVATIONS.items()}
    if config.hidden_act not in names:
        problem = f"hidden_act {config.hidden_act!r} does not exist in Google's code (its gelu is transformers' gelu_new)"
        raise InputError(problem, file=file, place="hidden_act", fix=nearest(config.hidden_act, names))
    if config.layer_norm_eps != LAYER_NORM_EPSILON:
        raise InputError(f"Google's code has {LAYER_NORM_EPSILON}, found {config.layer_norm_eps}", file=file, place="layer_norm_eps")
    facts = {key: getattr(config, key) for key in FACTS}
    unused = {key: getattr(config, key, value) for key, value in UNUSED.items()}
    return facts | unused | {"hidden_act": names[config.hidden_act]}
