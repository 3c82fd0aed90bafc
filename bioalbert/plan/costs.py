"""What a run asks for, stage by stage: from the sizes of the corpora and data sets, and from rates that are measured or, on GPUs, assumed.

Sizes and rates stand here with where they are from: docs/benchmarks.md and docs/scale.md (measured on one core of a small machine) unless
another source is named. docs/cluster.md says what they leave out.
"""

from dataclasses import dataclass
from functools import cache
from itertools import chain

from bioalbert.catalogue.entries import Entry
from bioalbert.config.model import Architecture, Corpus
from bioalbert.config.selection import Selection
from bioalbert.demo import notes, pmc, pubmed
from bioalbert.finetune.settings import resolve
from bioalbert.plan import jobs

HOUR, GB = 3600.0, 1e9

# Sizes. The baseline of 2026 has 1,334 files of 30,000 citations; PMC's open subset about 7 million articles (docs/scale.md says why),
# 3.84 of 5.65 million of them for commercial use; MIMIC-III 1.4 has 2,083,180 notes (mimic-code, postgres_checks.sql).
PUBMED_FILES, CITATIONS_A_FILE = 1334, 30_000
ARTICLES, COMMERCIAL = 7_000_000, 3.84 / 5.65
NOTES = 2_083_180
DATA_SET = 5e6  # bytes of a data set: 88 MB for the 20 of the offline mirror

# Seconds of one core.
START = 4.0  # of every job: Snakemake and Python, twice
INDEXED = 21e-6  # a citation: 305 MB/s at 6 kB, and the sorting
TRAINED_SENTENCE = 180e-6  # of a vocabulary
COMPARED, SEARCHED, ENCODED = 0.05e-6, 0.15e-6, 0.54e-6  # a piece: duplicates, leaks, token store
VOCABULARY_REPORT, TABLE = 32.0, 30.0  # the second assumed

# Bytes.
STORED = 2.2  # a piece in a token store
INDEX = 6.0  # a citation
FOLDER = 3e6  # a model's tokenizer files and reports

# Floating-point operations a second. A core does 36e9 (3 layers of 128) to 83e9 (ALBERT-base, 512 pieces) of pre-training. GPU rates were
# not measured by us: 74e12 is what a published run of BERT-base under Composer comes to (286.7 million sequences of 128 in 11.5 hours on
# eight A100 in bfloat16), 10e12 half of what an A100 does in float32 without tensor cores, for the small batches of fine-tunes (assumed).
CORE = 40e9
GPU_PRETRAINING, GPU_FINETUNING = 74e12, 10e12

# Rows of fine-tunes: pieces in a sentence of entity recognition (BC5CDR; other tasks: half of max_length, assumed), and rows where the
# catalogue has no count (assumed).
SENTENCE, UNCOUNTED_ROWS = 36, 5_000


@dataclass(frozen=True)
class Cost:
    """core_hours: of CPU cores, those beside GPUs included. gpu_hours: of an A100. gigabytes: left on the disk (1e9 bytes)."""

    core_hours: float = 0.0
    gpu_hours: float = 0.0
    gigabytes: float = 0.0

    def __add__(self, other: "Cost") -> "Cost":
        return Cost(self.core_hours + other.core_hours, self.gpu_hours + other.gpu_hours, self.gigabytes + other.gigabytes)


@dataclass(frozen=True)
class Kind:
    """What one document of a corpus comes to. seconds: of a core, from raw file to shard. raw, shard: bytes on the disk."""

    seconds: float
    raw: float
    shard: float
    pieces: float


KINDS = {
    # 6 kB of XML at 63.9 MB/s; 40 GB packed / 40 million; 85 % are English with a text of 388 pieces.
    "pubmed": Kind(94e-6, 1000, 600, 330),
    "pmc": Kind(3.4e-3, 151_000, 15_100, 9_700),
    # 0.5 billion words (BlueBERT's figure) at 1.32 pieces. The user brings the file.
    "mimic": Kind(0.5e-3, 0, 600, 320),
}


