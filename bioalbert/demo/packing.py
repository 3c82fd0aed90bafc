"""Files whose bytes depend on their content alone, and the .md5 files that publishers put beside theirs."""

import gzip
import hashlib
from pathlib import Path

from bioalbert.files import digest


def write_text(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def write_gzip(path: Path, text: str) -> None:
    """Without a time or a name in the header, so that equal text is equal bytes."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def write_md5_beside(path: Path, form: str) -> None:
    """form: the sidecar's line, with {name} and {md5}."""
    write_text(path.with_name(path.name + ".md5"), form.format(name=path.name, md5=digest(path, "md5")))


def md5_of(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
