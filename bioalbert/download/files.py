"""Catalogue entries that name their files: fetch, check and unpack each, then list them."""

import sys
from pathlib import Path

from bioalbert.catalogue.entries import Entry, RemoteFile, files_of
from bioalbert.download.digests import Digest, Recorded, md5_of
from bioalbert.download.source import NotFound, Source
from bioalbert.download.unpack import unpack
from bioalbert.files import write_text
from bioalbert.progress import Progress


def download_files(entry: Entry, source: Source, raw: Path) -> None:
    """Fetches all files of `entry` into `raw/ENTRY/`. `files.txt` there lists them (of an unpacked archive its members) and comes last.

    An optional file that the source does not have is named on standard error and left out of the list.
    """
    folder = raw / entry.id
    listing = folder / "files.txt"
    recorded = Recorded(folder)
    wanted, files = list(files_of(entry)), []
    with Progress(entry.id, len(wanted), "file") as shown:
        for file in wanted:
            try:
                _fetch(file, folder, recorded, source)
            except NotFound as error:
                if not file.optional:
                    raise
                print(f"{entry.id}: the protocols that need {file.name} cannot be run: {error}", file=sys.stderr)
                continue
            files.append(file)
            shown.advance()
    if _complete(listing):
        return
    names: list[str] = []
    for file in files:
        names += unpack(folder / file.name, folder) if file.unpack else [file.name]
    write_text(listing, "".join(f"{name}\n" for name in names))


def _fetch(file: RemoteFile, folder: Path, recorded: Recorded, source: Source) -> None:
    """Makes sure that one file is there and right. Before anything changes files.txt goes: from then on the folder is not complete."""
    path, expected = folder / file.name, _expected(file, recorded, source)
    if expected and expected.matches(path):
        return
    (folder / "files.txt").unlink(missing_ok=True)
    source.fetch(file.url, path, expected)
    if expected is None:
        recorded.add(file.name, path)
        print(f"{folder.name}: no digest of {file.name} is published: recorded in {recorded.file}, enforced from now on", file=sys.stderr)


def _complete(listing: Path) -> bool:
    return listing.is_file() and all((listing.parent / name).is_file() for name in listing.read_text(encoding="utf-8").splitlines())


def _expected(file: RemoteFile, recorded: Recorded, source: Source) -> Digest | None:
    if file.sha256:
        return Digest("sha256", file.sha256)
    if file.git_blob:
        return Digest("git_blob", file.git_blob)
    if file.md5_beside:
        return published_md5(file.url, source)
    return recorded.get(file.name)


def published_md5(url: str, source: Source) -> Digest:
    """The digest in the .md5 file beside `url` on the server."""
    text = source.read(f"{url}.md5").decode("utf-8", errors="replace")
    return md5_of(text, url.rsplit("/", 1)[-1], f"{url}.md5")
