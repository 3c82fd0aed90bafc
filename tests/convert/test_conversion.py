"""TensorFlow -> Hugging Face -> TensorFlow against two oracles: Google's own graph, and NumPy's forward pass."""

import filecmp
import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file
from transformers import AutoModelForPreTraining, AutoTokenizer

from bioalbert.cli import main
from bioalbert.convert import names
from bioalbert.convert.bundle import _is_cased
from bioalbert.convert.configuration import ACTIVATIONS
from bioalbert.convert.hf_to_tf import convert_to_tf
from bioalbert.convert.names import MAPPING, Weight
from bioalbert.convert.tensor_bundle import TensorBundle, write_tensors
from bioalbert.convert.tf_to_hf import convert_to_hf
from bioalbert.errors import InputError
from bioalbert.files import digest, read_json, write_json
from bioalbert.provenance import is_restricted

from .models import BASE, largest_difference, outputs, plain_bundle, random_checkpoint, random_inputs, read_all, train_vocabulary
from .numpy_albert import forward

TOLERANCE = 1e-4
FILES = ("model.ckpt.index", "model.ckpt.data-00000-of-00001")


def test_oracle_is_reproduced(oracle, reference, tmp_path):
    found = convert_to_hf(oracle, tmp_path / "hf")
    assert (len(found.names), len(found.optimizer), found.heads, found.unknown) == (32, 65, [], [])
    assert largest_difference(outputs(tmp_path / "hf", reference), reference) < TOLERANCE


def test_numpy_forward_is_an_oracle_too(oracle, reference):
    config = read_json(oracle / "albert_config.json")
    assert largest_difference(forward(read_all(oracle / "model.ckpt-3"), config, reference), reference) < 1e-5


def changed_table(change):
    original = names.weights
    return lambda config: [change(weight) for weight in original(config)]


def swap(one: str, other: str):
    """Exchanges two names of the Hugging Face side."""

    def change(weight: Weight) -> Weight:
        swapped = {one: weight.hf.replace(one, other), other: weight.hf.replace(other, one)}
        return Weight(
            weight.tf, next((name for part, name in swapped.items() if part in weight.hf), weight.hf), weight.shape, weight.transposed
        )

    return change


def untransposed(part: str):
    return lambda weight: Weight(weight.tf, weight.hf, weight.shape, weight.transposed and part not in weight.tf)


@pytest.mark.parametrize(
    "change",
    [
        untransposed("self/query/kernel"),
        untransposed("attention_1/output/dense/kernel"),
        untransposed("pooler"),
        swap("attention.LayerNorm", "full_layer_layer_norm"),
        swap("attention.query", "attention.key"),
    ],
)
def test_a_wrong_table_fails_the_oracle(oracle, reference, tmp_path, monkeypatch, change):
    monkeypatch.setattr("bioalbert.convert.tf_to_hf.weights", changed_table(change))
    convert_to_hf(oracle, tmp_path / "hf")
    assert largest_difference(outputs(tmp_path / "hf", reference), reference) > 0.1


def test_erf_gelu_fails_the_oracle(oracle, reference, tmp_path, monkeypatch):
    monkeypatch.setitem(ACTIVATIONS, "gelu", "gelu")
    convert_to_hf(oracle, tmp_path / "hf")
    assert largest_difference(outputs(tmp_path / "hf", reference), reference) > 2 * TOLERANCE


def test_round_trip_is_byte_identical(bare, tmp_path):
    convert_to_hf(bare, tmp_path / "hf")
    assert convert_to_tf(tmp_path / "hf", tmp_path / "tf") == 32
    assert filecmp.cmpfiles(bare, tmp_path / "tf", FILES, shallow=False)[0] == list(FILES)
    assert read_json(tmp_path / "tf" / "albert_config.json") == read_json(bare / "albert_config.json")


def test_variables_have_googles_names_and_no_slots(oracle, tmp_path):
    convert_to_hf(oracle, tmp_path / "hf")
    convert_to_tf(tmp_path / "hf", tmp_path / "tf")
    saved = TensorBundle(oracle / "model.ckpt-3").entries
    trained = {name for name in saved if f"{name}/adam_m" in saved}
    assert TensorBundle(tmp_path / "tf" / "model.ckpt").entries.keys() == trained


