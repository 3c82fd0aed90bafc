"""From a YAML file, or Snakemake's merged mapping, to the configuration; each error is one line: key, what was expected, the fix."""

from pathlib import Path

from pydantic import ValidationError

from bioalbert.config.model import Config
from bioalbert.errors import InputError, nearest
from bioalbert.settings import load_yaml


def load(file: str | Path) -> Config:
    """Reads a run's configuration file. Raises InputError for the first error in it."""
    return parse(load_yaml(file), file)


def parse(values: object, file: str | Path = "config") -> Config:
    """Checks a mapping. `pathvars`, Snakemake's own key, is not ours to judge."""
    if not isinstance(values, dict):
        raise InputError("a configuration is a mapping of keys", file=file)
    try:
        return Config.model_validate(values)
    except ValidationError as error:
        raise _explain(error, values, file) from None


def _explain(error: ValidationError, values: dict, file: str | Path) -> InputError:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    given = first.get("input")
    if first["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
        return InputError("unknown key", file=file, place=place, fix=nearest(str(first["loc"][-1]), _siblings(first["loc"])))
    if first["type"] == "missing":
        return InputError("this key is missing", file=file, place=place)
    message = first["msg"].removeprefix("Value error, ")
    got = f", got {given!r}" if isinstance(given, str | int | float | bool | None) else ""
    return InputError(message + got, file=file, place=place or None)


def _siblings(location: tuple) -> list[str]:
    """The keys that the model knows at the place of an unknown one, read off its JSON schema."""
    schema = Config.model_json_schema()
    node = schema
    for part in location[:-1]:
        node = _resolve(node, schema)
        named = next(iter(node.get("patternProperties", {}).values()), node.get("additionalProperties"))
        node = node.get("properties", {}).get(part) or named or {}
    return list(_resolve(node, schema).get("properties", {}))


def _resolve(node: dict, schema: dict) -> dict:
    options = node.get("anyOf", [node])
    node = next((option for option in options if "$ref" in option), options[0])
    return schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
