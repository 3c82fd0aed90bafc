"""What the catalogue knows: one YAML file a data set, corpus, vocabulary or checkpoint, read into these data classes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from bioalbert.catalogue.references import REFERENCES
from bioalbert.download.unpack import inside
from bioalbert.errors import InputError, nearest
from bioalbert.settings import fill, load_yaml

FOLDER = Path(__file__).parent
KINDS = ("dataset", "corpus", "vocabulary", "checkpoint")
TASKS = ("ner", "re", "qa", "yesno", "similarity", "inference", "classification")


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
class Published:
    """What others have reached under a protocol. value: in points (fractions times 100). figure: the results table's name for it.

    source: a key of `references.REFERENCES`. differs: None, or what keeps the figure from being compared with ours.
    """

    system: str
    value: float
    figure: str
    source: str
    differs: str | None = None


@dataclass(frozen=True)
class Protocol:
    """How a data set is split, labelled and scored.

    train, test: file names (with `{fold}` where there are folds). dev: a file name, or None where the protocol has none.
    FILE#PART names a part of a file; which, the entry's format_options say under that name.
    settings: training settings that differ from the task's own defaults. comparable: None, or what it can be compared with.
    after: DATASET@PROTOCOL on which the encoder is fine-tuned first (a warm-up); its scores are not comparable otherwise.
    labels, format_options: in place of the entry's.
    published: figures of others. They are not in the protocol's repr, by which the workflow knows what a run is made of.
    """

    train: tuple[str, ...]
    test: tuple[str, ...]
    dev: str | None = None
    golden: tuple[str, ...] = ()
    metric: str = ""
    comparable: str | None = None
    note: str = ""
    after: str | None = None
    settings: dict = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    format_options: dict = field(default_factory=dict)
    published: tuple[Published, ...] = field(default=(), repr=False)

    @property
    def names(self) -> tuple[str, ...]:
        """The FILE or FILE#PART of each of its splits, and its golden files."""
        return (*self.train, *((self.dev,) if self.dev else ()), *self.test, *self.golden)

    @property
    def files(self) -> tuple[str, ...]:
        """The names of the files that it reads, each once, without their parts."""
        return tuple(dict.fromkeys(map(file_of, self.names)))

    def part(self, name: str) -> str:
        """The one of `names` that has the part of a FILE#PART, whatever the file is called; the first test file of a plain FILE.

        Raises InputError for a part that it has not.
        """
        parts = {one.partition("#")[2]: one for one in self.names} | {"": self.test[0]}
        wanted = name.partition("#")[2]
        if wanted not in parts:
            raise InputError(f"no part {wanted!r} in the protocol", file=name, fix=nearest(wanted, parts.keys() - {""}))
        return parts[wanted]


@dataclass(frozen=True)
class Entry:
    """One catalogue entry.

    access: "open", "registration" or "credentialed"; `apply` says where to apply for the latter two.
    quotable: whether its licence lets texts and answers of it stand in a page that is passed on.
    format: the reader's name (conll, labelled-tsv, squad, ...). format_options: {pattern of file names: that reader's options}, the
    first pattern that fits a file counts; the option `format` there names another reader.
    labels: every label in its fixed order; none for tagged sentences whose types are what their files hold.
    positive: the labels that count in the score (relation extraction).
    folds: the number of folds, 0 when the set has none. counts: expected counts, {file name: {what: number}}.
    supplied: names of files that nobody may pass on: whoever has registered at `apply` puts them into `data/raw/ENTRY/`.
    pmid: where a row's index holds the PMID of its text, a regular expression for the index's start, the PMID its first group.
    path: the folder of its files, where that is not data/raw/ENTRY.
    hub: the id of the same model on the Hugging Face hub (checkpoints).
    """

    id: str
    kind: str
    title: str
    licence: str
    task: str | None = None
    access: str = "open"
    apply: str | None = None
    quotable: bool = True
    source: str = ""
    format: str | None = None
    format_options: dict = field(default_factory=dict)
    labels: tuple[str, ...] = ()
    positive: tuple[str, ...] = ()
    folds: int = 0
    files: tuple[RemoteFile, ...] = ()
    protocols: dict = field(default_factory=dict)
    counts: dict = field(default_factory=dict)
    supplied: tuple[str, ...] = ()
    pmid: str | None = None
    path: str | None = None
    hub: str | None = None

    def folder(self, data: Path) -> Path:
        """Where its files lie; data: the folder of downloads (data/raw)."""
        return Path(self.path) if self.path else data / self.id

    @property
    def default_protocol(self) -> str:
        """The protocol listed first."""
        return next(iter(self.protocols))

    def under(self, protocol: str) -> "Entry":
        """The entry as a protocol has it: with its labels and options where it has some of its own."""
        chosen = self.protocols[protocol]
        return replace(self, labels=chosen.labels or self.labels, format_options=chosen.format_options or self.format_options)

    def folds_of(self, protocol: str) -> int:
        """The number of folds of a protocol: the set's own where its file names hold `{fold}`, else 0."""
        chosen = self.protocols[protocol]
        return self.folds if any("{fold}" in name for name in (*chosen.train, *chosen.test)) else 0


