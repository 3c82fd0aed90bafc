"""The model card: a bundle's README.md with the head that the Hugging Face hub reads."""

from dataclasses import dataclass, field

from transformers import AlbertConfig

RESTRICTED = (
    "It derives from text under a data use agreement (MIMIC-III or alike), by what it was trained on, its vocabulary or the weights that "
    "it started from: share it only with people who have signed it."
)


@dataclass(frozen=True)
class Card:
    """What the card says beside the sizes.

    origin: one sentence, how the weights were made. base_model: the hub's id of the model that training went on from.
    licence: an SPDX name, or "unknown". tokens, steps: trained on, None if unknown; 0 of random weights, which saw no corpora.
    training: more rows of the card's table (corpus, recipe, losses). restricted: whether the model derives from restricted text.
    """

    name: str
    origin: str
    licence: str = "unknown"
    base_model: str | None = None
    corpora: tuple[str, ...] = ()
    tokens: int | None = None
    steps: int | None = None
    restricted: bool = False
    training: dict[str, object] = field(default_factory=dict)


def as_markdown(card: Card, config: AlbertConfig, parameters: int, has_tokenizer: bool) -> str:
    """The whole README.md. parameters: their number."""
    training = {
        "Corpora": ", ".join(card.corpora) or ("none" if card.steps == 0 else "not known"),
        "Tokens seen": f"{card.tokens:,}" if card.tokens is not None else "not known",
        "Steps": f"{card.steps:,}" if card.steps is not None else "not known",
    }
    sizes = {
        "Parameters": f"{parameters:,}",
        "Layers": f"{config.num_hidden_layers} ({config.num_hidden_groups} groups of shared weights)",
        "Hidden, embedding, feed-forward width": f"{config.hidden_size}, {config.embedding_size}, {config.intermediate_size}",
        "Positions": config.max_position_embeddings,
        "Vocabulary": f"{config.vocab_size:,} pieces",
        "Licence": "data use agreement" if card.restricted else card.licence,
    }
    restricted = f"\n**Restricted.** {RESTRICTED}\n" if card.restricted else ""
    tokenizer = (
        'tokenizer = AutoTokenizer.from_pretrained("FOLDER")' if has_tokenizer else "# without a tokenizer: its vocabulary was not given"
    )
    return f"""---
{_head(card)}
---

# {card.name}

{card.origin}
{restricted}
```python
from transformers import AutoModelForPreTraining, AutoTokenizer
model = AutoModelForPreTraining.from_pretrained("FOLDER")  # this folder, or its name on the hub
{tokenizer}
```

## Training

{_table(training | card.training)}

## Model

{_table(sizes)}
"""


def _head(card: Card) -> str:
    """The YAML head. "other" and "unknown" are the hub's own words."""
    from huggingface_hub import ModelCardData  # not above: it takes time, and most users of a bundle write none

    data = ModelCardData(
        language="en",
        library_name="transformers",
        license="other" if card.restricted else card.licence.lower(),
        license_name="data-use-agreement" if card.restricted else None,
        base_model=card.base_model,
        datasets=list(card.corpora) or None,
        pipeline_tag="fill-mask",
        tags=["albert", "biomedical", *(["restricted"] if card.restricted else [])],
    )
    return data.to_yaml()


def _table(rows: dict[str, object]) -> str:
    return "\n".join(["| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items())])