@dataclass(frozen=True)
class Text:
    """A corpus: `documents` of a kind."""

    documents: float
    kind: Kind

    @property
    def pieces(self) -> float:
        return self.documents * self.kind.pieces


def costs(chosen: Selection) -> dict[str, Cost]:
    """Stage -> what it asks for, the start of its jobs included."""
    counts = jobs.count_jobs(chosen)
    found = {stage: function(chosen) for stage, function in STAGES.items()}
    return {stage: cost + Cost(START * sum(counts[rule] for rule in jobs.STAGES[stage]) / HOUR) for stage, cost in found.items()}


def uncounted(chosen: Selection) -> list[str]:
    """The corpora whose size nobody knows before they are read."""
    return sorted(name for name in jobs.corpora_read(chosen) if name not in KINDS)


def _text(chosen: Selection, name: str) -> Text:
    return Text(_documents(name, chosen.config.corpora[name], generated=chosen.config.demo is not None), KINDS[name])


def _documents(name: str, corpus: Corpus, generated: bool) -> float:
    if generated:
        return {"pubmed": 2 * pubmed.CITATIONS, "pmc": pmc.ARTICLES, "mimic": notes.NOTES}[name]
    if name == "pubmed":
        return min(corpus.max_files or PUBMED_FILES, PUBMED_FILES) * CITATIONS_A_FILE
    if name == "pmc":
        whole = ARTICLES * (COMMERCIAL if corpus.licences == "commercial" else 1)
        return min(corpus.max_files or whole, whole)
    return NOTES


def _pieces(chosen: Selection, corpora: tuple[str, ...]) -> float:
    return sum(_text(chosen, name).pieces for name in corpora if name in KINDS)


def _download(chosen: Selection) -> Cost:
    """The disk alone: how long it takes is the network's affair."""
    texts = [_text(chosen, name) for name in jobs.corpora_read(chosen) if name in KINDS]
    return Cost(gigabytes=(sum(text.documents * text.kind.raw for text in texts) + DATA_SET * len(jobs.downloaded(chosen))) / GB)


def _corpus(chosen: Selection) -> Cost:
    texts = {name: _text(chosen, name) for name in jobs.corpora_read(chosen) if name in KINDS}
    citations = texts["pubmed"].documents if "pubmed" in texts else 0.0
    seconds = sum(text.documents * text.kind.seconds for text in texts.values()) + citations * INDEXED
    seconds += COMPARED * sum(_pieces(chosen, corpora) for corpora in jobs.joined_corpora(chosen))
    seconds += SEARCHED * sum(_pieces(chosen, corpora) for corpora in jobs.audits(chosen))
    return Cost(seconds / HOUR, gigabytes=(sum(text.documents * text.kind.shard for text in texts.values()) + citations * INDEX) / GB)


def _vocabulary(chosen: Selection) -> Cost:
    encoded = sum(_pieces(chosen, corpora) for _, corpora in chosen.stores)
    sentences = sum(
        min(chosen.config.vocabularies[name].sentences, _pieces(chosen, corpora) / SENTENCE) for name, corpora in chosen.learnt.items()
    )
    seconds = ENCODED * encoded + TRAINED_SENTENCE * sentences + VOCABULARY_REPORT
    return Cost(seconds / HOUR, gigabytes=STORED * encoded / GB)


def _pretrain(chosen: Selection) -> Cost:
    """Rows are counted as full."""
    total = Cost()
    for name in chosen.versions:
        version = chosen.config.versions[name]
        recipe = chosen.config.recipes[version.recipe]
        examples = recipe.steps * recipe.batch_size
        masked = min(recipe.max_predictions, recipe.masked_lm_prob * recipe.sequence_length)
        work = _flops(chosen, name, examples, recipe.sequence_length, masked)
        kept = recipe.keep_checkpoints * 3 if recipe.steps else 0  # weights and two moments
        kept += 3 * len(version.snapshots)  # among the checkpoints, in the bundle, and by itself
        size = 4 * _parameters(chosen, name) * (1 + kept) + FOLDER
        total += _time(work, GPU_PRETRAINING if version.gpus else None) + Cost(gigabytes=size / GB)
    return total


