"""The XML files in a tar, read in its order as it streams by. Nothing is written to disk, so a member's name can do no harm."""

import tarfile
from collections.abc import Iterator
from pathlib import Path

from bioalbert.errors import InputError
from bioalbert.files import AGAIN, open_binary

SUFFIXES = (".tar", ".tar.gz")
MEMBERS = (".xml", ".nxml")


class _Header(tarfile.TarInfo):
    """tarfile takes a header that is broken or cut off for the end of the tar; only the marked end is one."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> tarfile.TarInfo:
        try:
            return super().fromtarfile(archive)
        except tarfile.EOFHeaderError:
            raise
        except tarfile.HeaderError as error:
            raise tarfile.ReadError(str(error)) from None


def members(path: Path) -> Iterator[tuple[str, bytes]]:
    """(name, content) of each XML file in a tar. Raises InputError when the tar is corrupt or truncated."""
    try:
        with open_binary(path) as stream, tarfile.open(fileobj=stream, mode="r|", tarinfo=_Header) as archive:
            while member := archive.next():
                if member.isfile() and member.name.endswith(MEMBERS):
                    yield member.name, archive.extractfile(member).read()
                archive.members.clear()  # it would remember them all
    except tarfile.TarError as error:
        raise InputError(f"corrupt or truncated tar ({error})", file=path, fix=AGAIN) from None
