"""A server of known TTFT and ITL, without a model: what the instrument is checked against.

    python -m rocmtui.embedded.known.server --port 8081 --ttft-ms 50 --itl-ms 10

Behaves on the wire as llama-server does: headers when a slot starts, a role event, one event a token,
usage and timings, `[DONE]`, then it closes the connection. `timings` carry its own stamps of the reply
(`prompt_ms`: slot start to first write). `GET /truth` says how late its writes were, `--log FILE` gets a line
a reply: when its request arrived, by the kernel's stamp, and when each token was written.
"""

from __future__ import annotations

import asyncio
import ctypes
import signal
import socket
import sys

import msgspec

from rocmtui.core.request.arrival import SO_TIMESTAMPNS
from rocmtui.embedded.known.behaviour import KnownBehaviour, parse_arguments
from rocmtui.embedded.known.connection import KnownConnection
from rocmtui.embedded.known.ledger import Ledger
from rocmtui.embedded.known.precise_timer import PreciseTimer

PR_SET_PDEATHSIG = 1
BACKLOG = 1024


class KnownServer(Ledger):
    """Use it as an async context manager, in a test's own loop or through `main` in its own process."""

    def __init__(
        self,
        behaviour: KnownBehaviour | None = None,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        uds: str | None = None,
    ) -> None:
        super().__init__(behaviour or KnownBehaviour())
        self._address = (host, port)
        self._uds = uds

    async def __aenter__(self) -> KnownServer:
        self.loop = asyncio.get_running_loop()
        self.timer = PreciseTimer(self.loop)
        if self._uds is not None:
            self._listener = socket.socket(socket.AF_UNIX)
            self._listener.bind(self._uds)
            self._listener.listen(BACKLOG)
            self.url = f"unix://{self._uds}"
        else:
            family = socket.AF_INET6 if ":" in self._address[0] else socket.AF_INET
            self._listener = socket.create_server(self._address, family=family, backlog=BACKLOG)
            self._listener.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            host, port = self._listener.getsockname()[:2]
            self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        self._listener.setblocking(False)
        self.loop.add_reader(self._listener, self._accept)
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        self._stop_listening()
        for close in list(self.open):
            close()
        self.timer.close()
        self.close_log()

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            KnownConnection(self, sock)

    def _stop_listening(self) -> None:
        if self._listener.fileno() >= 0:
            self.loop.remove_reader(self._listener)
            self._listener.close()


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
