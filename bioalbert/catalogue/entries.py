"""What the catalogue knows: one YAML file a data set, corpus, vocabulary or checkpoint, read into these data classes."""

from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.errors import InputError, nearest
from bioalbert.settings import fill, load_yaml

FOLDER = Path(__file__).parent
KINDS = ("dataset", "corpus", "vocabulary", "checkpoint")
TASKS = ("ner", "re", "qa", "similarity", "inference", "classification")


@dataclass(frozen=True)
class RemoteFile:
    """A file to download. `name` is its path below `data/raw/ENTRY/`, split by fold with `{fold}` where the set has folds.

    Checked by `sha256`, else `git_blob` (a git object id), else by the `.md5` file beside it on the server (`md5_beside`);
    a file with none of them is recorded at its first download and held to that from then on.
    `unpack`: a .zip or .tar.gz that is unpacked into `data/raw/ENTRY/`.
    `optional`: a file that not every source has; where it is absent, the protocols that need it cannot be run and the others can.
    """

    name: str
    url: str
    sha256: str | None = None
    git_blob: str | None = None
    md5_beside: bool = False
    unpack: bool = False
    optional: bool = False


def file_of(name: str) -> str:
    """The file of a FILE#PART, or of a plain FILE."""
    return name.partition("#")[0]


@dataclass(frozen=True)
class Protocol:
    """How a data set is split, labelled and scored.

    train, test: file names (with `{fold}` where there are folds). dev: a file name, or None where the protocol has none.
    FILE#PART names a part of a file; which, the entry's format_options say under that name.
    settings: training settings that differ from the task's own defaults. comparable: None, or what it can be compared with.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    dev: str | None = None
    golden: tuple[str, ...] = ()
    metric: str = ""
    comparable: str | None = None
    note: str = ""
    settings: dict = field(default_factory=dict)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that it reads, each once, without their parts."""
        named = (*self.train, *((self.dev,) if self.dev else ()), *self.test, *self.golden)
        return tuple(dict.fromkeys(map(file_of, named)))


@dataclass(frozen=True)
class Entry:
    """One catalogue entry.

    access: "open", "registration" or "credentialed"; `apply` says where to apply for the latter two.
    format: the reader's name (conll, labelled-tsv, squad, ...). format_options: {pattern of file names: that reader's options}, the
    first pattern that fits a file counts; the option `format` there names another reader.
    labels: every label in its fixed order. positive: the labels that count in the score (relation extraction).
    folds: the number of folds, 0 when the set has none. counts: expected counts, {file name: {what: number}}.
    pmid: where a row's index holds the PMID of its text, a regular expression for the index's start, the PMID its first group.
    """

    id: str
    kind: str
    title: str
    licence: str
    task: str | None = None
    access: str = "open"
    apply: str | None = None
    source: str = ""
    format: str | None = None
    format_options: dict = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    folds: int = 0
    files: tuple[RemoteFile, ...] = ()
    protocols: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)
    pmid: str | None = None

    @property
    def default_protocol(self) -> str:
        """The protocol listed first."""
        return next(iter(self.protocols))

    def folds_of(self, protocol: str) -> int:
        """The number of folds of a protocol: the set's own where its file names hold `{fold}`, else 0."""
        chosen = self.protocols[protocol]
        return self.folds if any("{fold}" in name for name in (*chosen.train, *chosen.test)) else 0


def names(kind: str | None = None) -> list[str]:
    """The ids of all entries (of one kind) in alphabetical order."""
    found = sorted(file.stem for file in FOLDER.glob("*.yaml"))
    return [name for name in found if kind is None or load(name).kind == kind]


_CACHE: dict[str, Entry] = {}


def load(name: str) -> Entry:
    """The entry called `name`, or the one in the YAML file `name` (a path that ends in .yaml).

    Raises InputError for an unknown name (with the nearest ones), an unknown key or a wrong value.
    """
    if name not in _CACHE:
        _CACHE[name] = _read(_file_of(name))
    return _CACHE[name]


def split_name(name: str) -> tuple[Entry, str]:
    """`DATASET[@PROTOCOL]` -> the entry and the protocol's id (the entry's default without one).

    Raises InputError for unknown names.
    """
    dataset, _, protocol = name.partition("@")
    entry = load(dataset)
    if entry.kind != "dataset":
        raise InputError(f"{dataset} is a {entry.kind}, not a data set", fix="see bioalbert datasets")
    protocol = protocol or entry.default_protocol
    if protocol not in entry.protocols:
        raise InputError(f"{dataset} has no protocol {protocol!r}", fix=nearest(protocol, entry.protocols))
    return entry, protocol


def _file_of(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise InputError("no such catalogue file", file=name)
        return Path(name)
    file = FOLDER / f"{name}.yaml"
    if not file.is_file():
        known = (path.stem for path in FOLDER.glob("*.yaml"))
        raise InputError(f"the catalogue has no {name!r}", fix=nearest(name, known))
    return file


def _read(file: Path) -> Entry:
    values = load_yaml(file)
    if not isinstance(values, dict):
        raise InputError("a catalogue file is a mapping of keys", file=file)
    values = {"id": file.stem} | values
    for key in ("labels", "positive"):
        values[key] = [str(label) for label in values.get(key, ())]
    values["files"] = [fill(RemoteFile, item, file=file, place=f"files[{i}]") for i, item in enumerate(values.get("files", ()))]
    protocols = values.get("protocols", {})
    values["protocols"] = {key: fill(Protocol, item, file=file, place=f"protocols.{key}") for key, item in protocols.items()}
    entry = fill(Entry, values, file=file)
    _check(entry, file)
    return entry


def _check(entry: Entry, file: Path) -> None:
    if entry.kind not in KINDS:
        raise InputError(f"kind {entry.kind!r} is unknown", file=file, fix=nearest(entry.kind, KINDS))
    if entry.kind == "dataset":
        if entry.task not in TASKS:
            raise InputError(f"task {entry.task!r} is unknown", file=file, fix=nearest(str(entry.task), TASKS))
        if not entry.protocols:
            raise InputError("a data set needs at least one protocol", file=file)
    if entry.access != "open" and not entry.apply:
        raise InputError("a set that is not open must say where to apply", file=file, place="apply")
