"""The model that a run starts from: a bundle, or a run that is finished."""

from dataclasses import dataclass
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import read_json

MODEL = "model"  # the fine-tuned Hugging Face folder in a run


@dataclass(frozen=True)
class Start:
    """The encoder that a run starts from: its folder, the name of the bundle in results, and the runs that it has behind it (warm-ups)."""

    folder: Path
    name: str
    after: tuple[str, ...] = ()

    @classmethod
    def at(cls, model: Path) -> "Start":
        """From a bundle, or from a run folder, whose model it then goes on with."""
        if not (model / "run.json").is_file():
            return cls(model, model.name)
        record = whole_record(model)
        sizes = record["sizes"]
        done = f"{record['dataset']}@{record['protocol']}"
        if sizes["train"] < sizes["of"]:
            done += f" ({sizes['train']} examples)"
        return cls(model / MODEL, record["model"], (*record["after"], done))


def whole_record(run: Path) -> dict:
    """A run's run.json with all that scoring it again needs. Raises InputError for one that an older version of this package wrote."""
    record = opened(run)
    if "after" not in record or "of" not in record["sizes"]:
        raise InputError("made by an older version: it lacks what scores are held against", file=run, fix="run bioalbert finetune again")
    return record


def opened(run: Path) -> dict:
    """A run's run.json. Raises InputError when there is none."""
    if not (Path(run) / "run.json").is_file():
        raise InputError("no run.json in it", file=run, fix="name a folder that bioalbert finetune made")
    return read_json(Path(run) / "run.json")
