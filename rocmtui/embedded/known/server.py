"""A server of known TTFT and ITL, without a model: what the instrument is checked against.

    python -m rocmtui.embedded.known.server --port 8081 --ttft-ms 50 --itl-ms 10

Behaves on the wire as llama-server does: headers when a slot starts, a role event, one event a token,
usage and timings, `[DONE]`, then it closes the connection. `timings` carry its own stamps of the reply
(`prompt_ms`: slot start to first write). `GET /truth` says how late its writes were.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import socket
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import Any

import msgspec

from rocmtui.core.stats.histogram import Histogram
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour, parse_arguments
from rocmtui.embedded.known.connection import KnownConnection
from rocmtui.embedded.known.endpoints import Endpoints
from rocmtui.embedded.known.precise_timer import PreciseTimer
from rocmtui.embedded.known.seams import Connection, Reply
from rocmtui.embedded.known.wire import ReplyShape

PR_SET_PDEATHSIG = 1
BACKLOG = 1024


class KnownServer:
    """Use it as an async context manager, in a test's own loop or through `main` in its own process."""

    def __init__(
        self,
        behaviour: KnownBehaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        uds: str | None = None,
    ) -> None:
        self.behaviour = behaviour or KnownBehaviour()
        self.endpoints = Endpoints(self.behaviour)
        self.requests = 0
        self.completed = 0
        self.cancelled = 0
        self.connections = 0
        self.tokens = 0
        self._address = (host, port)
        self._uds = uds
        self._dies_after: int | None = None
        self._open: set[Connection] = set()
        self._lateness_ms = Histogram()
        self._running: set[Reply] = set()
        self._waiting: deque[Reply] = deque()
        self._work: deque[Callable[[], None]] = deque()
        self._token_bytes: dict[tuple[bool, bool, bool], bytes] = {}

    async def __aenter__(self) -> KnownServer:
        self.loop = asyncio.get_running_loop()
        self.timer = PreciseTimer(self.loop)
        if self._uds is not None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(self._uds)
            self._listener.listen(BACKLOG)
            self.url = f"unix://{self._uds}"
        else:
            self._listener = socket.create_server(self._address, backlog=BACKLOG)
            host, port = self._listener.getsockname()[:2]
            self.url = f"http://{host}:{port}"
        self._listener.setblocking(False)
        self.loop.add_reader(self._listener, self._accept)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._stop_listening()
        for connection in list(self._open):
            connection.close()
        self.timer.close()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            KnownConnection(self, sock)

    def soon(self, work: Callable[[], None]) -> None:
        """Do it in a later turn of the loop, one piece a turn, so that stamping goes before working."""
        self._work.append(work)
        if len(self._work) == 1:
            self.loop.call_soon(self._do_one)

    def _do_one(self) -> None:
        self._work[0]()
        self._work.popleft()
        if self._work:
            self.loop.call_soon(self._do_one)

    def _stop_listening(self) -> None:
        if self._listener.fileno() >= 0:
            self.loop.remove_reader(self._listener)
            self._listener.close()

    def stop_listening_after(self, requests: int) -> None:
        """Refuse new connections once so many requests were taken, as a server that crashes does."""
        self._dies_after = requests

    def opened(self, connection: Connection) -> None:
        """A connection is there."""
        self.connections += 1
        self._open.add(connection)

    def closed(self, connection: Connection) -> None:
        """A connection is no more."""
        self._open.discard(connection)

    @property
    def busy(self) -> int:
        """Replies under way."""
        return len(self._running)

    def begin(self, reply: Reply) -> Fault | None:
        """Count a request; the fault it shall have."""
        self.requests += 1
        if self.requests == self._dies_after:
            self._stop_listening()
        return self.behaviour.fault if self.requests % self.behaviour.fault_every == 0 else None

    def wait_for_slot(self, reply: Reply) -> None:
        """Start it now or when a slot is free."""
        if self.behaviour.slots is not None and len(self._running) >= self.behaviour.slots:
            self._waiting.append(reply)
        else:
            self._start(reply, 0)

    def leave(self, reply: Reply) -> None:
        """A reply is over: its slot goes to the next in the queue."""
        if reply not in self._running:
            return
        self._running.remove(reply)
        while self._waiting:
            following = self._waiting.popleft()
            if not following.over:
                self._start(following, time.monotonic_ns())
                return

    def token_bytes(self, shape: ReplyShape, *, reasoning: bool = False) -> bytes:
        """A token's event, made once for each kind."""
        key = (*shape.kind, reasoning)
        found = self._token_bytes.get(key)
        if found is None:
            found = self._token_bytes[key] = shape.token(" token", reasoning=reasoning)
        return found

    def wrote(self, late_ns: int, tokens: int) -> None:
        """Tokens were written, so much after they were due."""
        self._lateness_ms.add(late_ns / 1e6)
        self.tokens += tokens

    def truth(self) -> dict[str, Any]:
        """What really happened, by the server's own clock."""
        late = self._lateness_ms
        return {
            "requests": self.requests,
            "completed": self.completed,
            "cancelled": self.cancelled,
            "connections": self.connections,
            "open": self.busy,
            "tokens": self.tokens,
            "lateness_ms_mean": late.mean,
            "lateness_ms_p99": late.quantile(0.99),
            "lateness_ms_max": late.max,
            "cpu_seconds": time.process_time(),
        }

    def _start(self, reply: Reply, at_ns: int) -> None:
        self._running.add(reply)
        reply.start(at_ns)


async def serve(behaviour: KnownBehaviour, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT; says on stdout where it listens, and the truth when it ends."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with KnownServer(behaviour, host=host, port=port) as server:
        print(f"listening on {server.url}", flush=True)
        await stop.wait()
        print(msgspec.json.encode(server.truth()).decode(), flush=True)


def main() -> int:
    """Run as a process that dies with its parent."""
    import uvloop

    behaviour, host, port = parse_arguments(sys.argv[1:])
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    try:
        uvloop.run(serve(behaviour, host, port))
    except OSError as error:
        print(f"known-server: cannot listen on {host}:{port}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
