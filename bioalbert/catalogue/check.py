"""What lies in data/raw of an entry's files, and whether it is what the catalogue says: digests and counts."""

from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry, RemoteFile, file_of
from bioalbert.download.digests import Digest, Recorded
from bioalbert.download.files import files_of
from bioalbert.errors import InputError
from bioalbert.finetune.readers import READERS, count, format_of

COUNTED = {*READERS, "bioasq-golden"}


@dataclass(frozen=True)
class Checked:
    """What was verified of an entry: the number of files with a right digest and with right counts."""

    digests: int
    counts: int


def names_of(entry: Entry) -> list[str]:
    """The names of all files of an entry: those to download, else (a set that is not public) those that its protocols read."""
    listed = [file.name for file in files_of(entry)]
    if listed or entry.kind != "dataset":
        return listed
    return list(dict.fromkeys(name for one in entry.protocols.values() for name in one.files))


def ready(entry: Entry, protocol: str, folder: Path) -> bool:
    """Whether a protocol can be run: the set is open, or its files were put into `folder` (data/raw/ENTRY)."""
    return entry.access == "open" or all((folder / name).is_file() for name in entry.protocols[protocol].files)


def present(entry: Entry, folder: Path) -> list[str]:
    """The names of the entry's files that are in `folder` (data/raw/ENTRY)."""
    return [name for name in names_of(entry) if (folder / name).is_file()]


def check(entry: Entry, folder: Path) -> Checked:
    """Verifies the files that are in `folder`. Raises InputError at the first wrong digest or count, or what a reader refuses."""
    there = present(entry, folder)
    expected = {file.name: _digest(file, Recorded(folder)) for file in files_of(entry) if file.name in there}
    digests = {name: digest for name, digest in expected.items() if digest}
    for name, digest in digests.items():
        if not digest.matches(folder / name):
            problem = f"its {digest.algorithm} is {digest.of(folder / name)}, not {digest.value}"
            raise InputError(problem, file=folder / name, fix=f"delete it and run: bioalbert download {entry.id}")
    counted = [name for name in entry.counts if file_of(name) in there and format_of(entry, name) in COUNTED]
    for name in counted:
        found = count(entry, name, folder)
        for what, number in entry.counts[name].items():
            if found.get(what, 0) != number:
                problem = f"{found.get(what, 0)} {what} where the catalogue says {number}"
                raise InputError(problem, file=folder / name, fix="take the file that the catalogue names, or correct its counts")
    return Checked(len(digests), len(counted))


def _digest(file: RemoteFile, recorded: Recorded) -> Digest | None:
    """The digest that can be known without the network."""
    if file.sha256:
        return Digest("sha256", file.sha256)
    return Digest("git_blob", file.git_blob) if file.git_blob else recorded.get(file.name)
