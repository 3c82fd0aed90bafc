"""`bioalbert table`, `figures`, `report`, `card`, `push` and `guard`."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from bioalbert.results.names import NAMES

if TYPE_CHECKING:
    from bioalbert.results.table import Table

TABLE = """\
example:
  bioalbert table --runs results/runs --output results/tables --baseline base-pubmed
  bioalbert table --runs results/runs/*/{ncbi-disease,s800}@biobert --output results/tables --tables ner
results.parquet: the rows; results: all data sets; ner, re, qa, sts, nli, classification: those of one task; averages: the means over the
data sets of a task, and BLURB's; intervals: 95 % bootstrap intervals, and with --baseline the differences from it with p
"""
FIGURES = """\
example:
  bioalbert figures --table results/tables/results.parquet --models results/models/* --runs results/runs --output results/figures
"""
REPORT = """\
example:
  bioalbert report --table results/tables/results.parquet --runs results/runs --figures results/figures --output results/report.html
"""
CARD = """\
example:
  bioalbert card --model results/models/mine --table results/tables/results.parquet --corpus results/corpus/{pubmed,pmc}/summary.json \\
    --leaks results/audits/pubmed+pmc/leaks/leaks.json --output results/hub/mine
  hf upload NAME/mine results/hub/mine --exclude ".*"
"""
PUSH = """\
example:
  bioalbert push --remote lab
"""
GUARD = """\
`dvc pull` and `dvc checkout` bring results, but not Snakemake's records of how they were made; without them, or with those of other
results, Snakemake takes what it finds for up to date, and DVC would record it under settings that did not make it. The stages of dvc.yaml
begin with this check; `make restore` pulls and mends. It also stops where `dvc push` would send what may not be passed on to a remote
that restricted_remotes does not name.
"""
GUARD_EXAMPLE = """\
example:
  bioalbert guard && snakemake --cores all
"""


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `table`, `figures`, `report`, `card`, `push` and `guard`."""
    _register_table(commands)
    _register_figures(commands)
    _register_report(commands)
    _register_card(commands)
    _register_push(commands)
    p = commands.add_parser(
        "guard", help="stop where Snakemake's records are not about the results here", description=GUARD, epilog=GUARD_EXAMPLE
    )
    _add_config(p)
    p.set_defaults(run=run_guard)


def _register_table(commands: argparse._SubParsersAction) -> None:
    description = "Collects finished runs into results.parquet (tidy rows) and into tables, each as .csv, .md, .tex and .html."
    p = commands.add_parser("table", help="results table from finished runs", description=description, epilog=TABLE)
    p.add_argument("--runs", nargs="+", required=True, type=Path, metavar="DIR", help="run folders, or folders that hold some")
    p.add_argument("--output", required=True, type=Path, metavar="DIR")
    p.add_argument("--metrics", type=Path, metavar="JSON", help="also write the means as one JSON, for `dvc metrics show`")
    p.add_argument(
        "--left-out",
        nargs="+",
        default=[],
        metavar="NAME",
        help="data sets, or VERSION=CORPUS, asked for and not run: noted below the table with the reason",
    )
    p.add_argument(
        "--leaks",
        nargs="+",
        default=[],
        metavar="MODEL=leaks.json",
        help="the leak audit (`bioalbert corpus leaks`) of the documents that a model was pre-trained on",
    )
    p.add_argument("--benchmarks-excluded", action="store_true", help="the documents that hold test items were left out of pre-training")
    p.add_argument("--baseline", metavar="MODEL", help="test the others' scores against this model's (paired bootstrap)")
    p.add_argument("--tables", nargs="+", default=[], choices=NAMES, metavar="NAME", help=f"only these: {', '.join(NAMES)} (all)")
    p.set_defaults(run=run_table)


def _register_figures(commands: argparse._SubParsersAction) -> None:
    description = "Draws scores, learning curves, scores by pre-training step, and costs: each as .svg, with its numbers as .csv."
    p = commands.add_parser("figures", help="figures of the results", description=description, epilog=FIGURES)
    p.add_argument("--table", required=True, type=Path, metavar="PARQUET", help="results.parquet of `bioalbert table`")
    p.add_argument("--models", nargs="+", default=[], type=Path, metavar="BUNDLE", help="those pre-trained here, for their learning curves")
    p.add_argument("--runs", nargs="+", required=True, type=Path, metavar="DIR", help="run folders, or folders that hold some")
    p.add_argument("--output", required=True, type=Path, metavar="DIR")
    p.set_defaults(run=run_figures)


def _register_report(commands: argparse._SubParsersAction) -> None:
    description = "Writes a self-contained HTML page: the table, the runs behind each of its cells, figures, corpora, conversion checks."
    p = commands.add_parser("report", help="one HTML page of everything", description=description, epilog=REPORT)
    p.add_argument("--table", required=True, type=Path, metavar="PARQUET", help="results.parquet of `bioalbert table`")
    p.add_argument("--runs", nargs="+", required=True, type=Path, metavar="DIR", help="run folders, or folders that hold some")
    p.add_argument("--figures", required=True, type=Path, metavar="DIR", help="what `bioalbert figures` drew")
    p.add_argument("--corpus", nargs="*", default=[], type=Path, metavar="SUMMARY.json", help="what `bioalbert corpus stats` made")
    p.add_argument("--vocabularies", type=Path, metavar="DIR", help="what `bioalbert vocabulary report` wrote")
    p.add_argument("--duplicates", nargs="*", default=[], type=Path, metavar="STATS.json", help="of `bioalbert corpus duplicates`")
    p.add_argument("--leaks", nargs="*", default=[], type=Path, metavar="leaks.json", help="of `bioalbert corpus leaks`")
    p.add_argument("--conversions", nargs="*", default=[], type=Path, metavar="JSON", help="reports of `bioalbert convert check`")
    p.add_argument("--left-out", nargs="+", default=[], metavar="NAME", help="as for `bioalbert table`")
    p.add_argument("--output", required=True, type=Path, metavar="HTML")
    p.set_defaults(run=run_report)


def _register_card(commands: argparse._SubParsersAction) -> None:
    description = "Writes a bundle as it goes to the Hugging Face hub: its files, and its card with corpora, scores and leak audit."
    p = commands.add_parser("card", help="a model ready for the hub, its scores in its card", description=description, epilog=CARD)
    p.add_argument("--model", required=True, type=Path, metavar="BUNDLE", help="its folder's name is the model's in the table")
    p.add_argument("--table", required=True, type=Path, metavar="PARQUET", help="results.parquet of `bioalbert table`")
    p.add_argument("--corpus", nargs="*", default=[], type=Path, metavar="SUMMARY.json", help="of each corpus that it was trained on")
    p.add_argument("--leaks", nargs="*", default=[], type=Path, metavar="leaks.json", help="the leak audit of these corpora")
    p.add_argument("--benchmarks-excluded", action="store_true", help="as for `bioalbert table`")
    p.add_argument("--output", required=True, type=Path, metavar="DIR")
    p.set_defaults(run=run_card)


def _register_push(commands: argparse._SubParsersAction) -> None:
    description = """\
Pushes the results of dvc.yaml to a DVC remote. What derives from MIMIC-III, and runs on data sets whose licence keeps their answers
(BioASQ), go only to the remotes that the configuration's restricted_remotes names: otherwise nothing is pushed. `dvc push` itself knows
no such rule.
"""
    p = commands.add_parser(
        "push", help="dvc push, but restricted results only to remotes that may hold them", description=description, epilog=PUSH
    )
    p.add_argument("--remote", metavar="NAME", help="a DVC remote (DVC's default one)")
    _add_config(p)
    p.set_defaults(run=run_push)


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, default=Path("config.yaml"), metavar="FILE", help="the run's configuration (config.yaml)")


def run_table(
    runs: list[Path],
    output: Path,
    metrics: Path | None,
    left_out: list[str],
    leaks: list[str],
    benchmarks_excluded: bool,
    baseline: str | None,
    tables: list[str],
) -> None:
    """Writes the tables, prints the first of them, and says where they lie."""
    from bioalbert.files import write_json
    from bioalbert.provenance import Provenance
    from bioalbert.results.formats import as_markdown
    from bioalbert.results.metrics import means
    from bioalbert.results.rows import read_leaks
    from bioalbert.results.tables import make

    audits = [Path(name.partition("=")[2]) for name in leaks]
    settings = {"left_out": left_out, "benchmarks_excluded": benchmarks_excluded, "baseline": baseline, "tables": tables}
    provenance = Provenance("table", settings, [*_scores(runs), *audits])
    made = make(runs, output, tables, read_leaks(leaks, benchmarks_excluded), left_out, baseline)
    if metrics:
        write_json(metrics, means(next(iter(made.values()))))
    provenance.restricted = False  # numbers only
    for name in made:
        provenance.write(output / f"{name}.md")
    print(as_markdown(next(iter(made.values()))))
    print(f"tables: {', '.join(made)} (.csv .md .tex .html) in {output}")


def run_figures(table: Path, models: list[Path], runs: list[Path], output: Path) -> None:
    from bioalbert.provenance import Provenance
    from bioalbert.results import figures
    from bioalbert.results.rows import find

    built = _built(table)
    provenance = Provenance("figures", {}, [table, *models, *_scores(runs)])
    figures.write(built, models, find(runs), output)
    provenance.restricted = False  # numbers only
    provenance.write(output)
    print(f"figures: {output}")


def run_report(table: Path, output: Path, left_out: list[str], **sources: Path | list[Path]) -> None:
    from bioalbert.provenance import Provenance
    from bioalbert.results import report

    built, given = _built(table, left_out), report.Sources(**sources)
    inputs = [table, given.figures, *given.corpus, *given.duplicates, *given.leaks, *given.conversions, *_scores(given.runs)]
    provenance = Provenance("report", {"left_out": left_out}, inputs + ([given.vocabularies] if given.vocabularies else []))
    report.write(built, given, output)
    provenance.restricted = False  # no text of restricted runs is in it
    provenance.write(output)
    print(f"report: {output}")


def _scores(folders: list[Path]) -> list[Path]:
    """What provenance names runs by."""
    from bioalbert.results.rows import find

    return [run / "metrics.json" for run in find(folders)]


def _built(file: Path, left_out: Sequence[str] = ()) -> "Table":
    """The table of a results.parquet. Raises InputError when it is none."""
    from bioalbert.files import read_parquet
    from bioalbert.results.intervals import COLUMNS
    from bioalbert.results.rows import read
    from bioalbert.results.table import build

    rows, beside = read(file), file.with_name("intervals.parquet")
    intervals = read_parquet(beside, COLUMNS, fix="make it again with: bioalbert table") if beside.is_file() else None
    return build(rows, left_out, intervals)


def run_card(model: Path, table: Path, corpus: list[Path], leaks: list[Path], benchmarks_excluded: bool, output: Path) -> None:
    from bioalbert.convert.card import RESTRICTED
    from bioalbert.provenance import is_restricted
    from bioalbert.results import card

    card.write(model, card.Findings(table, corpus, leaks, benchmarks_excluded), output)
    print(f"restricted, not for the public: {output}. {RESTRICTED}" if is_restricted(output) else f"ready for the hub: {output}")


def run_push(remote: str | None, config: Path) -> None:
    from bioalbert.config.load import load
    from bioalbert.results.push import push

    push(Path("."), remote, load(config).restricted_remotes)


def run_guard(config: Path) -> None:
    """Says that all results here have records, or which has none."""
    from bioalbert.config.load import load
    from bioalbert.results.guard import check

    check(Path("."), load(config).restricted_remotes)
    print("Snakemake has records of all results here")
