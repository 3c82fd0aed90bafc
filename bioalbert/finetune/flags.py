"""What makes a run's score doubtful."""

HIGH_RATE = 1e-3  # of AdamW; beyond it a pre-trained encoder is soon forgotten


def flags(record: dict, wanted: str | None, problem: str | None, main_score: float, baseline: float | None) -> list[dict[str, str]]:
    """What makes a run's score doubtful, each with the reason and the likely fix. wanted: the warm-up that its protocol asks for.
    baseline: its main score, None without one."""
    training, settings, sizes = record["training"], record["settings"], record["sizes"]
    found = []
    if record.get("altered"):
        reason = f"{', '.join(record['altered'])}: not the file of the catalogue; delete it and run: bioalbert download {record['dataset']}"
        found.append(("altered-data", reason))
    if sizes["train"] < sizes["of"]:
        found.append(("limited", f"trained on {sizes['train']} of {sizes['of']} examples; --set limit=null trains on all"))
    if wanted and wanted not in record["after"]:
        instead = f"on {record['after'][-1]} first, not on {wanted}" if record["after"] else f"without a warm-up on {wanted}"
        found.append(("warm-up", f"fine-tuned {instead}; give the run folder of that one as --model"))
    if training["diverged"]:
        fix = "lower learning_rate or raise warmup"
        found.append(("diverged", f"loss or gradient not finite at step {training['diverged']}, training stopped there; {fix}"))
    fix = f"train longer (it was {training['steps']} steps), try another learning_rate or seed"
    if settings["learning_rate"] > HIGH_RATE:
        fix = f"lower learning_rate (it is {settings['learning_rate']:g}; 1e-5 to 5e-4 are usual)"
    if problem:
        found.append(("degenerate", f"{problem}; {fix}"))
    if main_score == 0:
        found.append(("zero-score", f"nothing is right; {fix}"))
    if baseline is not None and main_score <= baseline:
        always = f", which always answers {record['baseline']['answer']}" if record["baseline"] else ""
        found.append(("below-baseline", f"{main_score:.4f} is not above the baseline's {baseline:.4f}{always}; {fix}"))
    return [{"flag": flag, "reason": reason} for flag, reason in found]
