"""docs/licences.md: under what terms code, weights and every entry of the catalogue come. Generated, so that no entry is forgotten."""

from bioalbert.catalogue.entries import Entry, load, names

HEAD = """# Licences

Generated from `bioalbert/catalogue/` by `bioalbert config --reference`; a test fails when it drifts. It says what the makers state, as
far as we know it ("not stated": ask them), and is no legal advice. No data are part of this repository: you download them from their
makers, or from the pinned copies that the entries name, under their terms.

## Code

[Apache-2.0](../LICENSE). The packages that it needs have licences of their own (`envs/requirements.lock` names them).

## Weights

- **Google's ALBERT** (checkpoints and vocabulary): Apache-2.0, see below. A model that goes on from them keeps their notice.
- **Your own.** No licence is chosen for you: the model card says `unknown`, and who publishes the weights writes one into it, within
  the terms of the corpora. The card names the corpora and the model that training started from.
- **Trained on MIMIC-III**, or from weights or with a vocabulary that saw it: restricted. The mark is in provenance.json and in the card
  (`license: other`), and `bioalbert push` keeps them from remotes that the configuration does not name for them. Share them only with
  people who have signed the same agreement; PhysioNet is where such models are published.
- **Fine-tuned models** derive from their data set too. Those of credentialed sets carry the restricted mark. Runs on BioASQ hold its golden
  answers, and `bioalbert push` keeps them from the same remotes.
"""
TITLES = {"corpus": "Corpora", "dataset": "Data sets", "vocabulary": "Vocabularies", "checkpoint": "Checkpoints"}


def markdown() -> str:
    """The whole page: a table for each kind of entry."""
    found = [load(name) for name in names()]
    return HEAD + "".join(_section(title, [entry for entry in found if entry.kind == kind]) for kind, title in TITLES.items())


def _section(title: str, entries: list[Entry]) -> str:
    lines = ["| entry | what | licence | access | from |", "|---|---|---|---|---|"]
    for entry in entries:
        cells = (f"`{entry.id}`", entry.title, entry.licence, _access(entry), entry.source)
        lines.append("| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |")
    return f"\n## {title}\n\n" + "\n".join(lines) + "\n"


def _access(entry: Entry) -> str:
    """Who may have it, and where those apply who may not yet."""
    if entry.supplied:
        return f"{entry.access}, but {', '.join(entry.supplied)}: apply at {entry.apply}"
    return f"{entry.access}: apply at {entry.apply}" if entry.apply else entry.access
