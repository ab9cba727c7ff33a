"""One connection to the server of known latencies: one request, one reply, closed after it."""

from __future__ import annotations

import socket
import time
from typing import Any

import msgspec

from rocmtui.core.request.arrival import ANCILLARY_BYTES
from rocmtui.embedded.known.endpoints import WHOLE_PATHS, short_answer
from rocmtui.embedded.known.ledger import Ledger
from rocmtui.embedded.known.stream import KnownReply
from rocmtui.embedded.known.wire import error, plain

REPLY_PATHS = ("/v1/chat/completions", "/completion", "/v1/completions")
LLAMA_ONLY_FIELDS = frozenset(("cache_prompt", "ignore_eos", "n_predict", "return_progress"))


class KnownConnection:
    """Reads one request and lets a KnownReply answer it.

    On a bare socket, which hands out the kernel's stamp of the request: times count from its arrival, not
    from when we came to read it.
    """

    def __init__(self, server: Ledger, sock: socket.socket) -> None:
        self._server = server
        self._sock: socket.socket | None = sock
        self._pieces: list[bytes] = []
        self._reply: KnownReply | None = None
        sock.setblocking(False)
        if sock.family != socket.AF_UNIX:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        server.connections += 1
        server.open.add(self.close)
        server.loop.add_reader(sock, self._readable)
        self._readable()

    def write(self, data: bytes) -> int:
        """Write at once; the time just before. A client that lets megabytes pile up unread is cut off."""
        now_ns = time.monotonic_ns()
        if self._sock is not None:
            try:
                if self._sock.send(data) < len(data):
                    self.close()
            except OSError:
                self.close()
        return now_ns

    def close(self) -> None:
        """Close; what was written is still delivered."""
        if self._sock is not None:
            self._server.loop.remove_reader(self._sock)
            self._sock.close()
            self._sock = None
            self._server.open.discard(self.close)
        if self._reply is not None:
            self._reply.cut_off()

    def _readable(self) -> None:
        if self._sock is None:
            return
        try:
            data, ancillary, _, _ = self._sock.recvmsg(1 << 20, ANCILLARY_BYTES)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            data, ancillary = b"", []
        if data:
            self._take(data, self._server.clock.arrived(ancillary, 0))
        else:
            self.close()

    def _take(self, data: bytes, received_ns: int) -> None:
        self._pieces.append(data)
        head, blank, body = b"".join(self._pieces).partition(b"\r\n\r\n")
        if self._reply is not None or not blank or len(body) < _content_length(head):
            return
        request_line, *headers = head.decode("latin-1").split("\r\n")
        path = request_line.split(" ")[1].partition("?")[0]
        self._answer(path, headers, body, received_ns)

    def _answer(self, path: str, headers: list[str], data: bytes, received_ns: int) -> None:
        server = self._server
        key = server.behaviour.api_key
        if key is not None and f"authorization: bearer {key}".lower() not in map(str.lower, headers):
            return self._end(error(401, "Invalid API Key", "authentication_error"))
        try:
            body: dict[str, Any] = msgspec.json.decode(data, type=dict[str, Any]) if data else {}
        except msgspec.DecodeError as problem:
            return self._end(error(400, f"parse error: {problem}", "invalid_request_error"))
        if path == "/truth":
            return self._end(plain(200, server.truth()))
        if path in WHOLE_PATHS:
            answer = server.endpoints.whole(path, body)
            due_ns = received_ns + round(server.behaviour.ttft_ms * 1e6)
            return server.timer.at(due_ns, lambda _due_ns: self._end(answer))
        if path not in REPLY_PATHS or (path == "/completion" and not server.behaviour.llama):
            return self._end(server.endpoints.answer(path, body, server.busy))
        unknown = LLAMA_ONLY_FIELDS.intersection(body)
        if unknown and not server.behaviour.llama:
            return self._end(error(400, f"unknown field {min(unknown)}", "invalid_request_error"))
        if not body.get("stream"):
            wrong = server.behaviour.nonsense or (server.behaviour.bent and server.busy > 0)
            return self._end(plain(200, short_answer(path, body, nonsense=wrong)))
        self._reply = KnownReply(server, self.write, self.close, path, body, received_ns)
        return None

    def _end(self, response: bytes) -> None:
        self.write(response)
        self.close()


def _content_length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    return 0
