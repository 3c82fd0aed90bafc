"""What lies in data/raw of an entry's files, and whether it is what the catalogue says: digests and counts."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bioalbert.catalogue.entries import Entry, RemoteFile, file_of, files_of
from bioalbert.download.digests import Digest, Recorded
from bioalbert.errors import InputError
from bioalbert.finetune.readers import READERS, count, format_of, labels_of, names_read, read
from bioalbert.finetune.readers.common import found


@dataclass(frozen=True)
class Checked:
    """What was verified of an entry: the number of files with a right digest and with right counts; what each file holds."""

    digests: int
    counts: int
    found: dict[str, dict[str, int]]


def names_of(entry: Entry) -> list[str]:
    """The names of all files of an entry: those to download and to bring, else (a set that is not public) those that its protocols read."""
    listed = [file.name for file in files_of(entry)] + list(entry.supplied)
    if listed or entry.kind != "dataset":
        return listed
    return list(dict.fromkeys(name for one in entry.protocols for name in names_read(entry.under(one), one)))


def ready(entry: Entry, protocol: str, folder: Path) -> bool:
    """Whether a protocol can be run: its files are open, or were put into `folder` (the entry's)."""
    brought = [name for name in names_read(entry, protocol) if entry.access != "open" or name in entry.supplied]
    return all(found(folder / name) for name in brought)


def present(entry: Entry, folder: Path) -> list[str]:
    """The names of the entry's files that are in its folder, those included of which the folder that they unpack to is there."""
    return [name for name in names_of(entry) if found(folder / name)]


def altered(entry: Entry, folder: Path, names: Iterable[str]) -> list[str]:
    """Which of some of the entry's files are there and are not what the catalogue, or the first download, says they are."""
    expected = ((file, _digest(file, Recorded(folder))) for file in files_of(entry) if file.name in set(names))
    return [file.name for file, digest in expected if digest and (folder / file.name).is_file() and not digest.matches(folder / file.name)]


def miscounted(entry: Entry, folder: Path, names: Iterable[str]) -> list[str]:
    """Which of some FILE or FILE#PART of the entry are there, have no digest to be known by, and hold other counts than the catalogue
    says: a set that nobody may pass on has no other mark."""
    known = {file.name for file in files_of(entry) if _digest(file, Recorded(folder))}
    counted = [name for name in names if name in entry.counts and file_of(name) not in known and found(folder / file_of(name))]
    return [name for name in counted if _miscount(entry, name, count(entry, name, folder))]


def check(entry: Entry, folder: Path) -> Checked:
    """Verifies the files that are in `folder`. Raises InputError at the first wrong digest or count, or what a reader refuses."""
    there = present(entry, folder)
    expected = {file.name: _digest(file, Recorded(folder)) for file in files_of(entry) if (folder / file.name).is_file()}
    digests = {name: digest for name, digest in expected.items() if digest}
    for name, digest in digests.items():
        if not digest.matches(folder / name):
            problem = f"its {digest.algorithm} is {digest.of(folder / name)}, not {digest.value}"
            raise InputError(problem, file=folder / name, fix=f"delete it and run: bioalbert download {entry.id}")
    splits = [name for one in entry.protocols.values() for name in (*one.train, one.dev, *one.test) if name]
    wanted = [name for name in dict.fromkeys([*entry.counts, *splits]) if file_of(name) in there and format_of(entry, name) in READERS]
    counted = {name: count(entry, name, folder) for name in wanted}
    for name, held in counted.items():
        if problem := _miscount(entry, name, held):
            raise InputError(problem, file=folder / name, fix="take the file that the catalogue names, or correct its counts")
    if entry.path:  # what only a whole protocol shows: an empty split, tags with and without types
        labels_of(entry, [one for split in ("train", "dev", "test") for one in read(entry, entry.default_protocol, split, folder)])
    return Checked(len(digests), len(set(counted) & set(entry.counts)), counted)


def _miscount(entry: Entry, name: str, held: dict[str, int]) -> str:
    """The first count of a file that is not the catalogue's, in words; "" where all are."""
    wrong = ((held.get(what, 0), what, number) for what, number in entry.counts.get(name, {}).items() if held.get(what, 0) != number)
    return next((f"{here} {what} where the catalogue says {number}" for here, what, number in wrong), "")


def _digest(file: RemoteFile, recorded: Recorded) -> Digest | None:
    """The digest that can be known without the network."""
    if file.sha256:
        return Digest("sha256", file.sha256)
    return Digest("git_blob", file.git_blob) if file.git_blob else recorded.get(file.name)
