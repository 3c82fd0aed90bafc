"""Where files come from: their official addresses or a mirror of them. The only module of the package that opens a connection."""

import fcntl
import itertools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TypeVar
from urllib.parse import unquote, urlsplit

import requests
from urllib3 import Retry
from urllib3.exceptions import HTTPError

from bioalbert.download.digests import Digest
from bioalbert.download.listings import index_names, s3_names
from bioalbert.errors import InputError

PASSING = (429, 500, 502, 503, 504)  # HTTP statuses that are worth another try
MIRROR_FIX = "try again later, or give a mirror with --mirror FOLDER_OR_URL"
S3_HOST = ".s3.amazonaws.com"

Value = TypeVar("Value")


class NotFound(InputError):
    """There is no such file at the address or in the mirror."""


class RangeRefused(InputError):
    """The kept beginning is as long as the whole file, or longer: it has to be fetched from the start."""


class Source:
    """Reads, lists and fetches files by their official https address.

    mirror: None, a folder or a http(s) base, with one sub-folder per host: https://host/path is MIRROR/host/path.
    timeout: seconds without a byte after which a connection counts as dead. tries: connections made for a file in all.
    pause: seconds before the second retry, doubled at each further one. connections: how many run at once at most.
    """

    def __init__(self, mirror: str | None = None, *, timeout: float = 60.0, tries: int = 5, pause: float = 1.0, connections: int = 32):
        self.base, self.folder = _mirror(mirror)
        self.timeout, self.tries, self.pause = timeout, tries, pause
        retry = Retry(total=tries - 1, backoff_factor=pause, status_forcelist=PASSING, raise_on_status=False)
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=connections, max_retries=retry)
        self._session = requests.Session()
        self._session.mount("https://", adapter)
        self._session.mount("http://", adapter)
        # The bytes as they are on the server: a .gz must not be unpacked on the way.
        self._session.headers["Accept-Encoding"] = "identity"

    def read(self, url: str) -> bytes:
        """A small file's bytes. Raises NotFound, or InputError when it cannot be had."""
        if self.folder is not None:
            return self._mirrored(url).read_bytes()

        def attempt() -> bytes:
            with self._open(url) as response:
                return response.raw.read()

        return self._insist(url, attempt)

    def names(self, url: str) -> list[str]:
        """The names in the folder at `url` (which ends in /): of a mirror's folder, a S3 bucket's prefix or a HTML index."""
        if self.folder is not None:
            return sorted(path.name for path in self._mirrored(url).iterdir())
        parts = urlsplit(url)
        if self.base is None and parts.netloc.endswith(S3_HOST):
            return s3_names(self.read, f"{parts.scheme}://{parts.netloc}/", parts.path.lstrip("/"))
        return index_names(self.read(url))

    def fetch(self, url: str, path: Path, digest: Digest | None = None) -> bool:
        """Makes `path` the file at `url`, whole and checked; returns whether anything was fetched.

        A file there that has the right digest is left alone. A download that was cut off goes on where it stopped (a hidden .part file
        beside `path` keeps what came so far; a later call uses it only where there is a digest). Of several processes one fetches.
        Raises InputError for a wrong digest (no bad file remains) or when the file cannot be had.
        """
        if digest and digest.matches(path):
            return False
        path.parent.mkdir(parents=True, exist_ok=True)
        with _alone(path.with_name(f".{path.name}.part")) as part:
            if digest and digest.matches(path):  # another process was at it
                return False
            return self._fetch(url, path, part, digest)

    def _fetch(self, url: str, path: Path, part: Path, digest: Digest | None) -> bool:
        if digest is None:  # nothing would tell whether the kept beginning is of the same file
            os.truncate(part, 0)
        resumed = part.stat().st_size > 0
        self._receive(url, part)
        if digest and not digest.matches(part):
            actual = digest.of(part)
            os.truncate(part, 0)
            if resumed:  # what was kept may be of an older file at this address
                return self._fetch(url, path, part, digest)
            path.unlink(missing_ok=True)
            problem = f"wrong {digest.algorithm}: {actual} instead of {digest.value} (from {digest.origin})"
            raise InputError(problem, file=self._place(url), fix="download it again, or from elsewhere with --mirror FOLDER_OR_URL")
        with part.open("rb") as stream:
            os.fsync(stream.fileno())
        os.replace(part, path)  # (whole_file would leave a second hidden name behind when the process is killed here)
        return True

    def _receive(self, url: str, part: Path) -> None:
        if self.folder is not None:
            shutil.copyfile(self._mirrored(url), part)
            return

        def attempt() -> None:
            have = part.stat().st_size
            with self._open(url, {"Range": f"bytes={have}-"} if have else {}) as response, part.open("ab") as stream:
                if response.status_code != 206:  # this server sends the whole file whatever was asked for
                    stream.truncate(0)
                for block in response.raw.stream(1 << 20):
                    stream.write(block)

        try:
            self._insist(url, attempt)
        except RangeRefused:
            os.truncate(part, 0)
            self._insist(url, attempt)

    def _insist(self, url: str, attempt: Callable[[], Value]) -> Value:
        """Calls `attempt` again when a connection breaks off in the middle (the session itself retries what fails before that)."""
        for count in itertools.count(1):
            try:
                return attempt()
            except HTTPError as error:
                if count == self.tries:
                    raise InputError(f"broke off {count} times ({error})", file=self._place(url), fix=MIRROR_FIX) from None
                time.sleep(self.pause * 2 ** (count - 1))

    @contextmanager
    def _open(self, url: str, headers: dict[str, str] | None = None) -> Iterator[requests.Response]:
        place = self._place(url)
        try:
            response = self._session.get(place, headers=headers, stream=True, timeout=self.timeout)
        except requests.RequestException as error:
            raise InputError(f"no answer after {self.tries} tries ({_cause(error)})", file=place, fix=MIRROR_FIX) from None
        with response:
            if response.status_code == 416:
                raise RangeRefused("the server has no such range", file=place)
            if response.status_code in (404, 410):
                fix = "it may have moved: give a mirror that has it with --mirror FOLDER_OR_URL"
                raise NotFound(f"the server has no such file ({response.status_code})", file=place, fix=fix)
            if not response.ok:
                raise InputError(f"the server answers {response.status_code} {response.reason}", file=place, fix=MIRROR_FIX)
            yield response

    def _place(self, url: str) -> str:
        """Where `url` is really asked for: its own address, the mirror's, or a path."""
        parts = urlsplit(url)
        if self.folder is not None:
            return str(self.folder / parts.netloc / unquote(parts.path).lstrip("/"))
        return url if self.base is None else f"{self.base}/{parts.netloc}{parts.path}"

    def _mirrored(self, url: str) -> Path:
        path = Path(self._place(url))
        if not path.exists():
            raise NotFound("the mirror has no such file", file=path, fix=f"add {url} to it, or leave out --mirror")
        return path


@contextmanager
def _alone(part: Path) -> Iterator[Path]:
    """Holds `part` for one process and thread, others wait; the lock goes with the process, however that ends. Removes an empty part."""
    while True:
        with part.open("ab") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            if not _is_at(stream, part):  # finished by another process, while this one waited
                continue
            try:
                yield part
            finally:
                if _is_at(stream, part) and not part.stat().st_size:
                    part.unlink()
            return


def _is_at(stream: BinaryIO, path: Path) -> bool:
    return path.exists() and os.path.samestat(os.fstat(stream.fileno()), path.stat())


def _mirror(mirror: str | None) -> tuple[str | None, Path | None]:
    """`--mirror` -> (http base, None) or (None, folder), or (None, None) without one."""
    if mirror is None:
        return None, None
    if mirror.startswith(("http://", "https://")):
        return mirror.rstrip("/"), None
    if not Path(mirror).is_dir():
        raise InputError("no such mirror folder", file=mirror, fix="give a folder with one sub-folder per host, or a http(s) address")
    return None, Path(mirror)


def _cause(error: requests.RequestException) -> str:
    """The reason at the bottom of requests' and urllib3's wrappings."""
    inner = error.args[0] if error.args else error
    return str(getattr(inner, "reason", None) or inner)
