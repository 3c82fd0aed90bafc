"""What stands below a table: how its figures came about, what is odd about them, and what they may be compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.catalogue.references import REFERENCES

CEILING = "ceiling"  # the main score of the golden answers that stand in the contexts: no extraction can do better
LEAKED = "test items in corpus, %"
NO_AUDIT = "no audit of its corpus was given, as of a model that was not pre-trained here"
BASELINE = "naive baseline"  # the last column
BETWEEN_FLAGS = " | "  # in result rows
# Flags of a run that is not what its protocol says -> what keeps it from being compared.
OTHERWISE = {
    "limited": "ours trained on a part",
    "warm-up": "ours without its warm-up",
    "altered-data": "ours on other files",
    "test-in-training": "ours trained on test examples",
    "mixed-settings": "ours of several settings",
}
# What is lost on the way to the model, where its name in metrics.json does not say enough.
LOST = {"marker_pieces_unknown": "pieces of masks (@GENE$ and the like) that the vocabulary lacks, so that a model reads <unk> there,"}
UNRANKED = ("degenerate", "mixed-settings")  # flags of what is neither bold nor coloured


def of(rows: pd.DataFrame, left_out: Sequence[str], intervals: pd.DataFrame | None, sources: Collection[str]) -> list[str]:
    """The notes of a table of these rows. left_out, intervals: as for `table.build`. sources: of the published figures in it."""
    notes = [*_how(rows), *_intervals(intervals)]
    if audited(rows):
        notes.append(f"{LEAKED}: of those that can be looked for, found in the model's own pre-training corpus; –: not known.")
        unknown = rows[rows["not_audited"] != ""].groupby(["protocol", "model"])["not_audited"].first()
        notes += [f"{LEAKED}: – {told}" for told in _grouped((*where, why) for where, why in unknown.items())]
    if (rows["level"] == "baseline").any():
        notes.append(
            f"{BASELINE}: what needs no learning, such as the most frequent training label for every test text (docs/protocols.md)."
        )
    if (rows["metric"] == CEILING).any():
        notes.append(f"{CEILING}: what extraction could reach at best, the main score of the golden answers that stand in the contexts.")
    for protocol, here in rows.groupby("protocol"):
        if told := list(_of_protocol(protocol, here, set(rows["model"]), intervals)):
            notes.append(f"{protocol}: {'; '.join(told)}.")
    notes += _flags(rows)
    notes += left_out_of(left_out)
    notes += _comparable(rows)
    for key, reference in REFERENCES.items():
        if key in sources:
            notes.append(f"Source {key}: {reference.title}, {reference.table}; {reference.how}; {reference.seen}.")
    return notes


def audited(rows: pd.DataFrame) -> bool:
    """Whether there is a leak audit of one of the models, whatever it covers."""
    return bool((rows["leaked"].notna() | ~rows["not_audited"].isin(("", NO_AUDIT))).any())


def doubts(protocol: str, rows: pd.DataFrame) -> dict[str, list[str]]:
    """What keeps each model's runs under a protocol from being compared with published figures."""
    return {model: _doubts(protocol, mine) for model, mine in rows.groupby("model")}


def _doubts(protocol: str, rows: pd.DataFrame) -> list[str]:
    flags = "; ".join(rows["flags"].unique())
    partial = [f"ours are {count} of {folds_of(protocol)} folds"] if (count := _partial(protocol, rows)) else []
    return partial + [why for flag, why in OTHERWISE.items() if f"{flag}: " in flags]


def told(doubts: Mapping[str, Sequence[str]]) -> str:
    """The doubts about each model in a line; those that not all of the models share, with the models' names."""
    models = defaultdict(list)
    for model, reasons in doubts.items():
        for why in reasons:
            models[why].append(model)
    return "; ".join(why if len(named) == len(doubts) else f"{why} ({', '.join(named)})" for why, named in models.items())


