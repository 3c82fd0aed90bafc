"""`bioalbert demo-data`: generated data in the official layouts, for a run without network."""

import argparse
from pathlib import Path

from bioalbert.errors import InputError

DESCRIPTION = """\
Generates everything that the default run needs, in the layouts of the real sources: PubMed, PMC and the data sets in
OUTPUT/mirror/<host>/, notes in OUTPUT/NOTEEVENTS.csv.gz, and OUTPUT/manifest.json with every file's SHA-256.
The language and every name in it are invented; the same seed gives the same bytes.

example: bioalbert demo-data --output data/demo
"""


def register(commands: argparse._SubParsersAction) -> None:
    p = commands.add_parser(
        "demo-data",
        help="generate a small corpus and three data sets that need no network",
        description=DESCRIPTION,
    )
    p.add_argument("--output", required=True, type=Path, metavar="DIR", help="the folder to make; an earlier one is replaced")
    p.add_argument("--seed", type=int, default=1, metavar="N", help="which world to invent (default: 1)")
    p.set_defaults(run=run_demo_data)


def run_demo_data(output: Path, seed: int) -> None:
    from bioalbert.demo.generate import generate

    if seed < 0:
        raise InputError(f"--seed {seed} is negative", fix="give a seed of 0 or more")
    generate(output, seed)
    print(f"demonstration data: {output}")
