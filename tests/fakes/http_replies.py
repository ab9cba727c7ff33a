"""A plain OpenAI-like server in a thread, which does something when the first reply is asked of it."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = b'data: {"choices":[{"index":0,"delta":{"content":" t"},"text":" t","finish_reason":null}]}\n\n'
END = (
    b'data: {"choices":[{"index":0,"delta":{},"text":"","finish_reason":"length"}]}\n\n'
    b'data: {"choices":[],"usage":{"prompt_tokens":2,"completion_tokens":4}}\n\ndata: [DONE]\n\n'
)


class Replies(ThreadingHTTPServer):
    """Replies of four tokens at once."""

    daemon_threads = True
    status = 200

    def __init__(self, asked: Callable[[Replies], None]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.url = f"http://127.0.0.1:{self.server_port}"
        self._asked = asked
        self._lock = threading.Lock()
        self._first = True

    def asked(self) -> None:
        """A reply is wanted."""
        with self._lock:
            first, self._first = self._first, False
        if first:
            self._asked(self)

    def refuse(self) -> None:
        """Be gone for all who come from now on."""
        self.status = 0
        self.socket.close()


class _Handler(BaseHTTPRequestHandler):
    server: Replies

    def do_GET(self) -> None:
        self._answer(200, "application/json", json.dumps({"object": "list", "data": [{"id": "m"}]}).encode())

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked()
        if self.server.status == 200:
            self._answer(200, "text/event-stream", TOKEN * 4 + END)
        elif self.server.status:
            self._answer(self.server.status, "application/json", b'{"error":{"message":"no"}}')

    def _answer(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def replies(asked: Callable[[Replies], None] = lambda _server: None, *, status: int = 200) -> Iterator[str]:
    """A running server; gives its address."""
    server = Replies(asked)
    server.status = status
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server.url
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
