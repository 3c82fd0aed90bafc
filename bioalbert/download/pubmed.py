"""PubMed: the yearly baseline and the daily update files, found in the folders themselves."""

import re
import sys
from pathlib import Path

from bioalbert.catalogue.entries import Entry
from bioalbert.download.files import published_md5
from bioalbert.download.parallel import together
from bioalbert.download.source import NotFound, Source
from bioalbert.errors import InputError
from bioalbert.files import write_text

CONNECTIONS = 4  # NLM asks for moderate use
FILE = re.compile(r"(?P<release>pubmed\d+n)(?P<number>\d+)\.xml\.gz")
# "The complete baseline consists of files pubmed26n0001.xml through pubmed26n1334.xml."
RANGE = re.compile(r"files\s+(pubmed\d+n)(\d+)\.xml(?:\.gz)?\s+through\s+\1(\d+)\.xml")


def download_pubmed(entry: Entry, source: Source, raw: Path, part: tuple[int, int] = (1, 1), max_files: int | None = None) -> Path:
    """Fetches part I of N (every N-th file) and returns the list of its files, `raw/pubmed/part-I-of-N.txt`.

    max_files: only the first so many of all files, baseline first, before they are dealt out to the parts.
    """
    number, parts = part
    names = file_names(source, entry.source)[:max_files][number - 1 :: parts]
    folder = raw / entry.id

    def fetch(name: str) -> None:
        url = entry.source + name
        source.fetch(url, folder / name, published_md5(url, source))

    for _ in together(fetch, names, CONNECTIONS, entry.id, "file"):
        pass
    listing = folder / f"part-{number}-of-{parts}.txt"
    write_text(listing, "".join(f"{name}\n" for name in names))
    return listing


def file_names(source: Source, base: str) -> list[str]:
    """`baseline/NAME` and then `updatefiles/NAME`, in the order of their numbers.

    Raises InputError when the folder lacks files of the range that its README.txt states, or when there is no baseline at all.
    """
    baseline = _listed(source, f"{base}baseline/")
    stated = _stated(source, f"{base}baseline/README.txt")
    if missing := sorted(set(stated) - set(baseline)):
        problem = f"{len(missing)} of the files that its README.txt states are absent, the first {missing[0]}"
        fix = "a yearly release may be under way: try again later, or use another mirror"
        raise InputError(problem, file=f"{base}baseline/", fix=fix)
    baseline = stated or baseline
    if not baseline:
        raise InputError("no PubMed files there", file=f"{base}baseline/", fix="check --mirror")
    # At the turn of the year the update folder can hold files of another release.
    release = FILE.fullmatch(baseline[0])["release"]
    updates = [name for name in _listed(source, f"{base}updatefiles/") if name.startswith(release) and name > baseline[-1]]
    return [f"baseline/{name}" for name in baseline] + [f"updatefiles/{name}" for name in updates]


def _listed(source: Source, url: str) -> list[str]:
    return sorted(name for name in source.names(url) if FILE.fullmatch(name))


def _stated(source: Source, url: str) -> list[str]:
    """The file names in the range that the README's sentence gives; none without a README or without that sentence."""
    try:
        found = RANGE.search(source.read(url).decode("utf-8", errors="replace"))
    except NotFound:
        found = None
    if found is None:
        print(f"pubmed: {url} states no range of files: taking all that are there", file=sys.stderr)
        return []
    release, first, last = found.groups()
    return [f"{release}{number:0{len(first)}d}.xml.gz" for number in range(int(first), int(last) + 1)]
