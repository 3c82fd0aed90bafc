"""`bioalbert config`: check configuration files, write the reference."""

import argparse
from pathlib import Path


def register(commands: argparse._SubParsersAction) -> None:
    config = commands.add_parser(
        "config",
        help="check configuration files",
        description="Checks configuration files, or rewrites the pages that are made from the model and the catalogue. "
        "Example: bioalbert config config/paper.yaml",
    )
    config.add_argument("files", nargs="*", type=Path, metavar="FILE", help="configuration files to check")
    config.add_argument("--reference", action="store_true", help="write config/schema.json, docs/config.md and docs/licences.md here")
    config.set_defaults(run=run_config)


def run_config(files: list[Path], reference: bool) -> None:
    from bioalbert.catalogue import licences
    from bioalbert.config import load
    from bioalbert.config import reference as pages
    from bioalbert.files import write_text

    for file in files:
        config = load.load(file)
        print(f"{file}: {len(config.versions)} versions, {len(config.finetune.datasets)} data sets")
    if reference:
        write_text("config/schema.json", pages.schema())
        write_text("docs/config.md", pages.markdown())
        write_text("docs/licences.md", licences.markdown())
