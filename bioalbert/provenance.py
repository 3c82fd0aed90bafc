"""Where a result comes from: provenance.json in its folder or beside it, and digests of the code that made it."""

import ast
import hashlib
import importlib.metadata
import importlib.util
import platform
import re
import sys
import time
from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from bioalbert import __version__
from bioalbert.files import digest, expand_inputs, read_json, write_json

RECORD = "provenance.json"
# A path that is absolute or leads out of the folder, alone or behind @ (a list of files) or = (an argument).
ELSEWHERE = re.compile(r"(?:^|(?<=[@=]))(?:\.\.)?/.+")
PACKAGES = ("torch", "transformers", "tokenizers", "sentencepiece", "numpy", "pandas", "pyarrow", "lxml")


@cache
def code_digest(*modules: str) -> str:
    """SHA-256 over the syntax trees of modules and packages ("bioalbert.corpus"), so that comments and layout don't count.

    Docstrings do not count either. Raises ModuleNotFoundError for an unknown name.
    """
    total = hashlib.sha256()
    for name in modules:
        spec = importlib.util.find_spec(name)
        if spec is None:
            raise ModuleNotFoundError(name)
        folders = spec.submodule_search_locations
        root = Path(folders[0]) if folders else Path(spec.origin).parent
        files = sorted(root.rglob("*.py")) if folders else [Path(spec.origin)]
        for file in files:
            total.update(f"{name}/{file.relative_to(root)}\0{_meaning(file)}\0".encode())
    return total.hexdigest()[:16]


@cache
def _meaning(file: Path) -> str:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
                node.body = node.body[1:]
    return ast.dump(tree)


@cache
def source_digest() -> str:
    """The first 16 hexadecimal digits of SHA-256 over all of this package's files, the catalogue and comments included.

    For records; `code_digest`, which tells rules what to make again, would take a second of every command.
    """
    total, root = hashlib.sha256(), Path(__file__).parent
    for file in sorted(file for file in root.rglob("*") if file.is_file() and file.suffix != ".pyc"):
        total.update(f"{file.relative_to(root)}\0{digest(file)}\0".encode())
    return total.hexdigest()[:16]


class Provenance:
    """Starts a clock when made; `write` puts provenance.json into the finished folder, or NAME.provenance.json beside the finished file.

    It holds the resolved settings, code and package versions, digests of the input files, seed, host, times.
    What varies from run to run (host, times) stands only there, outside every file that is hashed or compared.
    inputs: files, folders, or @LIST (a text file of paths), of which each has one digest.
    `measure` adds times of the work's parts to those of the whole.
    `restricted`: whether any of the inputs carries the restricted mark; then so does what is made of them, unless it is set to False
    for a result that holds numbers only.
    """

    def __init__(self, stage: str, settings: dict, inputs: list[Path], seed: int | None = None):
        self._clock = time.monotonic()
        self.restricted = any(is_restricted(Path(path)) for path in inputs)
        self._record = {
            "stage": stage,
            "settings": settings,
            "inputs": {str(path): digest_of(Path(path)) for path in inputs},
            "seed": seed,
            "code": {"version": __version__, "digest": source_digest()},
            "packages": _versions(),
            "host": {"name": platform.node(), "system": platform.platform(), "started": _now()},
            "command": sys.argv,
        }

    def measure(self, **seconds: float) -> None:
        """Notes how long a part of the work took."""
        self._record["host"] |= {name: round(value, 2) for name, value in seconds.items()}

    def write(self, result: Path, restricted: bool = False) -> None:
        """Writes the record, marked where an input is; restricted: there is another reason (text of MIMIC-III and the like)."""
        self._record["host"] |= {"finished": _now(), "seconds": round(time.monotonic() - self._clock, 2)}
        write_json(record_of(result), self._record | {"restricted": self.restricted or restricted})


def record_of(result: Path) -> Path:
    """Where the record of a result is: in a folder, beside a file."""
    return result / RECORD if result.is_dir() else result.with_suffix(f".{RECORD}")


def public(value: object, of: str = "") -> object:
    """A record as it may be published, with the records in it: of a path elsewhere only the last name (numbered where a key has it
    again), of the host only the times. of: the key that the value is under."""
    if isinstance(value, list):
        return [public(one) for one in value]
    if isinstance(value, str):
        return ELSEWHERE.sub(lambda path: Path(path[0]).name, value)
    if not isinstance(value, dict):
        return value
    kept, times = {}, Counter()
    for key, one in value.items():
        if of == "host" and key in ("name", "system"):
            continue
        name = public(key)
        times[name] += 1
        kept[name if times[name] == 1 else f"{name} ({times[name]})"] = public(one, key)
    return kept


def is_restricted(path: Path) -> bool:
    """Whether a folder or a file carries the restricted mark: it derives from text that must not leave its users.

    The mark of a folder is in its provenance.json, that of a file in its own or its folder's, that of a document shard in its statistics.
    """
    told = [record_of(path)] if path.is_dir() else [record_of(path), path.with_name(RECORD), path.with_suffix(".stats.json")]
    return any(file.is_file() and read_json(file).get("restricted") is True for file in told)


def digest_of(path: Path) -> str:
    """A file's SHA-256; that of a folder, or an @LIST, is over its files' names and digests, records of provenance left out."""
    if path.is_file():
        return digest(path)
    if str(path).startswith("@"):
        lines = [f"{file.name} {digest(file)}" for file in expand_inputs([str(path)])]
    else:
        files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.endswith(RECORD))
        lines = [f"{file.relative_to(path)} {digest(file)}" for file in files]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
