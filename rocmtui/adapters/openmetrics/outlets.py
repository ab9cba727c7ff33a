"""Where the metrics can be had: a port, or a file for node_exporter's textfile collector."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from prometheus_client import start_http_server, write_to_textfile
from prometheus_client.registry import CollectorRegistry

from rocmtui.errors import UsageError

FILE_EVERY_S = 5.0


@contextmanager
def served(registry: CollectorRegistry, host: str, port: int) -> Iterator[int]:
    """Answers GET /metrics here meanwhile; gives the port (a free one for 0). Raises UsageError."""
    try:
        server, thread = start_http_server(port, host, registry)
    except OSError as error:
        raise UsageError(
            f"cannot serve metrics at {host}:{port}: {error.strerror}", "give another --metrics-port"
        ) from error
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
    try:
        write_to_textfile(str(path), registry)
    except OSError as error:
        raise UsageError(f"cannot write {path}: {error.strerror}", "give another --metrics-file") from error
