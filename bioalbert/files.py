"""Files that appear whole or not at all, digests, and text files whatever their compression."""

import errno
import glob
import gzip
import hashlib
import io
import json
import os
import platform
import shutil
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from bioalbert.errors import InputError, no_such_file

if TYPE_CHECKING:
    import pandas as pd

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # the disk, the user's share of it, the longest file that the system allows
PACKED = {".gz": "gzip", ".zst": "zstd"}
AGAIN = "delete the file and download it again"


@contextmanager
def whole_file(path: str | Path) -> Iterator[Path]:
    """Yields a path beside `path` to write to; on success it is synced and takes the name `path`, on failure it is gone.

    Raises InputError when `path` is a folder.
    """
    path = Path(path)
    if path.is_dir():
        raise InputError("a folder, where a file is to be written", file=path, fix="name a file in it")
    path.parent.mkdir(parents=True, exist_ok=True)
    (unfinished,) = _beside(path, "part")
    try:
        yield unfinished
        _sync(unfinished)
        os.replace(unfinished, path)
        _sync(path.parent)
    except OSError as error:
        if error.errno in NO_ROOM and error.filename is None:  # writing to an open file, Python does not say to which
            error.filename = str(path)
        raise
    finally:
        unfinished.unlink(missing_ok=True)


@contextmanager
def whole_folder(path: str | Path) -> Iterator[Path]:
    """Yields an empty folder beside `path` to fill; on success it replaces `path`, on failure it is gone.

    Raises InputError as `check_replaceable`.
    """
    path = Path(path)
    check_replaceable(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished, old = _beside(path, "part", "old")
    unfinished.mkdir()
    try:
        yield unfinished
        for file in unfinished.rglob("*"):
            _sync(file)
        if path.exists():  # moved out of the way in one step: deleting it takes time, in which it would stand there in part
            os.replace(path, old)
        os.replace(unfinished, path)
        _sync(path.parent)
    finally:
        if old.exists() and not path.exists():
            os.replace(old, path)
        shutil.rmtree(unfinished, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


def check_replaceable(path: Path) -> None:
    """Raises InputError when there is something of that name that this program did not make: whatever lies in it would be lost."""
    if path.exists() and not _is_ours(path):
        raise InputError("something else is there, and would be replaced", file=path, fix="name a new folder, or empty it")


def _beside(path: Path, *kinds: str) -> list[Path]:
    """Names beside `path` that are this process' own. What an earlier process of this machine left under such names, killed, goes."""
    host = platform.node()
    for left in path.parent.glob(f".{glob.escape(path.name)}.{glob.escape(host)}.*"):
        process, _, kind = left.name.removeprefix(f".{path.name}.{host}.").partition(".")
        if kind in ("part", "old") and process.isdecimal() and not _runs(int(process)):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
    return [path.with_name(f".{path.name}.{host}.{os.getpid()}.{kind}") for kind in kinds]


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)  # no signal, the question alone
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's
        return True
    return True


def _is_ours(folder: Path) -> bool:
    """Every folder that this program makes holds a provenance.json."""
    return folder.is_dir() and ((folder / "provenance.json").is_file() or not any(folder.iterdir()))


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: str | Path, text: str) -> None:
    with whole_file(path) as unfinished:
        unfinished.write_text(text, encoding="utf-8")


def write_json(path: str | Path, value: object) -> None:
    """Indented JSON with sorted keys, so that equal values are equal files."""
    write_text(path, json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n")


def read_json(path: str | Path) -> object:
    """Raises InputError when the file is absent or is not JSON."""
    try:
        return json.loads(Path(path).read_text(encoding="utf-8-sig"))  # a byte-order mark is no fault
    except FileNotFoundError:
        raise no_such_file(path) from None
    except (ValueError, RecursionError) as error:
        raise InputError(f"not valid JSON ({error})", file=path) from None


def read_parquet(path: str | Path, columns: Sequence[str], fix: str) -> "pd.DataFrame":
    """These columns of a Parquet file. Raises InputError, with this fix, when it is absent, is not Parquet, or lacks one of them."""
    from pyarrow import ArrowException, parquet  # not above: it takes a second, and most commands need none of it

    try:
        with parquet.ParquetFile(path) as file:
            if lacking := [name for name in columns if name not in file.schema_arrow.names]:
                raise InputError(f"it has no column {lacking[0]}", file=path, fix=fix)
            return file.read(columns=list(columns)).to_pandas()
    except FileNotFoundError:
        raise InputError("no such file", file=path, fix=fix) from None
    except (ArrowException, OSError) as error:
        raise InputError(f"not valid Parquet ({error})", file=path, fix=fix) from None


@contextmanager
def open_binary(path: str | Path) -> Iterator[BinaryIO]:
    """A file's bytes, unpacked when its name ends in .gz or .zst; what is truncated or corrupt raises InputError where it is met."""
    path = Path(path)
    if not path.is_file():
        raise no_such_file(path)
    kind = PACKED.get(path.suffix)
    if kind and path.stat().st_size == 0:  # the unpackers themselves take it for an empty text
        raise InputError(f"an empty file, not a {kind}", file=path, fix=AGAIN)
    try:
        with _opened(path, kind) as stream:
            yield stream
    except (EOFError, OSError, zlib.error) as error:
        if kind is None or getattr(error, "errno", None) is not None:  # not what an unpacker says
            raise
        raise InputError(f"corrupt or truncated {kind} ({error})", file=path, fix=AGAIN) from None


def _opened(path: Path, kind: str | None) -> BinaryIO:
    if kind == "gzip":
        return gzip.open(path, "rb")
    if kind == "zstd":
        import pyarrow  # not above: it takes a second, and most commands need none of it

        return pyarrow.input_stream(str(path), compression="zstd")
    return path.open("rb")


@contextmanager
def open_text(path: str | Path) -> Iterator[io.TextIOBase]:
    """A file's text (UTF-8, a BOM is taken off, line ends as they are), unpacked as open_binary does."""
    with open_binary(path) as stream:
        text = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
        try:
            yield text
        except UnicodeDecodeError as error:
            raise InputError(f"not UTF-8 ({error.reason})", file=path, place=_undecodable(path), fix="convert it to UTF-8") from None


def _undecodable(path: str | Path) -> str | None:
    """The line that is not UTF-8: the error itself counts from wherever the reader's buffer began."""
    with open_binary(path) as stream:
        for number, line in enumerate(stream, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return f"line {number}"
    return None


def digest(path: str | Path, algorithm: str = "sha256") -> str:
    """Hexadecimal digest of a file's bytes."""
    with open(path, "rb") as stream:
        return hashlib.file_digest(stream, algorithm).hexdigest()


def expand_inputs(names: list[str]) -> list[Path]:
    """`FILE... | @LIST`: a name that starts with @ is a text file with one path a line (relative to that file)."""
    paths: list[Path] = []
    for name in names:
        if not name.startswith("@"):
            paths.append(Path(name))
            continue
        listing = Path(name[1:])
        if not listing.is_file():
            raise InputError("no such list of files", file=listing)
        with open_text(listing) as stream:
            paths += [listing.parent / line.strip() for line in stream if line.strip()]
    for path in paths:
        if not path.exists():
            raise no_such_file(path)
    return paths