def test_plain_bundle_comes_back_bit_by_bit(tmp_path):
    """HF -> TF -> HF -> TF, from a folder that transformers saved."""
    bundle = plain_bundle(tmp_path / "hf")
    convert_to_tf(bundle, tmp_path / "tf")
    convert_to_hf(tmp_path / "tf", tmp_path / "again")
    assert (tmp_path / "again" / "model.safetensors").read_bytes() == (bundle / "model.safetensors").read_bytes()
    convert_to_tf(tmp_path / "again", tmp_path / "tf2")
    assert filecmp.cmpfiles(tmp_path / "tf", tmp_path / "tf2", [*FILES, "albert_config.json"], shallow=False)[0] == [
        *FILES,
        "albert_config.json",
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"num_hidden_layers": 6, "num_hidden_groups": 3, "inner_group_num": 2},
        {"embedding_size": 12},
        {"num_hidden_layers": 3, "hidden_size": 24, "num_attention_heads": 4},
        BASE,
    ],
    ids=["groups", "equal widths", "other sizes", "base"],
)
def test_other_shapes_agree_with_numpy_and_come_back(tmp_path, changes):
    tensors = random_checkpoint(tmp_path / "tf", **changes)
    convert_to_hf(tmp_path / "tf", tmp_path / "hf")
    expected = forward(tensors, read_json(tmp_path / "tf" / "albert_config.json"), random_inputs())
    assert largest_difference(outputs(tmp_path / "hf", random_inputs()), expected) < TOLERANCE
    convert_to_tf(tmp_path / "hf", tmp_path / "again")
    assert filecmp.cmpfiles(tmp_path / "tf", tmp_path / "again", FILES, shallow=False)[0] == list(FILES)


def test_equal_widths_with_a_mapping_are_refused(tmp_path):
    bundle = plain_bundle(tmp_path / "hf", embedding_size=12)
    with pytest.raises(InputError, match=f"{MAPPING}.weight: not the identity"):
        convert_to_tf(bundle, tmp_path / "tf")
    assert not (tmp_path / "tf").exists()


def test_conversion_is_deterministic(oracle, tmp_path, sentencepiece_model):
    random_checkpoint(tmp_path / "tf")
    for out in ("one", "two"):
        convert_to_hf(tmp_path / "tf", tmp_path / out, sentencepiece_model)
    files = sorted(file.name for file in (tmp_path / "one").iterdir() if file.name != "provenance.json")
    assert "spiece.model" in files
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False)[0] == files


def test_bundle_loads_by_auto_classes_with_a_lower_case_tokenizer(tmp_path, sentencepiece_model):
    random_checkpoint(tmp_path / "tf")
    shutil.copyfile(sentencepiece_model, tmp_path / "tf" / "30k-clean.model")
    convert_to_hf(tmp_path / "tf", tmp_path / "hf")
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "hf")
    assert tokenizer("The CELL").input_ids == tokenizer("the cell").input_ids
    assert tokenizer.model_max_length == 16
    model = AutoModelForPreTraining.from_pretrained(tmp_path / "hf")
    assert model.config.hidden_act == "gelu_new"
    assert model.predictions.decoder.weight is model.albert.embeddings.word_embeddings.weight
    convert_to_tf(tmp_path / "hf", tmp_path / "again")
    assert (tmp_path / "again" / "30k-clean.model").read_bytes() == sentencepiece_model.read_bytes()


def test_cased_vocabulary_makes_a_cased_tokenizer(tmp_path):
    random_checkpoint(tmp_path / "tf")
    sentences = ["The Cell binds a Receptor", "Aspirin inhibits COX in Man", "Mutations of BRCA1 raise the risk of Cancer"]
    convert_to_hf(tmp_path / "tf", tmp_path / "hf", train_vocabulary(tmp_path / "cased.model", sentences))
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "hf")
    assert tokenizer("The Cell").input_ids != tokenizer("the cell").input_ids


