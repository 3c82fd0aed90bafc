"""What a configuration comes to on this machine: which versions and data sets can be run, and what stands behind them.

The rules of the workflow ask it, and so does `bioalbert plan`.
"""

from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from bioalbert.catalogue import check, entries
from bioalbert.catalogue.entries import Entry
from bioalbert.config.model import Config, Job, snapshot_names
from bioalbert.results.names import TABLES, table_of

Corpora = tuple[str, ...]


class Selection:
    """The configuration, less the versions whose corpora, and the data sets whose files, nobody here may read.

    Data sets are named DATASET@PROTOCOL by their ids; `given` turns that into what the command line calls them.
    """

    def __init__(self, config: Config):
        self.config = config
        asked = config.finetune.datasets
        # In the order of names: that of the configuration says nothing, and must make nothing stale.
        self.datasets: dict[str, Job] = {name: asked[one] for name, one in sorted((full_name(one), one) for one in asked)}
        warmups = [warmup for name in asked if (warmup := self.warmup_of(name))]
        self._given = {entries.load(dataset).id: dataset for dataset, _ in map(entries.parts, [*asked, *warmups])}

    def lacks(self, version: str) -> list[str]:
        """The corpora of a version that nobody here may read."""
        return [name for name in self.config.versions[version].corpora if name == "mimic" and not self.config.mimic]

    @cached_property
    def versions(self) -> list[str]:
        """The versions that are run, in alphabetical order."""
        return [version for version in sorted(self.config.versions) if not self.lacks(version)]

    @cached_property
    def models(self) -> dict[str, str]:
        """What is fine-tuned -> the version that it is of: each version itself, and its snapshots, NAME-stepN."""
        named = ((name, snapshot_names(name, self.config.versions[name].snapshots)) for name in self.versions)
        return {model: name for name, snapshots in named for model in (name, *snapshots)}

    @cached_property
    def runnable(self) -> list[str]:
        """The data sets whose files are public, or here."""
        return [name for name in self.datasets if self._can_be_had(name)]

    @cached_property
    def tables(self) -> dict[str, list[str]]:
        """The paper's tables, in its order, that show any of the data sets that are run -> those."""
        entries_of = {name: self.entry_of(name) for name in self.runnable}
        shown = {name: table_of(entry.id, entry.task) for name, entry in entries_of.items()}
        return {table: names for table in TABLES if (names := [name for name in self.runnable if shown[name] == table])}

    @cached_property
    def left_out(self) -> list[str]:
        """VERSION=CORPUS of each version that is not run for want of a corpus, and each data set that is not run."""
        versions = [f"{version}={lacked[0]}" for version in sorted(self.config.versions) if (lacked := self.lacks(version))]
        return versions + [self.given(name) for name in self.datasets if name not in self.runnable]

    def _can_be_had(self, name: str) -> bool:
        entry, protocol = entries.split_name(self.given(name))
        return check.ready(entry, protocol, entry.folder(Path(self.config.data)))

    def given(self, name: str) -> str:
        """DATASET[@PROTOCOL], by its id -> by what the command line calls it: its id, or the path of one's own."""
        dataset, at, protocol = name.partition("@")
        return f"{self._given.get(dataset, dataset)}{at}{protocol}"

    def entry_of(self, name: str) -> Entry:
        """The entry of a DATASET[@PROTOCOL], by its id."""
        return entries.split_name(self.given(name))[0]

    def warmup_of(self, name: str) -> str | None:
        """The DATASET@PROTOCOL that comes before a fine-tune, as the configuration names it; None where there is none. name: as given."""
        entry, protocol = entries.split_name(name)
        warmup, after = self.config.finetune.warmup, entry.protocols[protocol].after
        return (warmup.dataset or after) if warmup and after else None

    def folds(self, name: str) -> list[int]:
        """The folds to run of a data set; 0 stands for a set without folds."""
        return list(self.datasets[name].folds or range(1, self.entry_of(name).folds + 1)) or [0]

    @cached_property
    def entries(self) -> list[str]:
        """The ids of the data sets that are run."""
        return sorted({self.entry_of(name).id for name in self.runnable})

    @cached_property
    def pretrained(self) -> dict[str, Corpora]:
        """The versions that are run and see a corpus, and their corpora."""
        return {name: self.config.versions[name].corpora for name in self.versions if self._trains(name)}

    def _trains(self, version: str) -> bool:
        return self.config.recipes[self.config.versions[version].recipe].steps > 0

    @cached_property
    def corpora(self) -> list[str]:
        """The corpora behind the versions that are run."""
        return _once(name for version in self.versions for name in self.config.versions[version].corpora)

    @cached_property
    def vocabularies(self) -> list[str]:
        """The vocabularies behind the versions that are run."""
        used = {self.config.versions[version].vocabulary for version in self.versions}
        return [name for name in self.config.vocabularies if name in used]

    @cached_property
    def learnt(self) -> dict[str, Corpora]:
        """Those of them that are trained here, and their corpora."""
        return {name: corpora for name in self.vocabularies if (corpora := self.config.vocabularies[name].train)}

    @cached_property
    def stores(self) -> list[tuple[str, Corpora]]:
        """(vocabulary, corpora) of the token stores: versions of the same two share one."""
        return _once((self.config.versions[name].vocabulary, corpora) for name, corpora in self.pretrained.items())

    @cached_property
    def audits(self) -> list[Corpora]:
        """The corpora that are searched for benchmark items: those of each version, taken together."""
        return _once(self.pretrained.values())


def full_name(name: str) -> str:
    """DATASET[@PROTOCOL], as given -> ID@PROTOCOL."""
    entry, protocol = entries.split_name(name)
    return f"{entry.id}@{protocol}"


def _once(values: Iterable) -> list:
    return list(dict.fromkeys(values))
