"""Finds, by content, what a folder with a TensorFlow checkpoint holds: the checkpoint itself, its configuration, its vocabulary."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

from bioalbert.convert.table import MAGIC
from bioalbert.errors import InputError
from bioalbert.files import read_json


def find_checkpoint(source: Path) -> Path:
    """The prefix of the checkpoint that `source` is (a prefix, or its .index file) or holds (a folder, at any depth).

    In a folder with several, the one that TensorFlow's file `checkpoint` names. Raises InputError when none or several remain.
    """
    if not source.is_dir():
        return source.with_suffix("") if source.suffix == ".index" else source
    prefixes = sorted(file.with_suffix("") for file in source.rglob("*.index") if _is_table(file))
    if not prefixes and (old := sorted(file for file in source.rglob("*") if _is_table(file))):
        return old[0]  # a V1 checkpoint, one file: reading it says so
    named = [prefix for prefix in prefixes if prefix.name == _latest(prefix.parent / "checkpoint")]
    return _only(
        named or prefixes, "TensorFlow V2 checkpoint (NAME.index, NAME.data-...)", source, several="give the prefix of one of them"
    )


def _is_table(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size < len(MAGIC):
        return False
    with file.open("rb") as stream:
        stream.seek(-len(MAGIC), os.SEEK_END)
        return stream.read() == MAGIC


def _latest(state: Path) -> str | None:
    """The name that tf.train.Saver left in its file `checkpoint`; the folder in it may be of another machine."""
    if not state.is_file():
        return None
    found = re.search(r'^model_checkpoint_path: "(.*)"', state.read_text(encoding="utf-8", errors="replace"), re.MULTILINE)
    return Path(found[1]).name if found else None


def find_config(source: Path, prefix: Path) -> Path:
    """The albert_config.json of a checkpoint, under whatever name. Raises InputError when there is none or there are several."""
    files = [file for file in _files(source, prefix, "*.json") if _looks_like_config(file)]
    usual = [file for file in files if file.name == "albert_config.json"]
    none = "put the model's albert_config.json beside the checkpoint"
    return _only(usual or files, "albert_config.json", _folder(source, prefix), none, several="leave only the model's own there")


def _looks_like_config(file: Path) -> bool:
    try:
        values = read_json(file)
    except InputError:
        return file.name == "albert_config.json"  # broken: chosen, so that reading it says how
    return isinstance(values, dict) and {"hidden_size", "num_hidden_layers", "vocab_size"} <= values.keys()


def find_vocabulary(source: Path, prefix: Path) -> Path | None:
    """The SentencePiece model of a checkpoint (30k-clean.model), or None. Raises InputError when there are several."""
    files = list(_files(source, prefix, "*.model"))
    return _only(files, "SentencePiece model", _folder(source, prefix), several="name one with --vocabulary") if files else None


def _folder(source: Path, prefix: Path) -> Path:
    return source if source.is_dir() else prefix.parent


def _files(source: Path, prefix: Path, pattern: str) -> Iterable[Path]:
    """Beside the checkpoint; in a folder that was named as a whole also elsewhere in it, should there be none beside."""
    beside = sorted(prefix.parent.glob(pattern))
    return beside or (sorted(source.rglob(pattern)) if source.is_dir() else [])


def _only(files: list[Path], kind: str, folder: Path, none: str | None = None, *, several: str) -> Path:
    if len(files) == 1:
        return files[0]
    if not files:
        raise InputError(f"no {kind}", file=folder, fix=none)
    listing = ", ".join(str(file.relative_to(folder)) for file in files)
    raise InputError(f"several files could be the {kind}: {listing}", file=folder, fix=several)