def files_of(entry: Entry) -> Iterator[RemoteFile]:
    """The entry's files, with `{fold}` replaced by each of 1..folds. Raises InputError for a name that leads out of the folder."""
    for file in entry.files:
        if not inside(file.name):
            raise InputError("a path that leads out of the folder", file=entry.id, place=file.name, fix="correct the catalogue file")
        if "{fold}" not in file.name:
            yield file
            continue
        for fold in range(1, entry.folds + 1):
            yield replace(file, name=file.name.replace("{fold}", str(fold)), url=file.url.replace("{fold}", str(fold)))


def names(kind: str | None = None) -> list[str]:
    """The ids of all entries (of one kind) in alphabetical order."""
    found = sorted(file.stem for file in FOLDER.glob("*.yaml"))
    return [name for name in found if kind is None or load(name).kind == kind]


_CACHE: dict[str, Entry] = {}


def load(name: str) -> Entry:
    """The entry called `name`, the one in the YAML file `name` (a path that ends in .yaml), or one's own data set in the folder `name`.

    Raises InputError for an unknown name (with the nearest ones), an unknown key or a wrong value.
    """
    if name not in _CACHE:
        folder = Path(name)
        is_folder = name and not (FOLDER / f"{name}.yaml").is_file() and folder.is_dir()
        _CACHE[name] = _of_folder(folder) if is_folder else _read(_file_of(name))
    return _CACHE[name]


def parts(name: str) -> tuple[str, str]:
    """`DATASET[@PROTOCOL]` -> the two, "" where there is no protocol. (A path may hold an @ before its last part.)"""
    dataset, at, protocol = name.rpartition("@")
    return (dataset, protocol) if at and "/" not in protocol else (name, "")


def split_name(name: str) -> tuple[Entry, str]:
    """`DATASET[@PROTOCOL]` -> the entry as the protocol has it, and the protocol's id (the entry's default without one).

    Raises InputError for unknown names.
    """
    dataset, protocol = parts(name)
    entry = load(dataset)
    if entry.kind != "dataset":
        raise InputError(f"{dataset} is a {entry.kind}, not a data set", fix="see bioalbert datasets")
    protocol = protocol or entry.default_protocol
    if protocol not in entry.protocols:
        raise InputError(f"{dataset} has no protocol {protocol!r}", fix=nearest(protocol, entry.protocols))
    return entry.under(protocol), protocol


def _file_of(name: str) -> Path:
    if name.endswith((".yaml", ".yml")):
        if not Path(name).is_file():
            raise InputError("no such catalogue file", file=name)
        return Path(name)
    if "/" in name:
        raise InputError("no such folder", file=name, fix=OWN_FOLDER)
    file = FOLDER / f"{name}.yaml"
    if not file.is_file():
        known = (path.stem for path in FOLDER.glob("*.yaml"))
        raise InputError(f"the catalogue has no {name!r}", fix=nearest(name, known))
    return file


# One's own data set of tagged sentences: what the files of a folder are called, and what their endings say (a folder: BRAT's files).
SPLITS = {"train": "train", "dev": "dev", "devel": "dev", "test": "test", "train_dev": "train_dev"}
FORMATS = {".tsv": "conll", ".txt": "conll", ".conll": "conll", ".bio": "conll", ".pubtator": "pubtator", "": "standoff"}
OWN_FOLDER = (
    "one's own set is a folder with train, test and perhaps dev (devel) and train_dev: .tsv, .txt, .conll, .bio, .pubtator, "
    "or folders of BRAT's files"
)