def ranked(figure: pd.DataFrame) -> set[str]:
    """The models that a figure ranks, from its rows: of several on the same folds (the most that there are), those not UNRANKED."""
    groups = defaultdict(set)
    for model, mine in figure.groupby("model"):
        groups[frozenset(frozenset(folds) for _, folds in mine.groupby("seed")["fold"])].add(model)
    _, alike = max(groups.items(), key=lambda group: (min(map(len, group[0])), len(group[1])))
    odd = {row.model for row in figure.itertuples() if any(f"{flag}: " in row.flags for flag in UNRANKED)}
    return alike - odd if len(alike) > 1 else set()  # one model alone is not the best of any


def _how(rows: pd.DataFrame) -> Iterator[str]:
    """What the figures are, as `table` makes them: the spread is that of the seeds, and with one seed that of its folds."""
    runs = rows.groupby(["protocol", "model"])[["seed", "fold"]].nunique()
    several, folds = runs[runs["seed"] > 1], runs[(runs["seed"] == 1) & (runs["fold"] > 1)]["fold"]
    spread = []
    if len(several):
        spread.append(f"{_range(several['seed'])} seeds" + (", each the mean over its folds" if several["fold"].max() > 1 else ""))
    if len(folds):
        spread.append(f"the {_range(folds)} folds of a single seed")
    what = f"Mean ± standard deviation over {', or over '.join(spread)}; scores" if spread else "Scores of single runs,"
    yield f"{what} times 100{', best in bold' if rows['model'].nunique() > 1 else ''}."


def _range(values: pd.Series) -> str:
    least, most = values.min(), values.max()
    return f"{least:.0f}" + (f" to {most:.0f}" if most > least else "")


def _intervals(intervals: pd.DataFrame | None) -> Iterator[str]:
    if intervals is None or intervals["low"].isna().all():
        return
    yield "(a–b): 95 % bootstrap interval over the test items of these runs; how other seeds or training data would do is not in it."
    for baseline in intervals["baseline"].dropna().unique():
        yield f"▲, ▼: above, below {baseline}; 0 is outside the 95 % interval of the difference on equal resamples (p: intervals.csv)."


def _of_protocol(protocol: str, rows: pd.DataFrame, models: set[str], intervals: pd.DataFrame | None) -> Iterator[str]:
    seen = rows[rows["metric"] == "seen_in_training"].groupby("fold")["value"].first()
    if seen.sum():
        yield f"{100 * seen.mean():.2f} % of the test examples stand, as texts, in the training part too"
    for what, counts in rows[rows["level"] == "lost:test"].groupby("metric")["value"]:
        if counts.any():
            yield f"{LOST.get(what, what.replace('_', ' '))} in a test part: {_range(counts)}"
    if missing := models.difference(rows["model"]):
        yield f"no run of {', '.join(sorted(missing))}"
    if intervals is not None:
        here = intervals[intervals["protocol"] == protocol]
        for lacks, lacking in here[here["lacks"] != ""].groupby("lacks", sort=False):
            yield f"{', '.join(lacking['model'])}: {lacks}"


def flags_of(protocol: str, rows: pd.DataFrame) -> tuple[str, ...]:
    """What is odd about a model's runs under a protocol: each kind of flag once, with the first of its reasons."""
    runs = rows[["seed", "fold", "flags"]].drop_duplicates()
    reasons = defaultdict(list)
    for flag in filter(None, BETWEEN_FLAGS.join(runs["flags"]).split(BETWEEN_FLAGS)):
        kind, _, reason = flag.partition(": ")
        reasons[kind].append(reason)
    partial = [f"{count} of its {folds_of(protocol)} folds only"] if (count := _partial(protocol, rows)) else []
    return (*partial, *(_told(kind, given, len(runs)) for kind, given in sorted(reasons.items())))