def test_googles_vocabulary_is_found_to_be_lower_case(mirror):
    files = [file for file in mirror.rglob("spiece.model") if digest(file).startswith("fefb02b6")]
    assert files and not _is_cased(files[0])


def test_tensorflow_hub_names_and_folders(tmp_path, sentencepiece_model):
    tensors = random_checkpoint(tmp_path / "tf")
    hub = tmp_path / "hub"
    for name in ("variables", "assets"):
        (hub / name).mkdir(parents=True)
    write_tensors(hub / "variables" / "variables", {f"module/{name}": tensor for name, tensor in tensors.items()})
    shutil.copyfile(tmp_path / "tf" / "albert_config.json", hub / "albert_config.json")
    shutil.copyfile(sentencepiece_model, hub / "assets" / "30k-clean.model")
    convert_to_hf(hub, tmp_path / "one")
    convert_to_hf(tmp_path / "tf", tmp_path / "two", sentencepiece_model)
    assert filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", ["model.safetensors", "spiece.model"], shallow=False)[1:] == ([], [])


def test_heads_are_kept_and_unknown_names_reported(tmp_path, capsys):
    tensors = random_checkpoint(tmp_path / "tf")
    more = {"output_weights": np.full((3, 12), 7, np.float32), "ema/decay": np.zeros(1, np.float32), "global_step": np.array(3, np.int64)}
    write_tensors(tmp_path / "tf" / "model.ckpt", tensors | more)
    assert main(["convert", "tf-to-hf", str(tmp_path / "tf"), str(tmp_path / "hf")]) == 0
    told = capsys.readouterr()
    assert "32 weights converted, 1 variables of the optimizer left out" in told.out
    assert "a fine-tuned head, kept in head.safetensors: output_weights\nleft out, unknown variables: ema/decay\n" in told.err
    kept = load_file(tmp_path / "hf" / "head.safetensors")
    assert kept.keys() == {"output_weights"} and (kept["output_weights"] == 7).all() and kept["output_weights"].shape == (3, 12)
    unused = read_json(tmp_path / "hf" / "provenance.json")["settings"]["not_in_the_model"]
    assert unused == {"optimizer": ["global_step"], "head": ["output_weights"], "unknown": ["ema/decay"]}


def test_files_are_those_of_save_pretrained(tmp_path):
    random_checkpoint(tmp_path / "tf", num_hidden_layers=4, num_hidden_groups=2, embedding_size=12)
    convert_to_hf(tmp_path / "tf", tmp_path / "hf")
    AutoModelForPreTraining.from_pretrained(tmp_path / "hf").save_pretrained(tmp_path / "again")
    assert filecmp.cmpfiles(tmp_path / "hf", tmp_path / "again", ["config.json", "model.safetensors"], shallow=False)[1:] == ([], [])


def test_model_card(oracle, tmp_path, sentencepiece_model):
    convert_to_hf(oracle, tmp_path / "hf")
    card = (tmp_path / "hf" / "README.md").read_text()
    for line in ("license: unknown", "| Steps | 3 |", "| Layers | 2 (1 groups of shared weights) |", "| Vocabulary | 200 pieces |"):
        assert line in card
    assert "TensorFlow checkpoint model.ckpt-3 of google-research/albert's code" in card
    assert "# without a tokenizer: its vocabulary was not given" in card
    random_checkpoint(tmp_path / "tf")
    convert_to_hf(tmp_path / "tf", tmp_path / "two", sentencepiece_model)
    card = (tmp_path / "two" / "README.md").read_text()
    assert "| Steps | not known |" in card and 'AutoTokenizer.from_pretrained("FOLDER")' in card


def test_the_restricted_mark_travels(tmp_path):
    bundle = plain_bundle(tmp_path / "hf")
    write_json(bundle / "provenance.json", {"restricted": True})
    convert_to_tf(bundle, tmp_path / "tf")
    convert_to_hf(tmp_path / "tf", tmp_path / "again")
    assert is_restricted(tmp_path / "tf") and is_restricted(tmp_path / "again")
    assert "**Restricted.**" in (tmp_path / "again" / "README.md").read_text()
    assert json.loads((tmp_path / "again" / "provenance.json").read_text())["inputs"]
