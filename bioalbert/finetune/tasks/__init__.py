"""The tasks that the engine fine-tunes, one small class each: examples to rows, logits to predictions, predictions to a score."""

from importlib import import_module

CLASSES = {"ner": "Tagging", "re": "Classification", "qa": "Answering"}


def find(task: str) -> type:
    """The class of a catalogue task; imports torch."""
    return getattr(import_module(f"bioalbert.finetune.tasks.{task}"), CLASSES[task])
