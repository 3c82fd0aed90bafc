"""The tasks that the engine fine-tunes, one small class each: examples to rows, logits to predictions, predictions to a score."""

from importlib import import_module

CLASSES = {
    "ner": "ner.Tagging",
    "re": "re.Classification",
    "qa": "qa.Answering",
    "yesno": "yesno.YesNo",
    "similarity": "similarity.Regression",
    "inference": "re.Classification",
    "classification": "classification.MultiLabel",
}


def find(task: str) -> type:
    """The class of a catalogue task; imports torch."""
    module, _, name = CLASSES[task].partition(".")
    return getattr(import_module(f"bioalbert.finetune.tasks.{module}"), name)
