"""Digests that say whether a downloaded file is the one that was meant."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import digest, read_json, write_json

# `MD5(pubmed26n0001.xml.gz)= <hex>` as NLM writes it, `<hex>  name` as md5sum does, or the digest alone.
MD5_FORMS = (
    re.compile(r"MD5 ?\((?P<name>.+)\) ?= ?(?P<value>[0-9a-fA-F]{32})"),
    re.compile(r"(?P<value>[0-9a-fA-F]{32})(?: [ *]?(?P<name>.+))?"),
)


@dataclass(frozen=True)
class Digest:
    """What a file's bytes must hash to.

    algorithm: sha256, md5 or git_blob (git's object id). value: lower-case hexadecimal. origin: who says so, for an error's line.
    """

    algorithm: str
    value: str
    origin: str = "the catalogue"

    def of(self, path: Path) -> str:
        """The digest that the file at `path` has under this algorithm."""
        return git_blob(path) if self.algorithm == "git_blob" else digest(path, self.algorithm)

    def matches(self, path: Path) -> bool:
        return path.is_file() and self.of(path) == self.value


def git_blob(path: Path) -> str:
    """A file's id in a git repository: SHA-1 of `blob <bytes>\\0` and its bytes (git-hash-object)."""
    hasher = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(1 << 20):
            hasher.update(block)
    return hasher.hexdigest()


def md5_of(text: str, name: str, url: str) -> Digest:
    """The digest of the file `name` in the text of an .md5 file. Raises InputError when it has none (`url`: where it came from)."""
    for line in text.splitlines():
        for form in MD5_FORMS:
            found = form.fullmatch(line.strip())
            if found and (found["name"] is None or Path(found["name"]).name == name):
                return Digest("md5", found["value"].lower(), url)
    raise InputError(f"no MD5 digest of {name} in it", file=url, fix="download it from another mirror")


class Recorded:
    """Digests of files that nobody published one for: recorded at the first download, enforced from then on."""

    def __init__(self, folder: Path):
        self.file = folder / "recorded-digests.json"
        self._values = read_json(self.file) if self.file.exists() else {}

    def get(self, name: str) -> Digest | None:
        return Digest("sha256", self._values[name], str(self.file)) if name in self._values else None

    def add(self, name: str, path: Path) -> None:
        self._values[name] = digest(path)
        write_json(self.file, self._values)
