"""Files in the archives that corpora are published as, read where they are: no second copy of a text lies about."""

import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from bioalbert.errors import InputError


def members(archive: Path, pattern: str, inner: str | None = None) -> dict[str, str]:
    """{name: text} of the files in a .zip or .tar.gz whose names fit `pattern` (its * crosses /), in the order of their names.

    inner: a pattern of the one archive in it to look in. Raises InputError for a corrupt archive, a file that is not UTF-8, and when
    nothing fits.
    """
    try:
        with archive.open("rb") as stream:
            if inner is None:
                found = dict(_files(stream, pattern))
            else:
                packed = list(_files(stream, inner))
                if len(packed) != 1:
                    raise InputError(
                        f"{len(packed)} files {inner} in it where one is expected", file=archive, fix="take the published archive"
                    )
                found = dict(_files(io.BytesIO(packed[0][1]), pattern))
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        fix = "get it again, or name the protocol that reads files of this form"
        raise InputError(f"corrupt archive, or none at all ({error})", file=archive, fix=fix) from None
    if not found:
        raise InputError(f"no file {pattern} in it", file=archive, fix="take the published archive")
    return {name: _decoded(found[name], archive, name) for name in sorted(found)}


def _files(stream: BinaryIO, pattern: str) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of what fits; macOS's own files ("._x", "__MACOSX/._x") do not."""
    is_zip = stream.read(2) == b"PK"  # also of one that is cut off, which zipfile.is_zipfile denies
    stream.seek(0)
    if is_zip:
        with zipfile.ZipFile(stream) as packed:
            yield from ((name, packed.read(name)) for name in packed.namelist() if _fits(name, pattern))
        return
    with tarfile.open(fileobj=stream) as packed:
        yield from ((item.name, packed.extractfile(item).read()) for item in packed if item.isfile() and _fits(item.name, pattern))


def _fits(name: str, pattern: str) -> bool:
    return fnmatchcase(name, pattern) and not PurePosixPath(name).name.startswith(".")


def _decoded(content: bytes, archive: Path, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 ({error})", file=archive, place=name, fix="take the published archive") from None