def _convert(chosen: Selection) -> Cost:
    """A TensorFlow checkpoint of each version, and each initial one (as large as the largest version) as a bundle."""
    sizes = [4 * _parameters(chosen, name) for name in chosen.versions]
    return Cost(gigabytes=(sum(sizes) + len(jobs.initials(chosen)) * max(sizes, default=0)) / GB)


def _finetune(chosen: Selection) -> Cost:
    """Early stopping is not counted on."""
    config = chosen.config.finetune
    rate = GPU_FINETUNING if config.gpus else None
    warmups = [(name, config.warmup.settings, 1) for name in jobs.warmups(chosen)]
    wanted = [(name, chosen.datasets[name].settings, len(runs)) for name, runs in jobs.runs(chosen).items()]
    total = Cost()
    for version in chosen.models.values():
        size = (4 * _parameters(chosen, version) + FOLDER) / GB
        for name, settings, number in chain(warmups, wanted):
            one = _time(_run_flops(chosen, version, name, settings), rate) + Cost(gigabytes=size)
            total += Cost(one.core_hours * number, one.gpu_hours * number, one.gigabytes * number)
    return total


def _run_flops(chosen: Selection, version: str, name: str, changed: dict) -> float:
    """Of one fine-tune: training is three times the forward pass, dev and test one."""
    entry, protocol = chosen.entry_of(name), name.partition("@")[2]
    rules = entry.protocols[protocol]
    settings = resolve(entry.task, rules.settings | changed, [], place=name)
    length = SENTENCE if entry.task == "ner" else settings.max_length / 2
    train, dev, test = (_rows(entry, names) for names in (rules.train, (rules.dev,) if rules.dev else (), rules.test))
    train = min(settings.limit or train, train)
    passes = settings.steps * settings.batch_size / train if settings.steps else settings.epochs
    return _flops(chosen, version, passes * (train + dev / 3) + test / 3, length, 0)


def _rows(entry: Entry, names: tuple[str, ...]) -> float:
    """The rows of some files, by the catalogue's counts; of a file without, those of the entry's largest."""
    counts = {name: max(held.get(what, 0) for what in ("sentences", "rows", "qas")) for name, held in entry.counts.items()}
    largest = max(counts.values(), default=0) or UNCOUNTED_ROWS
    return sum(counts.get(name.replace("{fold}", "1")) or largest for name in names)


def _time(work: float, gpu: float | None) -> Cost:
    """work: floating-point operations. gpu: how many a second a GPU does, None without one."""
    return Cost(work / gpu / HOUR, work / gpu / HOUR) if gpu else Cost(work / CORE / HOUR)


def _flops(chosen: Selection, version: str, rows: float, length: float, masked: float) -> float:
    """Of training on `rows` of `length` pieces, `masked` of them predicted."""
    from bioalbert.pretrain.speed import flops

    return flops(_model(*_shape(chosen, version)).config, rows * length, rows * length**2, rows * masked)


def _parameters(chosen: Selection, version: str) -> int:
    return sum(parameter.numel() for parameter in _model(*_shape(chosen, version)).parameters())


def _shape(chosen: Selection, name: str) -> tuple[Architecture, int]:
    """A version's architecture and the size of its vocabulary; one that is taken over counts as large as Google's."""
    version = chosen.config.versions[name]
    vocabulary = chosen.config.vocabularies[version.vocabulary]
    return chosen.config.architectures[version.architecture], vocabulary.size


@cache
def _model(architecture: Architecture, vocabulary_size: int):
    """The model without its weights."""
    import torch

    from bioalbert.pretrain.model import make_model

    with torch.device("meta"):
        return make_model(architecture, vocabulary_size, seed=0, initial=None)


STAGES = {
    "download": _download,
    "corpus": _corpus,
    "vocabulary": _vocabulary,
    "pretrain": _pretrain,
    "convert": _convert,
    "finetune": _finetune,
    "results": lambda chosen: Cost(TABLE / HOUR),
}
