from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AlbertConfig, AlbertForPreTraining, AlbertModel

from bioalbert.convert.tf_to_hf import convert_to_hf
from bioalbert.pretrain.examples import NO_PAIR, Batch, open_examples
from bioalbert.pretrain.model import Inputs, PretrainingLoss
from bioalbert.pretrain.packed import encode, pool, takes_varlen
from bioalbert.pretrain.settings import Recipe

ORACLE = Path(__file__).parents[1] / "convert/data"


@pytest.fixture(scope="module")
def model(pieces) -> AlbertForPreTraining:
    torch.manual_seed(3)
    shape = {"embedding_size": 8, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    model = AlbertForPreTraining(AlbertConfig(vocab_size=pieces.size, classifier_dropout_prob=0.0, initializer_range=0.3, **shape))
    return model.train()


@pytest.fixture(scope="module")
def batch(store, pieces):
    return open_examples(store, pieces, Recipe(sequence_length=32, held_out_documents=0.0))[0].draw(0, 64)


def test_loss_equals_transformers_own(model, batch):
    sums = PretrainingLoss(model)(Inputs.of(batch))
    labels = torch.from_numpy(np.where(batch.masked, batch.original.astype(np.int64), -100))
    order = torch.from_numpy(np.where(batch.swapped == NO_PAIR, -100, batch.swapped))
    attention = torch.from_numpy((np.arange(32) < batch.lengths[:, None]).astype(np.int64))
    inputs = {
        "input_ids": torch.from_numpy(batch.pieces.astype(np.int64)),
        "token_type_ids": torch.from_numpy(batch.segments.astype(np.int64)),
    }
    output = model(**inputs, attention_mask=attention, labels=labels, sentence_order_label=order)
    masked, pairs = int(batch.masked.sum()), int((batch.swapped != NO_PAIR).sum())
    assert 0 < pairs < 64
    assert (sums[0] / masked + sums[1] / pairs).item() == pytest.approx(output.loss.item(), rel=1e-5)
    logits = output.prediction_logits[torch.from_numpy(batch.masked)]
    assert sums[2].item() == (logits.argmax(dim=-1) == labels[labels != -100]).sum().item()
    assert sums[3].item() == (output.sop_logits.argmax(dim=-1) == order).sum().item()


def test_loss_equals_googles(tmp_path):
    """The losses of Google's own graph on the oracle's batch, which it left beside its checkpoint."""
    convert_to_hf(ORACLE, tmp_path / "bundle")
    model = AlbertForPreTraining.from_pretrained(tmp_path / "bundle").eval()
    reference = np.load(ORACLE / "reference.npz")
    pieces, lengths = reference["input_ids"].astype(np.uint16), reference["input_mask"].sum(axis=1, dtype=np.int64)
    rows, columns = np.nonzero(reference["masked_lm_weights"])
    masked, original = np.zeros(pieces.shape, dtype=bool), pieces.copy()
    masked[rows, reference["masked_lm_positions"][rows, columns]] = True
    original[rows, reference["masked_lm_positions"][rows, columns]] = reference["masked_lm_ids"][rows, columns]
    assert 0 < masked.sum() == len(rows) and (lengths < pieces.shape[1]).any()
    batch = Batch(pieces, original, masked, reference["segment_ids"], lengths, reference["sentence_order"][:, 0].astype(np.int64))
    words, orders = PretrainingLoss(model)(Inputs.of(batch))[:2].tolist()
    assert words / (masked.sum() + 1e-5) == pytest.approx(float(reference["mlm_loss"]), abs=1e-5)
    assert orders / len(lengths) == pytest.approx(float(reference["sop_loss"]), abs=1e-5)


def test_micro_batches_cut_to_their_longest_add_up(model, batch):
    loss = PretrainingLoss(model)
    whole = loss(Inputs.of(batch))
    order = np.argsort(batch.lengths, kind="stable")
    parts = [batch.take(rows) for rows in order.reshape(-1, 4)]
    assert parts[0].pieces.shape[1] < 32
    torch.testing.assert_close(sum(loss(Inputs.of(part)) for part in parts), whole, rtol=1e-5, atol=1e-4)


def test_full_rows_are_not_padded_even_for_attention(model, batch):
    full = batch.take(np.flatnonzero(batch.lengths == 32))
    assert Inputs.of(full).packing.grid is None
    padded = batch.take(np.append(np.flatnonzero(batch.lengths == 32), batch.lengths.argmin()))
    loss = PretrainingLoss(model)
    rest = batch.take(batch.lengths.argmin()[None])
    torch.testing.assert_close(loss(Inputs.of(full)) + loss(Inputs.of(rest)), loss(Inputs.of(padded)), rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    "shape",
    [
        {},
        {"num_hidden_layers": 6, "num_hidden_groups": 3, "inner_group_num": 2},
        {"embedding_size": 16},
        {"hidden_act": "relu"},
    ],
    ids=str,
)
@pytest.mark.parametrize("recompute", [False, True])
def test_packed_rows_equal_padded_ones(batch, pieces, shape, recompute):
    """Hidden states, pooled outputs and gradients are those of transformers' own forward pass."""
    torch.manual_seed(4)
    small = {"embedding_size": 8, "hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    albert = AlbertModel(AlbertConfig(vocab_size=pieces.size, initializer_range=0.3, **small | shape)).train()
    inputs = Inputs.of(batch)
    real = torch.from_numpy(np.arange(32) < batch.lengths[:, None])
    ids, segments = (torch.from_numpy(array.astype(np.int64)) for array in (batch.pieces, batch.segments))
    output = albert(ids, attention_mask=real.long(), token_type_ids=segments)
    hidden = encode(albert, inputs.pieces, inputs.segments, inputs.positions, inputs.packing, recompute)
    pooled = pool(albert, hidden, inputs.packing)
    torch.testing.assert_close(hidden, output.last_hidden_state[real], rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(pooled, output.pooler_output, rtol=1e-4, atol=1e-5)
    one, other = (
        torch.autograd.grad(values.square().sum() + head.square().sum(), list(albert.parameters()))
        for values, head in ((hidden, pooled), (output.last_hidden_state[real], output.pooler_output))
    )
    for mine, theirs in zip(one, other):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize(
    "device, precision, capability, change, taken",
    [
        ("cuda", torch.bfloat16, (9, 0), {}, True),
        ("cuda", torch.bfloat16, (8, 0), {}, True),
        ("cuda", torch.bfloat16, (7, 5), {}, False),
        ("cuda", torch.float32, (9, 0), {}, False),
        ("cpu", torch.bfloat16, (9, 0), {}, False),
        ("cuda", torch.bfloat16, (9, 0), {"attention_probs_dropout_prob": 0.1}, False),
        ("cuda", torch.bfloat16, (9, 0), {"num_attention_heads": 64}, False),  # heads of 12
        ("cuda", torch.bfloat16, (9, 0), {"num_attention_heads": 2}, False),  # heads of 384
    ],
)
def test_where_attention_goes_over_packed_rows(monkeypatch, device, precision, capability, change, taken):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _: capability)
    config = AlbertConfig(**{"hidden_size": 768, "num_attention_heads": 12, "attention_probs_dropout_prob": 0.0} | change)
    assert takes_varlen(config, torch.device(device), precision) == taken


def test_an_example_sees_nothing_of_its_neighbours(model, batch):
    """Other pieces in one example change nothing in another."""
    loss, inputs = PretrainingLoss(model), Inputs.of(batch)
    starts = inputs.packing.starts.tolist()
    changed = replace(inputs, pieces=torch.cat([inputs.pieces[: starts[7]] * 0 + 30, inputs.pieces[starts[7] :]]))
    before, after = (encode(loss.model.albert, one.pieces, one.segments, one.positions, one.packing) for one in (inputs, changed))
    assert torch.equal(before[starts[7] :], after[starts[7] :])
    assert not torch.equal(before[: starts[7]], after[: starts[7]])


def test_nothing_is_computed_on_padding(batch):
    inputs = Inputs.of(batch)
    assert len(inputs.pieces) == batch.lengths.sum() < batch.pieces.size


def test_nothing_to_predict_is_no_loss(model, batch):
    empty = replace(batch, masked=np.zeros_like(batch.masked), swapped=np.full_like(batch.swapped, NO_PAIR))
    assert PretrainingLoss(model)(Inputs.of(empty)).tolist() == [0, 0, 0, 0]
