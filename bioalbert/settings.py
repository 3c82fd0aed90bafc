"""Plain data classes filled from YAML or `--set key=value`, with every key, type and range checked.

A field says what it is in its metadata: `field(default=128, metadata=about("pieces a row", gt=0))`. pydantic reads the same
metadata when the config model embeds such a class, so that a setting is described and bounded in one place.
"""

import dataclasses
import re
import types
import typing
from collections.abc import Iterator
from pathlib import Path

import yaml

from bioalbert.errors import InputError, nearest, no_such_file

Settings = typing.TypeVar("Settings")

# YAML 1.1, which PyYAML reads, takes 1e-5 and 2.5e4 for text; everybody means a number.
EXPONENT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")

BOUNDS = {
    "gt": (lambda value, bound: value > bound, "greater than"),
    "ge": (lambda value, bound: value >= bound, "at least"),
    "lt": (lambda value, bound: value < bound, "less than"),
    "le": (lambda value, bound: value <= bound, "at most"),
}


def about(description: str, **bounds: float) -> dict:
    """Metadata of a settings field: what it is, and its bounds (gt, ge, lt, le)."""
    return {"description": description, **bounds}


def fill(kind: type[Settings], values: object, *, file: str | Path | None = None, place: str = "") -> Settings:
    """Makes a `kind` from a mapping. Raises InputError for an unknown or missing key, a wrong type or a value out of bounds."""
    if not isinstance(values, dict):
        raise InputError(f"expected a mapping of keys, got {values!r}", file=file, place=place or None)
    known = {item.name: item for item in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    filled = {}
    for key, value in values.items():
        where = f"{place}.{key}" if place else str(key)
        if key not in known:
            raise InputError("unknown key", file=file, place=where, fix=nearest(str(key), known))
        filled[key] = _checked(value, hints[key], known[key], file, where)
    for key, item in known.items():
        required = item.default is dataclasses.MISSING and item.default_factory is dataclasses.MISSING
        if required and key not in filled:
            raise InputError(f"the key {key!r} is missing", file=file, place=place or None, fix=item.metadata.get("description"))
    return kind(**filled)


def load(kind: type[Settings], file: str | Path) -> Settings:
    """Makes a `kind` from a YAML file."""
    return fill(kind, load_yaml(file), file=file)


class _OnceLoader(yaml.SafeLoader):
    """PyYAML keeps the last of two equal keys, and says nothing."""

    def compose_mapping_node(self, anchor: str | None) -> yaml.MappingNode:
        node = super().compose_mapping_node(anchor)
        lines: dict[str, int] = {}
        for key in (key for key, _ in node.value if isinstance(key, yaml.ScalarNode)):
            line = key.start_mark.line + 1
            if key.value in lines:
                raise _Twice(key.value, lines[key.value], line)
            lines[key.value] = line
        return node


class _Twice(Exception):
    """key, the line where it stands first, the line where it stands again."""


def load_yaml(file: str | Path) -> object:
    """A YAML file's value. Raises InputError when the file is absent or not YAML, and for a key that stands twice in one mapping."""
    try:
        return yaml.load(Path(file).read_text(encoding="utf-8"), Loader=_OnceLoader)
    except _Twice as error:
        key, first, line = error.args
        raise InputError(f"the key {key!r} stands there twice", file=file, place=f"line {line}", fix=f"it is on line {first} too") from None
    except FileNotFoundError:
        raise no_such_file(file) from None
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"not valid YAML ({error})", file=file) from None


def override(settings: Settings, assignments: list[str]) -> Settings:
    """Applies `--set key=value ...` (values read as YAML) to a data class."""
    current = {item.name: getattr(settings, item.name) for item in dataclasses.fields(settings)}
    return fill(type(settings), current | assigned(assignments, place="--set"), place="--set")


def assigned(assignments: list[str], *, place: str) -> dict:
    """key=value ..., the values read as YAML. place: the option's name, for errors."""
    values = {}
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(f"{assignment!r} is not key=value", place=place)
        try:
            values[key] = yaml.safe_load(text)
        except (yaml.YAMLError, RecursionError):
            raise InputError(f"{text!r} is not a YAML value", place=f"{place} {key}") from None
    return values


def assignments(values: dict) -> str:
    """What `assigned` reads: key=value ..."""
    return " ".join(f"{key}={_written(value)}" for key, value in values.items())


def described(kind: type) -> Iterator[tuple[str, str]]:
    """(name, what it is, its default and bounds) of each field of a data class whose fields all have a default."""
    for item in dataclasses.fields(kind):
        bounds = [f"{words} {item.metadata[name]}" for name, (_, words) in BOUNDS.items() if name in item.metadata]
        yield item.name, f"{item.metadata['description']} [{', '.join([_written(item.default), *bounds])}]"


def _written(value: object) -> str:
    return "null" if value is None else str(value)


def _checked(value: object, hint: object, item: dataclasses.Field, file: object, place: str) -> object:
    kinds = typing.get_args(hint) if isinstance(hint, types.UnionType) else (hint,)
    if value is None and type(None) in kinds:
        return None
    for kind in kinds:
        if dataclasses.is_dataclass(kind):
            return value if isinstance(value, kind) else fill(kind, value, file=file, place=place)
        fits, value_of_kind = _as(value, kind)
        if not fits:
            continue
        for name, (holds, words) in BOUNDS.items():
            if name in item.metadata and not holds(value_of_kind, item.metadata[name]):
                raise InputError(f"{value!r} must be {words} {item.metadata[name]}", file=file, place=place)
        return value_of_kind
    wanted = " or ".join("null" if kind is type(None) else _name(kind) for kind in kinds)
    raise InputError(f"expected {wanted}, got {value!r}", file=file, place=place)


def _as(value: object, kind: object) -> tuple[bool, object]:
    origin = typing.get_origin(kind)
    if origin is typing.Literal:
        return value in typing.get_args(kind), value
    if origin is tuple:
        return isinstance(value, list | tuple), tuple(value) if isinstance(value, list | tuple) else value
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return True, float(value)
    if kind is float and isinstance(value, str) and EXPONENT.fullmatch(value):
        return True, float(value)
    if kind is int and isinstance(value, bool):
        return False, value
    return isinstance(value, origin or kind), value


def _name(kind: object) -> str:
    if typing.get_origin(kind) is typing.Literal:
        return "one of " + ", ".join(map(str, typing.get_args(kind)))
    return {int: "a whole number", float: "a number", str: "text", bool: "true or false", dict: "a mapping"}.get(kind, str(kind))