def _told(kind: str, reasons: Sequence[str], runs: int) -> str:
    often = f" in {len(reasons)} of {runs} runs" if len(reasons) < runs else ""
    return f"{kind}{often}: {'such as ' if len(set(reasons)) > 1 else ''}{reasons[0]}"


def _flags(rows: pd.DataFrame) -> list[str]:
    """The flags of all models."""
    runs = rows.groupby(["protocol", "model"])
    return [f"† {told}" for told in _grouped((*where, told) for where, here in runs for told in flags_of(where[0], here))]


def _grouped(facts: Iterable[tuple[str, str, str]]) -> list[str]:
    """(protocol, model, fact) as lines; what is told of several protocols, and of the same models, is told once."""
    models, protocols = defaultdict(list), defaultdict(list)
    for protocol, model, told in facts:
        models[protocol, told].append(model)
    for (protocol, told), named in models.items():
        protocols[", ".join(named), told].append(protocol)
    return sorted(f"{', '.join(named)} ({models}): {told}" for (models, told), named in protocols.items())


def _partial(protocol: str, rows: pd.DataFrame) -> int:
    """The least number of folds that a seed of a model has, where it is not all of them; else 0."""
    fewest = rows[rows["fold"] > 0].groupby(["model", "seed"])["fold"].nunique().min()
    return int(fewest) if fewest < folds_of(protocol) else 0


def folds_of(protocol: str) -> int:
    """How many folds a catalogue's DATASET@PROTOCOL has; 0 for one's own, and for a protocol that the catalogue no longer has."""
    dataset, _, name = protocol.partition("@")
    return entries.load(dataset).folds_of(name) if _known(protocol) else 0


def published_of(protocol: str) -> tuple[entries.Published, ...]:
    """The published figures of a catalogue's DATASET@PROTOCOL; none for one's own."""
    dataset, _, name = protocol.partition("@")
    return entries.load(dataset).protocols[name].published if _known(protocol) else ()


def _known(protocol: str) -> bool:
    dataset, _, name = protocol.partition("@")
    return dataset in entries.names("dataset") and name in entries.load(dataset).protocols


def left_out_of(names: Sequence[str]) -> list[str]:
    """Why data sets, and versions (VERSION=CORPUS), were not run, and where to apply: a line for each reason."""
    by_reason = defaultdict(list)
    for name in names:
        version, equals, corpus = name.partition("=")
        entry = entries.load(corpus if equals else entries.parts(name)[0])
        reason = f"needs access to {entry.title}: {entry.apply}" if entry.apply else "not run"
        by_reason[reason].append(version if equals else name)
    return [f"{', '.join(named)}: left out, {reason}" for reason, named in by_reason.items()]


def _comparable(rows: pd.DataFrame) -> list[str]:
    """What runs without doubts compare with; where all published figures beside them are something else, that too."""
    protocols = defaultdict(list)
    for protocol, here in rows.groupby("protocol"):
        doubted = doubts(protocol, here)
        sure = here[~here["model"].map(doubted).astype(bool)]
        for comparable in _compared_with(protocol, sure):
            some = f" ({', '.join(sure['model'].unique())})" if any(doubted.values()) else ""
            protocols[comparable, _others(protocol)].append(protocol + some)
    return [f"Comparable with {comparable}: {', '.join(named)}{others}." for (comparable, others), named in protocols.items()]


def _compared_with(protocol: str, rows: pd.DataFrame) -> list[str]:
    """What the runs say, or the catalogue where it has the protocol: a run of an older version may have been told otherwise."""
    said = [one for one in rows["comparable"].unique() if one]
    if not said or not _known(protocol):
        return said
    dataset, _, name = protocol.partition("@")
    comparable = entries.load(dataset).protocols[name].comparable
    return [comparable] if comparable else []


def _others(protocol: str) -> str:
    differ = [one.differs for one in published_of(protocol)]
    return f"; not with the published figures shown ({'; '.join(dict.fromkeys(differ))})" if differ and all(differ) else ""
