"""The data of a run: what it learns from and is scored on."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bioalbert.catalogue.check import altered, miscounted
from bioalbert.catalogue.entries import Entry, Protocol, split_name
from bioalbert.errors import InputError
from bioalbert.finetune.examples import Example
from bioalbert.finetune.readers import golden, inputs, names_read, read
from bioalbert.finetune.readers.common import Absent


@dataclass(frozen=True)
class Source:
    """What a run learns from and is scored on. data: the folder of its files. noticed: what its readers let pass, by split, once read."""

    entry: Entry
    protocol: str
    fold: int
    data: Path
    noticed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))

    @classmethod
    def named(cls, dataset: str, fold: int, data: Path) -> "Source":
        """From DATASET[@PROTOCOL]; data: the folder of downloads (data/raw)."""
        entry, protocol = split_name(dataset)
        return cls(entry, protocol, fold, entry.folder(Path(data)))

    @property
    def name(self) -> str:
        return f"{self.entry.id}@{self.protocol}"

    @property
    def restricted(self) -> bool:
        """Whether its text may not leave this place."""
        return self.entry.access == "credentialed"

    @property
    def rules(self) -> Protocol:
        """What its protocol says."""
        return self.entry.protocols[self.protocol]

    def read(self, split: str) -> list[Example]:
        self.noticed[split].clear()
        return read(self.entry, self.protocol, split, self.data, self.fold, self.noticed[split])

    def golden(self) -> list[list[dict]]:
        """BioASQ's batches of golden questions, [] for other sets."""
        return golden(self.entry, self.protocol, self.data)

    @contextmanager
    def naming_others(self) -> Iterator[None]:
        """While data are read to start a run: the error for an absent file names the set's protocols whose files are all here."""
        try:
            yield
        except Absent as error:
            others = [f"@{name}" for name in self.entry.protocols if self._is_here(name)]
            fix = f"{error.fix}; or take {' or '.join(others)}, whose files are here" if others else error.fix
            raise InputError(error.problem, file=error.file, fix=fix) from None

    def _is_here(self, protocol: str) -> bool:
        entry = self.entry.under(protocol)
        return len(inputs(entry, protocol, self.data, self.fold or 1)) == len(names_read(entry, protocol))

    def files(self) -> list[Path]:
        """The files, or folders of files, that its protocol reads and that are there."""
        return inputs(self.entry, self.protocol, self.data, self.fold)

    def altered(self) -> list[str]:
        """The names of those that are not what the catalogue says they are."""
        others = altered(self.entry, self.data, [str(file.relative_to(self.data)) for file in self.files()])
        parts = [name.replace("{fold}", str(self.fold)) for name in self.rules.names]
        return list(dict.fromkeys([*others, *miscounted(self.entry, self.data, parts)]))
