"""Where the metrics can be had: a port, or a file for node_exporter's textfile collector."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from prometheus_client import write_to_textfile
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import CollectorRegistry

from rocmtui.adapters.machine.files import telling
from rocmtui.errors import UsageError

FILE_EVERY_S = 5.0
KEPT_S = 1.0


class _Server(ThreadingHTTPServer):
    """Answers every GET with the metrics; the text is made once a second at most, however many ask."""

    daemon_threads = True

    def __init__(self, registry: CollectorRegistry, host: str, port: int) -> None:
        self._registry = registry
        self._kept: dict[str, tuple[float, bytes]] = {}
        self.address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        super().__init__((host, port), _Handler)

    def text(self, accept: str | None) -> tuple[bytes, str]:
        """The metrics in the best form that is accepted, and the name of that form."""
        encode, kind = choose_encoder(accept or "")
        now = time.monotonic()
        made_at, text = self._kept.get(kind, (-KEPT_S, b""))
        if now - made_at >= KEPT_S:
            text = encode(self._registry)
            self._kept[kind] = now, text
        return text, kind


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 5.0

    def do_GET(self) -> None:
        text, kind = self.server.text(self.headers.get("Accept"))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *words: object) -> None:
        """It would write over the screen."""


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Answers GET /metrics here meanwhile; gives the port (a free one for 0). Raises UsageError."""
    with telling(f"cannot serve metrics at {host}:{port}", "give another --metrics-port", UsageError):
        server = _Server(registry, host, port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


async def written(registry: CollectorRegistry, path: Path, every_s: float = FILE_EVERY_S) -> None:
    """Writes the file whole every few seconds, until cancelled, and once more then. Raises UsageError."""
    try:
        while True:
            _write(registry, path)
            await asyncio.sleep(every_s)
    finally:
        _write(registry, path)


def _write(registry: CollectorRegistry, path: Path) -> None:
    with telling(f"cannot write {path}", "give another --metrics-file", UsageError):
        write_to_textfile(str(path), registry)
