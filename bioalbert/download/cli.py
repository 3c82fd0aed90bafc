"""`bioalbert download`: every file from elsewhere, checked. The only stage that uses the network."""

import argparse
from pathlib import Path

from bioalbert.catalogue.entries import Entry, load
from bioalbert.errors import InputError

LICENCES = ("commercial", "non-commercial", "all")

DESCRIPTION = """\
Downloads data sets, corpora, vocabularies and checkpoints of the catalogue (see `bioalbert datasets`) into data/raw/NAME/ and checks
every file's digest. Run it again after any interruption: what is there and right is kept, a half file goes on where it stopped.

pubmed and pmc can be downloaded in parts, by N jobs at once: each takes every N-th file and writes part-I-of-N.txt, a list to give to
`bioalbert corpus` as @LIST. All other entries write files.txt.
"""
EXAMPLE = """\
example:
  bioalbert download ncbi-disease albert-30k-clean
  bioalbert download pubmed --part 3/40
  bioalbert download pmc --mirror /data/mirror --licences non-commercial
"""


def register(commands: argparse._SubParsersAction) -> None:
    """Adds `download`."""
    p = commands.add_parser(
        "download",
        help="fetch and verify data sets, corpora, vocabularies and checkpoints",
        description=DESCRIPTION,
        epilog=EXAMPLE,
    )
    p.add_argument("names", nargs="+", metavar="NAME", help="catalogue entries, or paths of catalogue YAML files of your own")
    p.add_argument("--output", type=Path, default=Path("data/raw"), metavar="DIR", help="where it goes (data/raw)")
    p.add_argument("--mirror", metavar="FOLDER_OR_URL", help="take https://host/path from MIRROR/host/path instead")
    p.add_argument("--part", type=_part, default=(1, 1), metavar="I/N", help="pubmed, pmc: only every N-th file, beginning with the I-th")
    p.add_argument("--max-files", type=_positive, metavar="N", help="pubmed, pmc: only the first N files (baseline first) or articles")
    p.add_argument(
        "--licences",
        choices=LICENCES,
        default="commercial",
        help="pmc: take the articles that allow commercial use (CC0, CC BY, -SA, -ND; the default), also those for non-commercial use "
        "(CC BY-NC...), or all, also with another licence or none",
    )
    p.add_argument("--timeout", type=_positive, default=60, metavar="SECONDS", help="a connection silent for so long counts as dead (60)")
    p.set_defaults(run=run_download)


def run_download(
    names: list[str], output: Path, mirror: str | None, part: tuple[int, int], max_files: int | None, licences: str, timeout: int
) -> None:
    """Downloads each entry; of a set that is not public it lists the files that were put there. Nothing is fetched when one of them is
    unknown or needs an application."""
    from bioalbert.catalogue.check import present
    from bioalbert.download.files import download_files
    from bioalbert.download.source import Source
    from bioalbert.files import write_text

    entries = [load(name) for name in names]
    for entry in entries:
        _check(entry, output, part, max_files)
    source = Source(mirror, timeout=timeout)
    for entry in entries:
        if entry.id == "pubmed":
            from bioalbert.download.pubmed import download_pubmed

            download_pubmed(entry, source, output, part, max_files)
        elif entry.id == "pmc":
            from bioalbert.download.pmc import download_pmc

            download_pmc(entry, source, output, part, max_files, licences)
        elif not entry.files:
            write_text(output / entry.id / "files.txt", "".join(f"{name}\n" for name in present(entry, output / entry.id)))
        else:
            download_files(entry, source, output)


def _check(entry: Entry, output: Path, part: tuple[int, int], max_files: int | None) -> None:
    if entry.id in ("pubmed", "pmc"):
        return
    if entry.path:
        raise InputError("one's own data set is not downloaded", file=entry.id, fix=f"put its files into {entry.path}")
    if not entry.files:
        from bioalbert.catalogue.check import present

        if present(entry, output / entry.id):
            return
        use = f"give the path of your copy in the config: --config {entry.id}=PATH"
        if entry.kind == "dataset":
            use = f"put its files into {output / entry.id}"
        fix = f"apply at {entry.apply or entry.source}, then {use}"
        raise InputError(f"{entry.title} cannot be downloaded: access is {entry.access}", file=entry.id, fix=fix)
    if part != (1, 1) or max_files:
        raise InputError("only pubmed and pmc are downloaded in parts", file=entry.id, fix="leave out --part and --max-files")


def _part(text: str) -> tuple[int, int]:
    number, _, parts = text.partition("/")
    if not (number.isdigit() and parts.isdigit() and 1 <= int(number) <= int(parts)):
        raise argparse.ArgumentTypeError(f"{text!r} is not I/N with I from 1 to N")
    return int(number), int(parts)


def _positive(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)
