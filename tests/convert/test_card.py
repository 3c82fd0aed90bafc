"""The model card: its head is what the hub reads, its tables what people read."""

import pytest
from huggingface_hub import ModelCard
from transformers import AlbertConfig

from bioalbert.convert.card import Card, as_markdown

CONFIG = AlbertConfig(
    vocab_size=1234, hidden_size=24, embedding_size=8, num_hidden_layers=2, intermediate_size=48, max_position_embeddings=16
)


def text_of(card: Card, has_tokenizer: bool = True) -> str:
    return as_markdown(card, CONFIG, 56789, has_tokenizer)


def test_the_head_is_what_the_hub_reads():
    card = Card("mine", "Made.", licence="Apache-2.0", base_model="albert/albert-base-v2", corpora=("pubmed", "own: texts"))
    assert ModelCard(text_of(card)).data.to_dict() == {
        "language": "en",
        "library_name": "transformers",
        "license": "apache-2.0",
        "base_model": "albert/albert-base-v2",
        "datasets": ["pubmed", "own: texts"],
        "pipeline_tag": "fill-mask",
        "tags": ["albert", "biomedical"],
    }


def test_what_is_not_known_is_said():
    text = text_of(Card("mine", "Made."))
    head = ModelCard(text).data
    assert head.license == "unknown" and "datasets" not in head.to_dict() and "base_model" not in head.to_dict()
    for line in ("| Corpora | not known |", "| Tokens seen | not known |", "| Licence | unknown |"):
        assert line in text
    assert "AutoTokenizer.from_pretrained" in text
    untrained = text_of(Card("mine", "Not trained.", tokens=0, steps=0))
    assert all(line in untrained for line in ("| Corpora | none |", "| Tokens seen | 0 |", "| Steps | 0 |"))
    assert "without a tokenizer" in text_of(Card("mine", "Made."), has_tokenizer=False)


@pytest.mark.parametrize("licence", ["unknown", "Apache-2.0"])
def test_restricted_weights_have_no_public_licence(licence):
    text = text_of(Card("mine", "Made.", licence=licence, restricted=True))
    head = ModelCard(text).data
    assert (head.license, head.license_name) == ("other", "data-use-agreement") and "restricted" in head.tags
    assert "share it only with people who have signed it" in text


def test_numbers_are_written_out():
    text = text_of(Card("mine", "Made.", tokens=7_800_000, steps=2000, training={"Learning rate": 2.0e-3}))
    for line in ("| Tokens seen | 7,800,000 |", "| Steps | 2,000 |", "| Learning rate | 0.002 |", "| Parameters | 56,789 |"):
        assert line in text
