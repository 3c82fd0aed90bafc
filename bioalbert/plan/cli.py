"""`bioalbert plan`: what a run will ask for."""

import argparse
from pathlib import Path

DESCRIPTION = """\
Tells how many jobs a run starts with nothing made yet, and estimates what they ask for: hours of a CPU core, hours of a GPU (an A100), and
what is left on the disk. Rates of CPU work are measured, those of GPUs are assumed (docs/cluster.md).
"""


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `plan`."""
    p = commands.add_parser(
        "plan",
        help="jobs, core and GPU hours, disk of a run",
        description=DESCRIPTION,
        epilog="example:\n  bioalbert plan --configfile config/paper.yaml --config mimic=/data/NOTEEVENTS.csv.gz",
    )
    p.add_argument("--configfile", type=Path, required=True, metavar="FILE", help="the run's configuration")
    p.add_argument("--config", nargs="+", default=[], metavar="KEY=VALUE", help="values in place of the file's, as Snakemake takes them")
    p.set_defaults(run=run_plan)


def run_plan(configfile: Path, config: list[str]) -> None:
    """Prints a line a stage, the sum, and what is not in it."""
    from bioalbert.config.load import parse
    from bioalbert.config.selection import Selection
    from bioalbert.plan.costs import Cost, costs, uncounted
    from bioalbert.plan.jobs import STAGES, count_jobs
    from bioalbert.results.notes import left_out_of
    from bioalbert.settings import assigned, load_yaml

    values = load_yaml(configfile)
    chosen = Selection(parse(values | assigned(config, place="--config") if isinstance(values, dict) else values, configfile))
    counts, found = count_jobs(chosen), costs(chosen)
    numbers = {stage: sum(counts[rule] for rule in rules) for stage, rules in STAGES.items()}
    lines = [("stage", "jobs", "core hours", "GPU hours", "disk, GB")]
    lines += [_line(stage, number, found[stage]) for stage, number in numbers.items()]
    lines.append(_line("all", sum(numbers.values()), sum(found.values(), Cost())))
    print("\n".join("  ".join([row[0].ljust(10), *(cell.rjust(10) for cell in row[1:])]) for row in lines))
    print(f"{len(chosen.versions)} versions, {len(chosen.runnable)} data sets. Not counted: the time of downloads.")
    if unknown := uncounted(chosen):
        print(f"not counted, its size is not known: {' '.join(unknown)}")
    for line in left_out_of(chosen.left_out):
        print(line)


def _line(stage: str, number: int, cost: object) -> tuple[str, ...]:
    figures = (cost.core_hours, cost.gpu_hours, cost.gigabytes)
    return (stage, f"{number:,}", *(f"{value:,.0f}" if value >= 10 else f"{value:.2f}" for value in figures))
