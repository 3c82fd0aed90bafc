"""`convert check`: equal bundles pass, and each kind of difference is found and named."""

import shutil

import pytest
import torch

from bioalbert.cli import main
from bioalbert.files import read_json, write_json

from .models import plain_bundle
from .test_errors import change_weights


@pytest.fixture
def pair(tmp_path):
    bundle = plain_bundle(tmp_path / "one")
    return bundle, shutil.copytree(bundle, tmp_path / "two")


@pytest.fixture
def different(pair, refused, tmp_path):
    """Checks the pair, which must differ: the message and the report."""

    def run():
        message = refused("convert", "check", *pair, "--output", tmp_path / "report.json")
        return message, read_json(tmp_path / "report.json")

    return run


def test_equal_bundles(pair, tmp_path, capsys):
    assert main(["convert", "check", *map(str, pair), "--output", str(tmp_path / "report.json")]) == 0
    assert capsys.readouterr().out == "equal: 32 tensors bit by bit, outputs to 0.0e+00\n"
    report = read_json(tmp_path / "report.json")
    assert report["equal"] is True
    assert report["tensors"] == {"compared": 32, "different": [], "largest_difference": 0.0}


def test_one_bit_of_one_tensor(pair, different):
    def nudge(tensors):
        tensors["albert.pooler.bias"][3] = torch.nextafter(tensors["albert.pooler.bias"][3], torch.tensor(9.0))
        return tensors

    change_weights(pair[1], nudge)
    message, report = different()
    assert "two: differs from" in message and "1 tensors, the first is albert.pooler.bias" in message
    assert report["equal"] is False
    assert 0 < report["tensors"]["largest_difference"] < 1e-6
    assert report["outputs"]["largest_difference"]["mlm"] < 1e-4


def test_outputs_beyond_the_tolerance_by_configuration_alone(pair, different):
    """A fact that is not compared (an erf GELU is; the epsilon of the norms is not) still shows in the outputs."""
    write_json(pair[1] / "config.json", read_json(pair[1] / "config.json") | {"layer_norm_eps": 0.1})
    message, report = different()
    assert "mlm logits by" in message
    assert report["tensors"]["different"] == [] and report["config"]["different"] == {}


def test_configuration_fact(pair, different):
    write_json(pair[1] / "config.json", read_json(pair[1] / "config.json") | {"hidden_act": "gelu"})
    message, report = different()
    assert "hidden_act is gelu_new and gelu" in message
    assert report["config"]["different"] == {"hidden_act": ["gelu_new", "gelu"]}
    assert report["outputs"]["largest_difference"]["mlm"] > 1e-4


def test_other_shapes(pair, different, tmp_path):
    shutil.rmtree(pair[1])
    plain_bundle(pair[1], vocab_size=70)
    message, report = different()
    assert "vocab_size is 48 and 70" in message
    assert report["tensors"]["different"][0] == "albert.embeddings.word_embeddings.weight"
    assert report["tensors"]["largest_difference"] is None
