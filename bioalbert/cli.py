"""The command line: one subcommand a stage, errors of the user's making as one line and exit status 2."""

import argparse
import os
import signal
import sys
from importlib import import_module

from bioalbert import __version__
from bioalbert.errors import InputError
from bioalbert.files import NO_ROOM

# Each stage's cli module adds its subcommands in `register(commands)`; it imports its heavy parts only when one is called.
STAGES = ("catalogue", "demo", "download", "corpus", "vocabulary", "pretrain", "convert", "finetune", "results", "config", "plan")


class Help(argparse.HelpFormatter):
    """Texts of one line are wrapped; those of several, such as examples, stand as they are."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return text if "\n" in text else super()._fill_text(text, width, indent)


class Parser(argparse.ArgumentParser):
    """argparse's errors on one line, with the usage behind them left to --help. Its subcommands have parsers of this class too."""

    def __init__(self, **options: object):
        super().__init__(formatter_class=Help, **options)

    def error(self, message: str) -> None:
        line = " ".join(message.split())
        self.exit(2, f"{self.prog}: {line}; see {self.prog} --help\n")


def parser() -> argparse.ArgumentParser:
    """The whole command line. Built from the stages' own `register` functions."""
    top = Parser(
        prog="bioalbert",
        description="From raw PubMed / PMC / MIMIC-III files to the BioALBERT benchmark table. Every stage also runs by hand:",
    )
    top.add_argument("--version", action="version", version=__version__)
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for stage in STAGES:
        import_module(f"bioalbert.{stage}.cli").register(commands)
    return top


def main(arguments: list[str] | None = None) -> int:
    """Runs one subcommand. Returns the exit status: 0, or 2 after bad input."""
    if arguments is None:
        # Ended by a scheduler: leave through the ordinary exits, so that unfinished files and folders are taken away.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    call = vars(parser().parse_args(arguments))
    run = call.pop("run")
    try:
        run(**call)
        sys.stdout.flush()
    except BrokenPipeError:
        # `bioalbert datasets | head` ends quietly. (Not by giving SIGPIPE its default action: a download's server that hangs up would
        # then end the process.)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except InputError as error:
        print(f"bioalbert: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        if error.filename is None and error.errno not in NO_ROOM:  # not about a file that the user named
            raise
        fix = "; make room and run the same command again, what is finished is kept" if error.errno in NO_ROOM else ""
        problem = os.strerror(error.errno) if error.errno else str(error)
        print(f"bioalbert: {error.filename or 'writing'}: {problem}{fix}", file=sys.stderr)
        return 2
    return 0