def _of_folder(folder: Path) -> Entry:
    """One's own data set; its id is the folder's name with hyphens for what an id cannot hold. Its labels are those that the files hold."""
    id = re.sub(r"[^A-Za-z0-9.]+", "-", folder.resolve().name).strip("-.")
    if (FOLDER / f"{id}.yaml").is_file():
        raise InputError(f"its name is that of the catalogue's {id}", file=folder, fix=f"rename the folder, or name the data set {id}")
    if not id:
        raise InputError("its name has no letter or digit of an id", file=folder, fix="rename the folder")
    files: dict[str, Path] = {}
    for path in sorted(folder.iterdir()):
        split = SPLITS.get(path.stem.lower())
        if split and path.suffix.lower() in FORMATS and path.is_dir() == (path.suffix == ""):
            if split in files:
                raise InputError(
                    f"both {files[split].name} and {path.name} are the {split} split", file=folder, fix="take one of them away"
                )
            files[split] = path
    if missing := [split for split in ("train", "test") if split not in files]:
        raise InputError(f"there is no {missing[0]}", file=folder, fix=OWN_FOLDER)
    names = {split: path.name for split, path in files.items()}
    return Entry(
        id=id,
        kind="dataset",
        title=f"one's own data set in {folder}",
        licence="one's own",
        task="ner",
        format_options={path.name: {"format": FORMATS[path.suffix.lower()]} for path in files.values()},
        protocols=_own_protocols(names),
        path=str(folder),
    )


def _own_protocols(names: dict[str, str]) -> dict[str, Protocol]:
    """@dev where there is a dev file, and @biobert, which trains on all but test and chooses nothing."""
    whole = (names["train_dev"],) if "train_dev" in names else tuple(names[split] for split in ("train", "dev") if split in names)
    biobert = Protocol(train=whole, test=(names["test"],), metric="entity-f1", note="train on train and dev together, no early stopping")
    if "dev" not in names:
        return {"biobert": biobert}
    return {"dev": replace(biobert, train=(names["train"],), dev=names["dev"], note="train on train, choose on dev"), "biobert": biobert}


def _read(file: Path) -> Entry:
    values = load_yaml(file)
    if not isinstance(values, dict):
        raise InputError("a catalogue file is a mapping of keys", file=file)
    values = {"id": file.stem} | values
    for key in ("labels", "positive"):
        values[key] = [str(label) for label in values.get(key, ())]
    values["files"] = [fill(RemoteFile, item, file=file, place=f"files[{i}]") for i, item in enumerate(values.get("files", ()))]
    protocols = values.get("protocols", {})
    values["protocols"] = {key: _protocol(item, file, f"protocols.{key}") for key, item in protocols.items()}
    entry = fill(Entry, values, file=file)
    _check(entry, file)
    return entry


def _protocol(values: object, file: Path, place: str) -> Protocol:
    protocol = fill(Protocol, values, file=file, place=place)
    published = [fill(Published, item, file=file, place=f"{place}.published[{i}]") for i, item in enumerate(protocol.published)]
    for one in published:
        if one.source not in REFERENCES:
            raise InputError(
                f"the source {one.source!r} is unknown", file=file, place=f"{place}.published", fix=nearest(one.source, REFERENCES)
            )
    return replace(protocol, published=tuple(published))


def _check(entry: Entry, file: Path) -> None:
    if entry.kind not in KINDS:
        raise InputError(f"kind {entry.kind!r} is unknown", file=file, fix=nearest(entry.kind, KINDS))
    if entry.kind == "dataset":
        if entry.task not in TASKS:
            raise InputError(f"task {entry.task!r} is unknown", file=file, fix=nearest(str(entry.task), TASKS))
        if not entry.protocols:
            raise InputError("a data set needs at least one protocol", file=file)
        for place, options in _format_options(entry):
            if not isinstance(options, dict):
                fix = 'options stand under the files that they are for: {"*": {collapse: true}}'
                raise InputError("no mapping of options", file=file, place=place, fix=fix)
    if (entry.access != "open" or entry.supplied) and not entry.apply:
        raise InputError("a set that is not open, or not in all its files, must say where to apply", file=file, place="apply")


def _format_options(entry: Entry) -> Iterator[tuple[str, object]]:
    """(place in the catalogue file, options) of each pattern, the entry's own and those of its protocols."""
    for at, options in [("", entry.format_options), *((f"protocols.{name}.", one.format_options) for name, one in entry.protocols.items())]:
        yield from ((f"{at}format_options.{pattern}", value) for pattern, value in options.items())
