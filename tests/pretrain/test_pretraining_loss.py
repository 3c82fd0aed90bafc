from dataclasses import replace

import numpy as np
import pytest
import torch
from transformers import AlbertConfig, AlbertForPreTraining

from bioalbert.pretrain.examples import NO_PAIR, open_examples
from bioalbert.pretrain.model import PretrainingLoss, as_tensors
from bioalbert.pretrain.settings import Recipe

CPU = torch.device("cpu")


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
    sums = PretrainingLoss(model)(*as_tensors(batch, CPU))
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


def test_micro_batches_cut_to_their_longest_add_up(model, batch):
    loss = PretrainingLoss(model)
    whole = loss(*as_tensors(batch, CPU))
    order = np.argsort(batch.lengths, kind="stable")
    parts = [batch.take(rows) for rows in order.reshape(-1, 4)]
    assert parts[0].pieces.shape[1] < 32
    torch.testing.assert_close(sum(loss(*as_tensors(part, CPU)) for part in parts), whole, rtol=1e-5, atol=1e-4)


def test_full_rows_need_no_attention_mask(model, batch):
    full = batch.take(np.flatnonzero(batch.lengths == 32))
    assert as_tensors(full, CPU)[2] is None
    assert as_tensors(batch, CPU)[2] is not None


def test_nothing_to_predict_is_no_loss(model, batch):
    empty = replace(batch, masked=np.zeros_like(batch.masked), swapped=np.full_like(batch.swapped, NO_PAIR))
    assert PretrainingLoss(model)(*as_tensors(empty, CPU)).tolist() == [0, 0, 0, 0]
