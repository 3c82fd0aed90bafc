"""What stands below a table: how its figures came about, what is odd about them, and what they may be compared with."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

import pandas as pd

from bioalbert.catalogue import entries
from bioalbert.catalogue.references import REFERENCES

CEILING = "ceiling"  # the main score of the golden answers that stand in the contexts: no extraction can do better
LEAKED = "test items in corpus, %"
BASELINE = "naive baseline"  # the last column
BETWEEN_FLAGS = " | "  # in result rows
# Flags of a run that is not what its protocol says -> what keeps it from being compared.
OTHERWISE = {"limited": "ours trained on a part", "warm-up": "ours without its warm-up", "altered-data": "ours on other files"}


def of(rows: pd.DataFrame, left_out: Sequence[str], intervals: pd.DataFrame | None, sources: Collection[str]) -> list[str]:
    """The notes of a table of these rows. left_out, intervals: as for `table.build`. sources: of the published figures in it."""
    notes = [*_how(rows), *_intervals(intervals)]
    if rows["leaked"].notna().any():
        notes.append(f"{LEAKED}: of those that can be looked for, found in the model's own pre-training corpus; –: not audited.")
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
    notes += [_left_out(name) for name in left_out]
    notes += _comparable(rows)
    for key, reference in REFERENCES.items():
        if key in sources:
            notes.append(f"Source {key}: {reference.title}, {reference.table}; {reference.how}. Seen: {reference.seen}.")
    return notes


def doubt(protocol: str, rows: pd.DataFrame) -> str:
    """What keeps our runs under a protocol from being compared with published figures; "" for nothing."""
    if count := _partial(protocol, rows):
        return f"ours are {count} of {folds_of(protocol)} folds"
    flags = "; ".join(rows["flags"].unique())
    found = [why for flag, why in OTHERWISE.items() if f"{flag}: " in flags]
    return "; ".join(found)


def _how(rows: pd.DataFrame) -> Iterator[str]:
    folds = rows[rows["fold"] > 0].groupby(["protocol", "model"])["fold"].nunique()
    over = f"{rows['seed'].nunique()} seed(s)" + (f" and up to {folds.max()} fold(s)" if len(folds) else "")
    best = ", best in bold" if rows["model"].nunique() > 1 else ""
    yield f"Mean ± standard deviation over {over}; scores times 100{best}."


def _intervals(intervals: pd.DataFrame | None) -> Iterator[str]:
    if intervals is None:
        return
    if not len(intervals):
        yield "No intervals: they are drawn from the items.parquet of runs, which `bioalbert evaluate` writes where it is absent."
        return
    yield "(a–b): 95 % bootstrap interval over the test items of these runs; how other seeds or training data would do is not in it."
    for baseline in intervals["baseline"].dropna().unique():
        yield f"▲, ▼: above, below {baseline}; 0 is outside the 95 % interval of the difference on equal resamples (p: intervals.csv)."


def _of_protocol(protocol: str, rows: pd.DataFrame, models: set[str], intervals: pd.DataFrame | None) -> Iterator[str]:
    if count := _partial(protocol, rows):
        yield f"{count} of its {folds_of(protocol)} folds only"
    seen = rows[rows["metric"] == "seen_in_training"].groupby("fold")["value"].first()
    if seen.sum():
        yield f"{100 * seen.mean():.2f} % of the test examples stand, as texts, in the training part too"
    lost = rows[(rows["level"] == "lost:test") & (rows["value"] > 0)]
    for what, here in lost.groupby("metric"):
        least, most = here["value"].min(), here["value"].max()
        yield f"{what.replace('_', ' ')} in a test part: {least:.0f}" + (f" to {most:.0f}" if most > least else "")
    if missing := models.difference(rows["model"]):
        yield f"no run of {', '.join(sorted(missing))}"
    if intervals is not None and len(intervals):
        without = set(rows["model"]).difference(intervals.loc[intervals["protocol"] == protocol, "model"])
        if without:
            yield f"no interval for {', '.join(sorted(without))} (a run without items.parquet, or on other test items)"


def _flags(rows: pd.DataFrame) -> list[str]:
    """Each kind of flag once, with the first of its reasons; what is told of several protocols, and of the same models, is told once."""
    runs = rows[["protocol", "model", "seed", "fold", "flags"]].drop_duplicates()
    flags = runs.assign(flag=runs["flags"].str.split(BETWEEN_FLAGS, regex=False)).explode("flag")
    flags = flags[flags["flag"] != ""]
    kinds, reasons = ([one.partition(": ")[part] for one in flags["flag"]] for part in (0, 2))
    flags = flags.assign(kind=kinds, reason=reasons)
    models, protocols = defaultdict(list), defaultdict(list)
    for (protocol, model, kind), flagged in flags.groupby(["protocol", "model", "kind"]):
        count, different = sum((runs["protocol"] == protocol) & (runs["model"] == model)), flagged["reason"].unique()
        often = f" in {len(flagged)} of {count} runs" if len(flagged) < count else ""
        models[protocol, f"{kind}{often}: {'such as ' if len(different) > 1 else ''}{different[0]}"].append(model)
    for (protocol, told), named in models.items():
        protocols[", ".join(named), told].append(protocol)
    return sorted(f"† {', '.join(named)} ({models}): {told}" for (models, told), named in protocols.items())


def _partial(protocol: str, rows: pd.DataFrame) -> int:
    """The least number of folds that a model has, where it is not all of them; else 0."""
    fewest = rows[rows["fold"] > 0].groupby("model")["fold"].nunique().min()
    return int(fewest) if fewest < folds_of(protocol) else 0


def folds_of(protocol: str) -> int:
    """How many folds a catalogue's DATASET@PROTOCOL has; 0 for one's own, and for a protocol that the catalogue no longer has."""
    dataset, _, name = protocol.partition("@")
    known = dataset in entries.names("dataset") and name in entries.load(dataset).protocols
    return entries.load(dataset).folds_of(name) if known else 0


def _left_out(name: str) -> str:
    version, equals, corpus = name.partition("=")
    entry = entries.load(corpus if equals else name.partition("@")[0])
    reason = f"needs access to {entry.title}: {entry.apply}" if entry.apply else "not run"
    return f"{version if equals else name}: left out, {reason}"


def _comparable(rows: pd.DataFrame) -> list[str]:
    protocols = defaultdict(list)
    for protocol, here in rows.groupby("protocol"):
        for comparable in here["comparable"].unique():
            if comparable and not _partial(protocol, here):
                protocols[comparable].append(protocol)
    return [f"Comparable with {comparable}: {', '.join(named)}." for comparable, named in protocols.items()]
