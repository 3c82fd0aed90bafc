"""The one configuration model. A run's YAML is whole by itself: unknown keys are refused, every key is described here.

config/schema.json and docs/config.md are generated from this module (`python -m bioalbert config`), and a test fails on drift.
"""

import re
from collections.abc import Iterable
from typing import Annotated, Literal

import pydantic
from pydantic import BaseModel, ConfigDict, Field, model_validator

from bioalbert.catalogue import entries
from bioalbert.errors import InputError, nearest
from bioalbert.finetune.settings import FinetuneSettings
from bioalbert.pretrain import settings as pretrain
from bioalbert.settings import fill


def _checked(plain: type) -> type:
    """A plain data class of another stage, checked by pydantic from the descriptions and bounds that its fields carry."""
    config = ConfigDict(extra="forbid", json_schema_extra={"description": plain.__doc__})
    return pydantic.dataclasses.dataclass(plain, frozen=True, config=config)


Architecture = _checked(pretrain.Architecture)
Recipe = _checked(pretrain.Recipe)
Settings = _checked(FinetuneSettings)  # for the reference: a block of settings holds some of these
Language = Annotated[str, Field(pattern=r"^[a-z]{3}$")]
NAME = r"^[A-Za-z0-9][A-Za-z0-9.-]*$"
Name = Annotated[str, Field(pattern=NAME)]


