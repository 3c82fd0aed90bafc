"""Archives from elsewhere, unpacked so that nothing lands outside their folder."""

import os
import shutil
import stat
import tarfile
import zipfile
import zlib
from pathlib import Path, PurePosixPath

from bioalbert.errors import InputError


def unpack(archive: Path, folder: Path) -> list[str]:
    """Unpacks a .zip or .tar.gz into `folder`; returns the names of its files, relative to `folder`, sorted.

    Nothing appears in `folder` before the whole archive is unpacked. Raises InputError for a corrupt archive and for one that has an
    absolute path, a path with `..`, a link or a special file.
    """
    scratch = folder / ".unpacking"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    try:
        _extract(archive, scratch)
        files = sorted(path.relative_to(scratch) for path in scratch.rglob("*") if path.is_file())
        for file in files:
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            os.replace(scratch / file, folder / file)
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError) as error:
        raise InputError(f"corrupt archive ({error})", file=archive, fix="delete it and download it again") from None
    finally:
        shutil.rmtree(scratch)
    return [file.as_posix() for file in files]


def inside(name: str) -> bool:
    """Whether a path stays in the folder that it is relative to."""
    path = PurePosixPath(name.replace("\\", "/"))
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _extract(archive: Path, folder: Path) -> None:
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as bundle:
            for item in bundle.infolist():
                kind = stat.S_IFMT(item.external_attr >> 16)
                _refuse(archive, item.filename, plain=kind in (0, stat.S_IFREG, stat.S_IFDIR))
            bundle.extractall(folder)
        return
    with tarfile.open(archive) as bundle:
        for item in bundle:
            _refuse(archive, item.name, plain=item.isfile() or item.isdir())
        bundle.extractall(folder, filter="data")


def _refuse(archive: Path, name: str, plain: bool) -> None:
    fix = "do not use this archive: it is not the published one"
    if not plain:
        raise InputError("a link or a special file", file=archive, place=repr(name), fix=fix)
    if name.rstrip("/") not in (".", "") and not inside(name):
        raise InputError("a path that leads out of the folder", file=archive, place=repr(name), fix=fix)
