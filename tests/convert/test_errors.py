"""What is missing, damaged or does not fit: one line with file, place and fix, and nothing half-written."""

import shutil

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from bioalbert.convert.tensor_bundle import write_tensors
from bioalbert.files import read_json, write_json

from .models import plain_bundle, random_checkpoint, read_all


@pytest.fixture
def tf(tmp_path):
    random_checkpoint(tmp_path / "tf")
    return tmp_path / "tf"


@pytest.fixture
def to_hf(refused, tmp_path):
    """Runs tf-to-hf, which must refuse and leave nothing behind."""

    def run(source, *more):
        before = sorted(tmp_path.iterdir())
        message = refused("convert", "tf-to-hf", source, tmp_path / "hf", *more)
        assert sorted(tmp_path.iterdir()) == before
        return message

    return run


def change_config(folder, name="albert_config.json", **changes):
    write_json(folder / name, read_json(folder / name) | changes)


@pytest.mark.parametrize(
    ("changes", "place", "shapes"),
    [
        ({"vocab_size": 49}, "bert/embeddings/word_embeddings", "shape (48, 8), but albert_config.json needs (49, 8)"),
        ({"hidden_size": 24}, "bert/encoder/embedding_hidden_mapping_in/kernel", "shape (8, 12), but albert_config.json needs (8, 24)"),
    ],
)
def test_configuration_of_another_size(tf, to_hf, changes, place, shapes):
    change_config(tf, **changes)
    message = to_hf(tf)
    assert f"model.ckpt.index: {place}: {shapes}; use the albert_config.json" in message


def test_configuration_of_fewer_groups(tmp_path, to_hf):
    random_checkpoint(tmp_path / "tf", num_hidden_groups=2)
    change_config(tmp_path / "tf", num_hidden_groups=1)
    message = to_hf(tmp_path / "tf")
    assert "bert/encoder/transformer/group_1/inner_group_0/LayerNorm/beta: 16 variables that the configuration does not explain" in message


def test_configuration_of_more_groups(tf, to_hf):
    change_config(tf, num_hidden_groups=2)
    assert "group_1/inner_group_0/attention_1/self/query/kernel: 16 weights of the pre-training model are missing" in to_hf(tf)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hidden_act": "gelu_new"}, "hidden_act: hidden_act 'gelu_new' is not supported; did you mean gelu or relu?"),
        ({"hidden_size": "12"}, "hidden_size: needs a whole number above 0, found '12'"),
        ({"num_attention_heads": 5}, "num_attention_heads: hidden_size 12 is not a multiple of it"),
        ({"hidden_dropout_prob": "0"}, "hidden_dropout_prob: needs a number, found '0'"),
    ],
)
def test_wrong_value_in_the_configuration(tf, to_hf, changes, expected):
    change_config(tf, **changes)
    assert f"albert_config.json: {expected}" in to_hf(tf)


def test_broken_configuration(tf, to_hf):
    (tf / "albert_config.json").write_text("{")
    assert "albert_config.json: not valid JSON" in to_hf(tf)
    (tf / "albert_config.json").unlink()
    assert "tf: no albert_config.json; put the model's albert_config.json beside the checkpoint" in to_hf(tf)


def test_bert_checkpoint(tf, to_hf):
    (tf / "albert_config.json").rename(tf / "bert_config.json")
    config = read_json(tf / "bert_config.json")
    write_json(tf / "bert_config.json", {key: value for key, value in config.items() if key != "embedding_size"})
    assert "bert_config.json: no embedding_size: a configuration of BERT, not of ALBERT" in to_hf(tf)
    write_json(tf / "bert_config.json", config)
    renamed = {name.replace("transformer/group_0/inner_group_0", "layer_0"): tensor for name, tensor in read_all(tf / "model.ckpt").items()}
    write_tensors(tf / "model.ckpt", renamed)
    assert "a BERT checkpoint, not one of ALBERT" in to_hf(tf)


def test_fine_tuned_checkpoint(tf, to_hf):
    tensors = {name: tensor for name, tensor in read_all(tf / "model.ckpt").items() if not name.startswith("cls/")}
    write_tensors(tf / "model.ckpt", tensors | {"output_weights": np.zeros((2, 12), np.float32)})
    message = to_hf(tf)
    assert "cls/predictions/transform/dense/kernel: a fine-tuned checkpoint (its head: output_weights); 7 weights" in message


def test_several_checkpoints_are_listed_unless_one_is_named(tf, to_hf, tmp_path):
    for file in sorted(tf.glob("model.ckpt.*")):
        shutil.copyfile(file, tf / file.name.replace("model.ckpt", "model.ckpt-2"))
    message = to_hf(tf)
    assert "several files could be the TensorFlow V2 checkpoint" in message and "model.ckpt, model.ckpt-2; give the prefix" in message
    (tf / "checkpoint").write_text('model_checkpoint_path: "/elsewhere/model.ckpt-9"\n')
    assert "several files" in to_hf(tf)
    (tf / "checkpoint").write_text(
        'model_checkpoint_path: "/elsewhere/model.ckpt-2"\nall_model_checkpoint_paths: "/elsewhere/model.ckpt"\n'
    )
    (tf / "model.ckpt.data-00000-of-00001").write_bytes(b"")  # were it taken, this would be told
    from bioalbert.cli import main

    assert main(["convert", "tf-to-hf", str(tf), str(tmp_path / "out")]) == 0


def test_folder_without_a_checkpoint(tmp_path, to_hf):
    (tmp_path / "empty").mkdir()
    assert "empty: no TensorFlow V2 checkpoint" in to_hf(tmp_path / "empty")
    assert "absent.index: no such checkpoint index; give the checkpoint's prefix" in to_hf(tmp_path / "absent")