class Block(BaseModel):
    """A part of the configuration: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Demo(Block):
    """The generated input of the default run."""

    folder: str = Field("data/demo", description="where the generated mirror and notes go")
    seed: int = Field(1, ge=0, description="seed of the generator: another seed, another language")


class Corpus(Block):
    """One source of pre-training text, made into a fixed number of document shards.

    The corpora pubmed, pmc and mimic are the catalogue's; any other name is a text corpus of one's own.
    """

    shards: int = Field(1, ge=1, description="number of shards; the files are dealt out among them (mimic and text: 1)")
    max_files: int | None = Field(None, ge=1, description="take only so many files (pubmed) or articles (pmc); null = all")
    licences: Literal["commercial", "non-commercial", "all"] = Field("commercial", description="pmc: which licence group to take")
    languages: tuple[Language, ...] = Field(
        ("eng",), min_length=1, description="pubmed: languages of the articles, MEDLINE's three-letter codes, [all] for every one"
    )
    include: tuple[Literal["captions", "tables", "formulas"], ...] = Field(
        (), description="pmc: what is taken in beside running text: captions, rows of tables, displayed formulas"
    )
    path: str | None = Field(None, description="text: the file or folder to read; the notes' path is the top-level key mimic")


class Audit(Block):
    """What is looked for in the corpora of each version and vocabulary, taken together, and left out of them.

    The leak audit itself is always made: its figures stand in the results table.
    """

    drop_duplicates: bool = Field(
        True, description="leave out documents whose text another one has, and PubMed citations whose full text is in the corpus pmc"
    )
    exclude_benchmarks: bool = Field(
        False, description="leave out documents that hold test items of the benchmark; BioALBERT and its peers left none out"
    )


class Vocabulary(Block):
    """A SentencePiece vocabulary: trained on our own corpora, or a model taken over as it is."""

    train: tuple[Name, ...] = Field((), description="corpora to train on")
    reuse: str | None = Field(None, description="a catalogue id (albert-30k-clean) or the path of a spiece.model")
    size: int = Field(30000, ge=100, le=65535, description="pieces to train; a reused model keeps its own size")
    sentences: int = Field(10_000_000, ge=1, description="train on at most so many sentences, sampled from all")
    cased: bool = Field(False, description="keep upper case")

    @model_validator(mode="after")
    def _one_way(self) -> "Vocabulary":
        if bool(self.train) == bool(self.reuse):
            raise ValueError("give either train: [corpora] or reuse: a model, not both")
        return self


class Version(Block):
    """One model to pre-train: corpora, vocabulary, starting point, architecture and recipe, the last two by name."""

    corpora: tuple[Name, ...] = Field((), description="corpora to pre-train on (not needed by a recipe of 0 steps)")
    vocabulary: Name = Field(description="name of a vocabulary below `vocabularies`")
    architecture: Name = Field(description="name of an architecture below `architectures`")
    recipe: Name = Field(description="name of a recipe below `recipes`")
    initial: str | None = Field(
        None, description="start from a catalogue id (albert-base-v2) or the folder of a bundle; null = from scratch"
    )
    snapshots: tuple[int, ...] = Field(
        (), description="steps of the recipe whose weights are fine-tuned and scored too, as the models NAME-stepN"
    )
    assumed: bool = Field(False, description="true where the recipe's values are assumptions, not the authors' known ones")
    nodes: int = Field(1, ge=1, description="machines that train it together (on SLURM)")
    gpus: int = Field(0, ge=0, description="GPUs asked for on each of them, one process each; 0: one process, on a GPU if there is one")


class Job(Block):
    """How one data set is fine-tuned here, where that differs from the catalogue."""

    folds: tuple[int, ...] | None = Field(None, description="folds to run; null = all folds of the data set")
    settings: dict = Field(
        default_factory=dict, description="what overrides the catalogue's settings: keys of the section Settings in docs/config.md"
    )


class Warmup(Block):
    """The fine-tune that comes first where a protocol asks for one (BioASQ's: SQuAD). One run a version, with the first seed."""

    dataset: str | None = Field(
        None, description="DATASET@PROTOCOL that stands in for the one that the protocols name (squad@xquad where SQuAD is out of reach)"
    )
    settings: dict = Field(
        default_factory=dict, description="what overrides the catalogue's settings: keys of the section Settings in docs/config.md"
    )


class Finetune(Block):
    """Which data sets every version is fine-tuned and scored on."""

    seeds: tuple[int, ...] = Field((1,), min_length=1, description="one run a seed")
    threads: int = Field(1, ge=1, description="CPU threads of one run; part of the result, so never taken from the scheduler")
    warmup: Warmup | None = Field(Warmup(), description="fine-tune on SQuAD before BioASQ; null = not (the table says so)")
    gpus: int = Field(0, ge=0, le=1, description="GPUs that one run asks the scheduler for; 0: it takes one if there is one")
    datasets: dict[str, Job] = Field(
        description="DATASET or DATASET@PROTOCOL -> what differs from the catalogue. "
        "DATASET: an id of it, or the path of one's own folder of train, dev and test files or of one's own catalogue YAML"
    )


class Config(Block):
    """A whole run."""

    data: str = Field("data/raw", description="folder of verified downloads")
    results: str = Field("results", description="folder of everything made")
    mirror: str | None = Field(None, description="take downloads from here: a folder with one sub-folder per host, or an http base")
    demo: Demo | None = Field(None, description="generate the input instead of downloading it")
    mimic: str | None = Field(None, description="path of NOTEEVENTS.csv.gz; null = versions that need it are listed as 'needs access'")
    restricted_remotes: tuple[str, ...] = Field(
        (),
        description="DVC remotes that may hold what derives from the notes, and runs on data sets whose licence keeps their answers "
        "(BioASQ): `bioalbert push` keeps both from all others",
    )
    corpora: dict[Name, Corpus] = Field({}, description="sources of pre-training text")
    audit: Audit = Field(Audit(), description="duplicates in the corpora, and test items of the benchmark")
    vocabularies: dict[Name, Vocabulary] = Field({}, description="vocabularies by name")
    architectures: dict[Name, Architecture] = Field({}, description="model shapes by name")
    recipes: dict[Name, Recipe] = Field({}, description="pre-training recipes by name")
    versions: dict[Name, Version] = Field({}, description="models to pre-train, by name")
    finetune: Finetune = Field(description="the benchmark")
    baseline: Name | None = Field(
        None, description="the version that the others' scores are tested against in the results table (paired bootstrap); null = none"
    )

    @model_validator(mode="after")
    def _names_exist(self) -> "Config":
        for name, corpus in self.corpora.items():
            _check_corpus(f"corpora.{name}", name, corpus)
        for name, vocabulary in self.vocabularies.items():
            _all_known(f"vocabularies.{name}.train", vocabulary.train, self.corpora)
        for name, version in self.versions.items():
            at = f"versions.{name}"
            _all_known(f"{at}.corpora", version.corpora, self.corpora)
            _all_known(f"{at}.vocabulary", [version.vocabulary], self.vocabularies)
            _all_known(f"{at}.architecture", [version.architecture], self.architectures)
            _all_known(f"{at}.recipe", [version.recipe], self.recipes)
            _check_training(at, self.recipes[version.recipe], version)
            for snapshot in snapshot_names(name, version.snapshots):
                if snapshot in self.versions:
                    raise ValueError(f"{at}.snapshots: {snapshot} is a version too; rename that one")
            if not version.corpora and self.recipes[version.recipe].steps > 0:
                raise ValueError(f"{at}.corpora: empty, but the recipe {version.recipe} trains; name a corpus or use a recipe of 0 steps")
        if self.baseline:
            _all_known("baseline", [self.baseline], self.versions)
        for name, job in self.finetune.datasets.items():
            _check_dataset(f"finetune.datasets.{name}", name, job)
        _check_ids(self.finetune.datasets)
        if self.finetune.warmup:
            _check_warmup("finetune.warmup", self.finetune.warmup)
        return self


def snapshot_names(version: str, steps: Iterable[int]) -> list[str]:
    """The names of the models that a version's snapshots are."""
    return [f"{version}-step{step}" for step in steps]


def _all_known(place: str, named: object, known: object) -> None:
    for name in named:
        if name not in known:
            raise ValueError(f"{place}: there is no {name!r}; {nearest(name, known)}")


def _check_corpus(place: str, name: str, corpus: Corpus) -> None:
    known = entries.names("corpus")
    if name not in known and corpus.path is None:
        raise ValueError(f"{place}.path: a text corpus of one's own needs the path of its files; the known corpora are {', '.join(known)}")
    if name in known and corpus.path is not None:
        raise ValueError(f"{place}.path: only a text corpus has a path; the notes' path is the top-level key mimic")
    for key, owner in (("languages", "pubmed"), ("licences", "pmc"), ("include", "pmc")):
        if key in corpus.model_fields_set and name != owner:
            raise ValueError(f"{place}.{key}: only the corpus {owner} has it; leave the key out")
    if corpus.shards != 1 and name not in ("pubmed", "pmc"):
        raise ValueError(f"{place}.shards: this corpus is one shard; leave the key out")


def _check_training(place: str, recipe: Recipe, version: Version) -> None:
    try:
        pretrain.plan_batches(recipe, version.nodes * max(1, version.gpus))
        pretrain.check_snapshots(version.snapshots, recipe)
    except InputError as error:
        raise ValueError(f"{place}: {error}") from None


def _check_dataset(place: str, name: str, job: Job) -> None:
    try:
        entry, protocol = entries.split_name(name)
    except InputError as error:
        raise ValueError(f"{place}: {error}") from None
    _check_settings(place, entry.protocols[protocol].settings | job.settings)
    wrong = [fold for fold in job.folds or () if not 1 <= fold <= entry.folds]
    if wrong:
        has = f"has folds 1 to {entry.folds}" if entry.folds else "has no folds"
        raise ValueError(f"{place}.folds: there is no fold {wrong[0]}; {entry.id} {has}")


def _check_ids(names: Iterable[str]) -> None:
    """Results are kept by the ids of data sets: each must be a name, and of one set."""
    named: dict[str, str] = {}
    for name in names:
        dataset, _ = entries.parts(name)
        id = entries.load(dataset).id
        if not re.fullmatch(NAME, id):
            raise ValueError(
                f"finetune.datasets.{name}: its id {id!r} is no name of letters, digits, hyphens and full stops; rename the file"
            )
        if named.setdefault(id, dataset) != dataset:
            raise ValueError(f"finetune.datasets.{name}: {named[id]} is called {id} too; rename one of the two")


def _check_warmup(place: str, warmup: Warmup) -> None:
    if warmup.dataset:
        _check_dataset(f"{place}.dataset", warmup.dataset, Job())
    _check_settings(place, warmup.settings)


def _check_settings(place: str, settings: dict) -> None:
    """Before days of pre-training, not after them."""
    try:
        fill(FinetuneSettings, settings, place=f"{place}.settings")
    except InputError as error:
        raise ValueError(str(error)) from None
