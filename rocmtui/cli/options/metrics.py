"""Options that hand out what a session knows while it runs: OpenMetrics on a port or in a file."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rocmtui.cli.options.numbers import check_range
from rocmtui.errors import UsageError

if TYPE_CHECKING:
    from rocmtui.core.session.ports import EventSink

LOOPBACK = "127.0.0.1"


def add_metrics_options(parser: argparse.ArgumentParser) -> None:
    """`--metrics-port`, `--metrics-host` and `--metrics-file`."""
    group = parser.add_argument_group("metrics (OpenMetrics, for Prometheus)")
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
    """What is asked for on the command line, before there is a session: a listener, and how it is heard."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Raises UsageError where the package for it is not installed."""
        self._args = args
        self.listeners: tuple[EventSink, ...] = ()
        self.url: str | None = None
        """Where GET is answered, while it is."""
        if exported(args):
            try:
                from rocmtui.adapters.openmetrics.exporter import Exporter
            except ImportError:
                raise UsageError("metrics need a package more", "pip install 'rocmtui[metrics]'") from None
            self._exporter = Exporter()
            self.listeners = (self._exporter,)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Metrics can be had within it. Raises UsageError when the port or the file cannot be."""
        import asyncio

        if not self.listeners:
            yield
            return
        from contextlib import ExitStack

        from rocmtui.adapters.openmetrics.outlets import served, written

        registry, writing = self._exporter.registry, None
        with ExitStack() as stack:
            if self._args.metrics_port is not None:
                host = self._args.metrics_host or LOOPBACK
                port = stack.enter_context(served(registry, host, self._args.metrics_port))
                self.url = f"http://{host}:{port}/metrics"
            if self._args.metrics_file is not None:
                writing = asyncio.create_task(written(registry, Path(self._args.metrics_file)))
            try:
                yield
            finally:
                if writing is not None:
                    writing.cancel()
                    await asyncio.gather(writing, return_exceptions=True)
