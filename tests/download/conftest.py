"""A web server that fails on purpose, and folders laid out as the official ones."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from bioalbert.download.source import Source


class Server:
    """Serves `files` (path -> bytes). `faults` (path -> list of faults) are used up, one a request:
    a status, ("cut", n): closes after n bytes, ("stall", n): falls silent after n bytes, ("hang", seconds): keeps silent first,
    "no range": ignores the Range header."""

    def __init__(self, base: str):
        self.base = base
        self.files: dict[str, bytes] = {}
        self.faults: dict[str, list] = {}
        self.requests: list[tuple[str, str | None]] = []

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        path, wanted = handler.path, handler.headers.get("Range")
        self.requests.append((path, wanted))
        fault = self.faults[path].pop(0) if self.faults.get(path) else None
        if isinstance(fault, int) or path not in self.files:
            handler.send_response(fault or 404)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
            return
        kind, amount = fault if isinstance(fault, tuple) else (fault, 0)
        if kind == "hang":
            time.sleep(amount)
        body = self.files[path]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted and kind != "no range" else 0
        past_end = start > 0 and start >= len(body)
        handler.send_response(416 if past_end else 206 if start else 200)
        handler.send_header("Content-Length", str(len(body) - start if not past_end else 0))
        handler.end_headers()
        handler.wfile.write(body[start : amount if kind in ("cut", "stall") else None])
        if kind == "stall":
            time.sleep(60)
        handler.close_connection = kind in ("cut", "stall")


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # the client gave up on a silent connection
                served.answer(self)

        def log_message(self, *_: object) -> None:
            pass

    web = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    web.daemon_threads = True
    served = Server(f"http://127.0.0.1:{web.server_port}")
    threading.Thread(target=web.serve_forever, args=(0.01,), daemon=True).start()
    yield served
    web.shutdown()
    web.server_close()


@pytest.fixture
def source() -> Source:
    """Asks the addresses themselves, and does not wait long."""
    return Source(timeout=0.3, tries=3, pause=0.01)


@pytest.fixture
def put(tmp_path: Path):
    """Writes a file of a mirror below tmp_path/mirror by its official address."""

    def write(url: str, content: bytes | str) -> Path:
        path = tmp_path / "mirror" / url.removeprefix("https://")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
