"""Where the metrics can be had: a port, or a file for node_exporter's textfile collector."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import start_http_server, write_to_textfile
from prometheus_client.core import Metric
from prometheus_client.registry import Collector, CollectorRegistry

from rocmtui.adapters.machine.files import telling
from rocmtui.adapters.machine.seldom import Seldom
from rocmtui.errors import UsageError

FILE_EVERY_S = 5.0
KEPT_NS = 1_000_000_000


class _Kept(Collector):
    """What a registry holds, gathered once a second at most, however many ask."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._registry = registry
        self._families = Seldom[list[Metric]](KEPT_NS)

    def collect(self) -> list[Metric]:
        return self._families.at(time.monotonic_ns(), lambda: list(self._registry.collect()))


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Answers GET /metrics here meanwhile; gives the port (a free one for 0). Raises UsageError."""
    kept = CollectorRegistry()
    kept.register(_Kept(registry))
    with telling(f"cannot serve metrics at {host}:{port}", "give another --metrics-port", UsageError):
        server, thread = start_http_server(port, host, kept)
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
