"""config/schema.json (for editors) and docs/config.md (for people), both generated from the model."""

import json

from pydantic import TypeAdapter

from bioalbert.config.model import Config, Settings
from bioalbert.finetune.settings import TASK_DEFAULTS
from bioalbert.settings import assignments

HEAD = """# Configuration reference

Generated from `bioalbert/config/model.py` by `bioalbert config --reference`; a test fails when it drifts. A run's YAML is whole by itself.
"""


def schema() -> str:
    """The JSON schema of a configuration file."""
    return json.dumps(Config.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def markdown() -> str:
    """Every key with its type, default and meaning: one section a block."""
    root = Config.model_json_schema()
    blocks = {"The top level": root, **root["$defs"], "Settings": TypeAdapter(Settings).json_schema()}
    return HEAD + "".join(_section(title, block) for title, block in blocks.items()) + _of_tasks()


def _of_tasks() -> str:
    rows = [f"| {task} | `{assignments(changed)}` |" for task, changed in TASK_DEFAULTS.items() if changed]
    return "\n| task | its own defaults |\n|---|---|\n" + "\n".join(rows) + "\n"


def _section(title: str, block: dict) -> str:
    required = block.get("required", ())
    rows = [
        f"| `{key}` | {_kind(value)} | {_default(key, value, required)} | {value['description']} |"
        for key, value in block["properties"].items()
    ]
    # A docstring's first paragraph says what the block is.
    about = " ".join(block.get("description", "").split("\n\n")[0].split())
    return f"\n## {title}\n\n{about}\n\n| key | type | default | meaning |\n|---|---|---|---|\n" + "\n".join(rows) + "\n"


def _default(key: str, value: dict, required: list[str]) -> str:
    return "needed" if key in required else "`" + json.dumps(value.get("default")) + "`"


def _kind(value: dict) -> str:
    if "$ref" in value:
        return value["$ref"].rsplit("/", 1)[1]
    if "anyOf" in value:
        return " or ".join(_kind(option) for option in value["anyOf"])
    if "enum" in value:
        return " / ".join(value["enum"])
    if value.get("type") == "array":
        return f"list of {_kind(value['items'])}"
    named = next(iter(value.get("patternProperties", {}).values()), value.get("additionalProperties"))
    if isinstance(named, dict):
        return f"name: {_kind(named)}"
    bounds = {"minimum": "≥", "exclusiveMinimum": ">", "maximum": "≤", "exclusiveMaximum": "<"}
    return " ".join([value.get("type", "any"), *(f"{sign} {value[key]:g}" for key, sign in bounds.items() if key in value)])
