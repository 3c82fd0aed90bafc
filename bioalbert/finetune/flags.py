"""What makes a run's score doubtful."""

from dataclasses import dataclass

HIGH_RATE = 1e-3  # of AdamW; beyond it a pre-trained encoder is soon forgotten


@dataclass(frozen=True)
class Outcome:
    """What came of the test part. baseline: its main score, None without one. problem: what is degenerate about the predictions.
    nothing_to_find: whether its gold holds nothing that could be right, such as no entity at all."""

    main_score: float
    baseline: float | None
    problem: str | None
    nothing_to_find: bool


def flags(record: dict, wanted: str | None, outcome: Outcome) -> list[dict[str, str]]:
    """What makes a run's score doubtful, each with the reason and the likely fix. record: as in run.json. wanted: the warm-up that its
    protocol asks for."""
    training, settings, sizes = record["training"], record["settings"], record["sizes"]
    found = []
    if record.get("altered"):
        reason = f"{', '.join(record['altered'])}: not what the catalogue says; see bioalbert datasets {record['dataset']} --check"
        found.append(("altered-data", reason))
    if sizes["train"] < sizes["of"]:
        found.append(("limited", f"trained on {sizes['train']} of {sizes['of']} examples; --set limit=null trains on all"))
    if record["seen_in_training"] > sizes["test"] / 2:
        seen = f"{record['seen_in_training']} of {sizes['test']} test examples stand in the training part"
        found.append(("test-in-training", f"{seen}: it shows what was learnt by heart, and no more"))
    if wanted and wanted not in record["after"]:
        instead = f"on {record['after'][-1]} first, not on {wanted}" if record["after"] else f"without a warm-up on {wanted}"
        found.append(("warm-up", f"fine-tuned {instead}; give the run folder of that one as --model"))
    fix = _fix(training, settings["learning_rate"])
    if training["diverged"]:
        found.append(("diverged", f"loss or gradient not finite at step {training['diverged']}, training stopped there; {fix}"))
    if outcome.problem:
        found.append(("degenerate", f"{outcome.problem}; {fix}"))
    if outcome.nothing_to_find:
        found.append(("no-gold", "the test part holds nothing to find; look at its tags, and at the protocol's labels"))
    elif outcome.main_score == 0:
        found.append(("zero-score", f"nothing is right; {fix}"))
    if outcome.baseline is not None and outcome.main_score <= outcome.baseline:
        always = f", which always answers {record['baseline']['answer']}" if record["baseline"] else ""
        found.append(("below-baseline", f"{outcome.main_score:.4f} is not above the baseline's {outcome.baseline:.4f}{always}; {fix}"))
    return [{"flag": flag, "reason": reason} for flag, reason in found]


def _fix(training: dict, rate: float) -> str:
    """Of a run that learnt nothing that holds on other texts."""
    if training["diverged"]:
        return "lower learning_rate or raise warmup"
    if rate > HIGH_RATE:
        return f"lower learning_rate (it is {rate:g}; 1e-5 to 5e-4 are usual)"
    best, losses = training["best_epoch"], training["losses"]
    if best and losses[-1] < losses[best - 1] / 2:
        by_heart = f"the dev part was served best by epoch {best} of {len(losses)}, after it texts were learnt by heart"
        return f"{by_heart}: more data, another model or seed"
    return f"train longer (it was {training['steps']} steps), try another learning_rate or seed"
