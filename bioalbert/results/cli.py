"""`bioalbert table`, `bioalbert report` and `bioalbert push`."""

import argparse
from pathlib import Path


def register(commands: argparse._SubParsersAction) -> None:
    table = commands.add_parser(
        "table",
        help="results table from finished runs",
        description="Collects finished runs into results.parquet (tidy rows) and the table as .csv, .md, .tex and .html. "
        "Example: bioalbert table --runs results/runs --output results/tables",
    )
    table.add_argument("--runs", nargs="+", required=True, type=Path, metavar="DIR", help="run folders, or folders that hold some")
    table.add_argument("--output", required=True, type=Path, metavar="DIR")
    table.add_argument(
        "--left-out",
        nargs="+",
        default=[],
        metavar="NAME",
        help="data sets, or VERSION=CORPUS, asked for and not run: noted below the table with the reason",
    )
    table.add_argument(
        "--leaks",
        nargs="+",
        default=[],
        metavar="MODEL=leaks.json",
        help="the leak audit (`bioalbert corpus leaks`) of the documents that a model was pre-trained on",
    )
    table.add_argument(
        "--benchmarks-excluded", action="store_true", help="the documents that hold test items were left out of pre-training"
    )
    table.set_defaults(run=run_table)
    report = commands.add_parser(
        "report",
        help="one HTML page of everything",
        description="Writes a self-contained HTML page: table, scores, learning curves, corpora, conversion checks. "
        "Example: bioalbert report --table results/tables/results.parquet --models results/models/* --output results/report.html",
    )
    report.add_argument("--table", required=True, type=Path, metavar="PARQUET", help="results.parquet of `bioalbert table`")
    report.add_argument("--models", nargs="+", required=True, type=Path, metavar="BUNDLE")
    report.add_argument("--corpus", nargs="*", default=[], type=Path, metavar="SUMMARY.json", help="what `bioalbert corpus stats` made")
    report.add_argument("--vocabularies", type=Path, metavar="DIR", help="what `bioalbert vocabulary report` wrote")
    report.add_argument("--duplicates", nargs="*", default=[], type=Path, metavar="STATS.json", help="of `bioalbert corpus duplicates`")
    report.add_argument("--leaks", nargs="*", default=[], type=Path, metavar="leaks.json", help="of `bioalbert corpus leaks`")
    report.add_argument("--conversions", nargs="*", default=[], type=Path, metavar="JSON", help="reports of `bioalbert convert check`")
    report.add_argument("--left-out", nargs="+", default=[], metavar="NAME", help="as for `bioalbert table`")
    report.add_argument("--output", required=True, type=Path, metavar="HTML")
    report.set_defaults(run=run_report)
    push = commands.add_parser(
        "push",
        help="dvc push, but restricted results only to remotes that may hold them",
        description="Pushes the results of dvc.yaml to a DVC remote. What derives from MIMIC-III goes only to the remotes that the "
        "configuration's restricted_remotes names: otherwise nothing is pushed. Example: bioalbert push --remote lab",
    )
    push.add_argument("--remote", metavar="NAME", help="a DVC remote (DVC's default one)")
    push.add_argument("--config", type=Path, default=Path("config.yaml"), metavar="FILE", help="the run's configuration (config.yaml)")
    push.set_defaults(run=run_push)


def run_table(runs: list[Path], output: Path, left_out: list[str], leaks: list[str], benchmarks_excluded: bool) -> None:
    from bioalbert.results import rows, table

    collected = rows.collect(runs, rows.read_leaks(leaks, benchmarks_excluded))
    summary = table.build(collected, left_out)
    table.write(collected, summary, output)
    print(table.as_markdown(summary), end="")


def run_report(table: Path, output: Path, left_out: list[str], **sources: list[Path]) -> None:
    import pandas as pd

    from bioalbert.errors import InputError
    from bioalbert.results import report
    from bioalbert.results.table import build

    if not table.is_file():
        raise InputError("no such table", file=table, fix="make it with: bioalbert table")
    report.write(build(pd.read_parquet(table), left_out), report.Sources(**sources), output)
    print(f"report: {output}")


def run_push(remote: str | None, config: Path) -> None:
    from bioalbert.config.load import load
    from bioalbert.results.push import push

    push(Path("."), remote, load(config).restricted_remotes)
