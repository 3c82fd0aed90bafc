"""The checkpoint files against TensorFlow itself: run where it is installed (extra `tf-oracle`), skipped elsewhere."""

import numpy as np
import pytest

from bioalbert.convert.hf_to_tf import convert_to_tf
from bioalbert.convert.tensor_bundle import write_tensors
from bioalbert.convert.tf_to_hf import convert_to_hf

from .models import BASE, plain_bundle, random_checkpoint, read_all

tf = pytest.importorskip("tensorflow", reason="TensorFlow is not installed (extra tf-oracle)")

SHAPES = {
    "tiny": {},
    "groups": {"num_hidden_layers": 6, "num_hidden_groups": 3, "inner_group_num": 2},
    "equal widths": {"embedding_size": 12},
    "base": BASE,
}


def saver(prefix, tensors) -> None:
    """What google-research/albert's training leaves: a graph's variables, saved by tf.train.Saver."""
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        for name, tensor in tensors.items():
            tf.compat.v1.get_variable(name, initializer=tensor, use_resource=False)
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.train.Saver().save(session, str(prefix), write_meta_graph=False)


@pytest.mark.parametrize("changes", SHAPES.values(), ids=SHAPES)
def test_writes_the_bytes_of_tensorflows_saver(tmp_path, changes):
    tensors = random_checkpoint(tmp_path / "ours", **changes)
    (tmp_path / "theirs").mkdir()
    saver(tmp_path / "theirs" / "model.ckpt", tensors)
    for name in ("model.ckpt.index", "model.ckpt.data-00000-of-00001"):
        assert (tmp_path / "ours" / name).read_bytes() == (tmp_path / "theirs" / name).read_bytes()


def test_tensorflow_reads_what_is_written(tmp_path):
    bundle = plain_bundle(tmp_path / "hf")
    convert_to_tf(bundle, tmp_path / "tf")
    checkpoint = tf.train.load_checkpoint(tmp_path / "tf")  # by the folder: its file `checkpoint` names the prefix
    ours = read_all(tmp_path / "tf" / "model.ckpt")
    assert checkpoint.get_variable_to_shape_map().keys() == ours.keys()
    for name, tensor in ours.items():
        np.testing.assert_array_equal(checkpoint.get_tensor(name), tensor)


def test_googles_way_of_starting_from_a_checkpoint(tmp_path):
    """run_pretraining's init_checkpoint: variables of a new graph are assigned by name, without a .meta file."""
    convert_to_tf(plain_bundle(tmp_path / "hf"), tmp_path / "tf")
    ours = read_all(tmp_path / "tf" / "model.ckpt")
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        variables = {name: tf.compat.v1.get_variable(name, tensor.shape, use_resource=False) for name, tensor in ours.items()}
        tf.compat.v1.train.init_from_checkpoint(str(tmp_path / "tf" / "model.ckpt"), {name: name for name in ours})
        session.run(tf.compat.v1.global_variables_initializer())
        for name, tensor in session.run(variables).items():
            np.testing.assert_array_equal(tensor, ours[name])


def save(prefix, tensors) -> None:
    names = sorted(tensors)
    tf.raw_ops.SaveV2(prefix=str(prefix), tensor_names=names, shape_and_slices=[""] * len(names), tensors=[tensors[name] for name in names])


def test_reads_the_shards_that_tensorflow_merges(tmp_path):
    """How a Saver with several parameter servers writes: each its own file, then one index over all."""
    tensors = random_checkpoint(tmp_path / "whole")
    (tmp_path / "tf").mkdir()
    parts = [str(tmp_path / "tf" / f"part-{part}") for part in range(3)]
    for part, prefix in enumerate(parts):
        save(prefix, {name: tensor for place, (name, tensor) in enumerate(sorted(tensors.items())) if place % 3 == part})
    tf.raw_ops.MergeV2Checkpoints(checkpoint_prefixes=parts, destination_prefix=str(tmp_path / "tf" / "model.ckpt"))
    assert len(list((tmp_path / "tf").glob("model.ckpt.data-*-of-00003"))) == 3
    found = read_all(tmp_path / "tf" / "model.ckpt")
    assert found.keys() == tensors.keys()
    assert all(np.array_equal(found[name], tensors[name]) for name in tensors)
    (tmp_path / "whole" / "albert_config.json").rename(tmp_path / "tf" / "albert_config.json")
    convert_to_hf(tmp_path / "tf", tmp_path / "one")
    random_checkpoint(tmp_path / "again")
    convert_to_hf(tmp_path / "again", tmp_path / "two")
    assert (tmp_path / "one" / "model.safetensors").read_bytes() == (tmp_path / "two" / "model.safetensors").read_bytes()


def test_index_of_many_blocks_both_ways(tmp_path):
    tensors = {f"scope_{number % 7}/layer_{number:05d}/kernel": np.full((1, 2), number, np.float32) for number in range(9000)}
    save(tmp_path / "theirs", tensors)
    assert (tmp_path / "theirs.index").stat().st_size > 262_144  # more than a block of the table
    found = read_all(tmp_path / "theirs")
    assert found.keys() == tensors.keys() and all(np.array_equal(found[name], tensors[name]) for name in tensors)
    write_tensors(tmp_path / "ours", tensors)
    checkpoint = tf.train.load_checkpoint(tmp_path / "ours")
    assert len(checkpoint.get_variable_to_shape_map()) == len(tensors)
    assert all(np.array_equal(checkpoint.get_tensor(name), tensors[name]) for name in list(tensors)[::500])
