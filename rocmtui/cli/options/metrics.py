"""Options that hand out what a session knows while it runs: to Prometheus, to an OpenTelemetry collector."""

from __future__ import annotations

import argparse
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from rocmtui.cli.options.numbers import check_range
from rocmtui.errors import UsageError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from prometheus_client.registry import CollectorRegistry

    from rocmtui.adapters.openmetrics.otlp import GenAiExporter
    from rocmtui.core.session.ports import EventSink
    from rocmtui.core.session.view import SessionView

LOOPBACK = "127.0.0.1"


def add_metrics_options(parser: argparse.ArgumentParser, *, otlp: bool = True) -> None:
    """Who may be told; `otlp` is for commands that send requests."""
    group = parser.add_argument_group("metrics (OpenMetrics for Prometheus, OpenTelemetry)")
    if otlp:
        says = "send GenAI metrics of our requests to this collector: http://127.0.0.1:4318"
        group.add_argument("--otlp-endpoint", metavar="URL", help=says)
    group.add_argument("--metrics-port", type=int, metavar="N", help="answer GET /metrics here; 0: any")
    group.add_argument("--metrics-host", metavar="ADDRESS", help=f"address to bind (default: {LOOPBACK})")
    group.add_argument("--metrics-file", metavar="FILE", help="write them here every 5 s, for node_exporter")


def exported(args: argparse.Namespace) -> bool:
    """Whether metrics are wanted. Raises UsageError for what cannot be."""
    check_range("--metrics-port", args.metrics_port, 0, 65535)
    if args.metrics_host is not None and args.metrics_port is None:
        raise UsageError("--metrics-host needs --metrics-port", "give a port, or leave it out")
    if args.metrics_file is not None and not Path(args.metrics_file).absolute().parent.is_dir():
        raise UsageError(f"--metrics-file {args.metrics_file}: no such folder", "give another")
    return args.metrics_port is not None or args.metrics_file is not None


class Outlet:
    """What is asked for on the command line, before there is a session: who listens, and how it is heard."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Raises UsageError where the package for it is not installed."""
        self._args = args
        self.url: str | None = None
        """Where GET is answered, while it is."""
        self._registry: CollectorRegistry | None = None
        self._otlp = _otlp(getattr(args, "otlp_endpoint", None))
        self.listeners: tuple[EventSink, ...] = () if self._otlp is None else (self._otlp,)
        if exported(args):
            try:
                from rocmtui.adapters.openmetrics.exporter import Exporter
            except ImportError:
                raise UsageError("metrics need a package more", "pip install 'rocmtui[metrics]'") from None
            exporter = Exporter()
            self._registry = exporter.registry
            self.listeners += (exporter,)

    @asynccontextmanager
    async def open(self, view: Callable[[], SessionView]) -> AsyncIterator[None]:
        """Metrics can be had within it. Raises UsageError when the port or the file cannot be."""
        import asyncio

        async with AsyncExitStack() as stack:
            if self._otlp is not None:
                self._otlp.view = view
                stack.push_async_callback(self._close_otlp, self._otlp)
            if self._registry is not None:
                from rocmtui.adapters.openmetrics.outlets import served, written

                if self._args.metrics_port is not None:
                    host = self._args.metrics_host or LOOPBACK
                    port = stack.enter_context(served(self._registry, host, self._args.metrics_port))
                    self.url = f"http://{host}:{port}/metrics"
                if self._args.metrics_file is not None:
                    writing = asyncio.create_task(written(self._registry, Path(self._args.metrics_file)))
                    stack.push_async_callback(_end, writing)
            yield

    async def _close_otlp(self, exporter: GenAiExporter) -> None:
        """Send the last of it; what was not taken is told, and changes no exit code."""
        import asyncio

        await asyncio.to_thread(exporter.close)
        if exporter.trouble.first is not None:
            from rocmtui.cli.output.streams import tell
            from rocmtui.core.text.sanitize import clean_line

            told = clean_line(exporter.trouble.first, 300)
            tell(sys.stderr, f"rocmtui: metrics did not reach {self._args.otlp_endpoint}: {told}\n")


async def _end(task: asyncio.Task[None]) -> None:
    import asyncio

    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def _otlp(endpoint: str | None) -> GenAiExporter | None:
    """Raises UsageError for an address that is none, and where the package for it is not installed."""
    if endpoint is None:
        return None
    try:
        parts = urlsplit(endpoint)
        named = parts.hostname and parts.port != 0 and parts.username is None
        fit = parts.scheme in ("http", "https") and named
    except ValueError:
        fit = False
    if not fit:
        raise UsageError("--otlp-endpoint is no address of a collector", "such as http://127.0.0.1:4318")
    try:
        from rocmtui.adapters.openmetrics.otlp import GenAiExporter
    except ImportError:
        raise UsageError("--otlp-endpoint needs a package more", "pip install 'rocmtui[otel]'") from None
    return GenAiExporter(endpoint)