def test_folder_with_a_v1_checkpoint(oracle, to_hf):
    (oracle / "model.ckpt-3.index").rename(oracle / "old.ckpt")
    assert "old.ckpt: a TensorFlow V1 checkpoint (one file, no .index) is not supported" in to_hf(oracle)


def test_vocabulary_of_another_size(tf, to_hf, tmp_path, sentencepiece_model):
    random_checkpoint(tmp_path / "larger", vocab_size=49)
    message = to_hf(tmp_path / "larger", "--vocabulary", sentencepiece_model)
    assert "30k-clean.model: a vocabulary of 48 pieces for a model of 49" in message
    (tf / "30k-clean.model").write_bytes(b"no model")
    assert "30k-clean.model: not a SentencePiece model" in to_hf(tf)
    shutil.copyfile(sentencepiece_model, tf / "other.model")
    assert "several files could be the SentencePiece model: 30k-clean.model, other.model; name one with --vocabulary" in to_hf(tf)


def test_damaged_checkpoint(tf, to_hf):
    data, index = tf / "model.ckpt.data-00000-of-00001", tf / "model.ckpt.index"
    whole = data.read_bytes()
    data.write_bytes(whole[:-4])
    assert "00000-of-00001: cls/" in (message := to_hf(tf)) and f"truncated: needs {len(whole)} bytes" in message
    data.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert "00000-of-00001: bert/embeddings/LayerNorm/beta: damaged data (checksum); copy or download it again" in to_hf(tf)
    data.unlink()
    assert "00000-of-00001: no such data file; put every data file of the checkpoint beside its index" in to_hf(tf)
    index.rename(tf / "old.ckpt")  # a V1 checkpoint is one such table without .index
    assert "old.ckpt: a TensorFlow V1 checkpoint (one file, no .index) is not supported" in to_hf(tf / "old.ckpt")


def test_weights_that_are_not_float32(tf, to_hf):
    tensors = read_all(tf / "model.ckpt")
    tensors["bert/pooler/dense/bias"] = tensors["bert/pooler/dense/bias"].astype(np.float64)
    write_tensors(tf / "model.ckpt", tensors)
    assert "bert/pooler/dense/bias: dtype float64, not float32" in to_hf(tf)


def test_output_must_not_destroy_other_files(tf, refused):
    assert "the output would replace the source" in refused("convert", "tf-to-hf", tf, tf)
    assert "the output would replace the source" in refused("convert", "tf-to-hf", tf / "model.ckpt", tf)
    (tf.parent / "mine").mkdir()
    (tf.parent / "mine" / "thesis.txt").touch()
    assert "something else is there, and would be replaced" in refused("convert", "tf-to-hf", tf, tf.parent / "mine")


@pytest.fixture
def bundle(tmp_path):
    return plain_bundle(tmp_path / "bundle")


@pytest.fixture
def to_tf(refused, tmp_path):
    def run(source):
        message = refused("convert", "hf-to-tf", source, tmp_path / "out")
        assert not (tmp_path / "out").exists()
        return message

    return run


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"hidden_act": "gelu"}, "hidden_act: hidden_act 'gelu' does not exist in Google's code (its gelu is transformers' gelu_new)"),
        ({"layer_norm_eps": 1e-5}, "layer_norm_eps: Google's code has 1e-12, found 1e-05"),
        ({"model_type": "bert"}, "model_type: a model of type 'bert', not 'albert'"),
        ({"vocab_size": 49}, "word_embeddings.weight: shape (48, 8), but config.json needs (49, 8)"),
    ],
)
def test_bundle_configuration(bundle, to_tf, changes, expected):
    change_config(bundle, "config.json", **changes)
    assert expected in to_tf(bundle)


def test_bundle_that_is_not_whole(bundle, to_tf):
    weights = (bundle / "model.safetensors").read_bytes()
    (bundle / "model.safetensors").write_bytes(weights[:-9])
    assert "model.safetensors: damaged" in to_tf(bundle)
    (bundle / "model.safetensors").unlink()
    assert "bundle: no model.safetensors; save the model with safetensors" in to_tf(bundle)
    (bundle / "config.json").unlink()
    assert "bundle: no config.json: not a model bundle" in to_tf(bundle)


def change_weights(bundle, change):
    file = bundle / "model.safetensors"
    tensors = {name: tensor.clone() for name, tensor in load_file(file).items()}
    save_file(change(tensors), file, metadata={"format": "pt"})


def test_bundle_parameters(bundle, to_tf):
    change_weights(bundle, lambda tensors: tensors | {"classifier.weight": torch.zeros(2)})
    assert "classifier.weight: 1 parameters that AlbertForPreTraining does not have" in to_tf(bundle)
    change_weights(bundle, lambda tensors: {name: tensor for name, tensor in tensors.items() if name != "predictions.bias"})
    assert "predictions.bias: missing; give a bundle of AlbertForPreTraining" in to_tf(bundle)


def test_untied_decoder(bundle, to_tf):
    change_weights(bundle, lambda tensors: tensors | {"predictions.decoder.weight": torch.zeros(48, 8)})
    assert "predictions.decoder.weight: differs from albert.embeddings.word_embeddings.weight" in to_tf(bundle)


def test_half_precision_bundle(bundle, to_tf):
    change_weights(bundle, lambda tensors: {name: tensor.half() for name, tensor in tensors.items()})
    assert "dtype F16, not float32; save the model in float32" in to_tf(bundle)


def test_bundle_with_another_vocabulary(tmp_path, to_tf, sentencepiece_model):
    bundle = plain_bundle(tmp_path / "larger", vocab_size=49)
    shutil.copyfile(sentencepiece_model, bundle / "spiece.model")
    assert "spiece.model: a vocabulary of 48 pieces for a model of 49" in to_tf(bundle)
