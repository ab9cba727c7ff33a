"""`rocmtui watch`: a server watched without a screen, for dashboards."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sys

from rocmtui.cli.options.metrics import Outlet, add_metrics_options, exported
from rocmtui.cli.options.server import OneUrl, server_url
from rocmtui.core.server.state import ServerState
from rocmtui.core.session.view import SessionView
from rocmtui.core.text import forms
from rocmtui.errors import ExitCode, UsageError

USAGE = "rocmtui watch --url URL [OPTIONS]"
DESCRIPTION = (
    "Watch a running server and the AMD GPUs without a screen: metrics for Prometheus on a port or in a "
    "file, until Ctrl-C. The server is left alone; a sleeping model or card is not woken."
)
EXAMPLES = """\
  rocmtui watch --url http://127.0.0.1:8080 --metrics-port 9464
  rocmtui watch --url http://127.0.0.1:8080 --metrics-file /var/lib/rocmtui.prom
exit codes: 0 ended by Ctrl-C, 2 bad input, 4 no server"""
LINE_S = 1.0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Options of `rocmtui watch`."""
    parser.add_argument("--url", metavar="URL", action=OneUrl, required=True, help="the server to watch")
    parser.add_argument("--api-key-env", metavar="NAME", help="variable that holds the API key")
    parser.add_argument("--quiet", action="store_true", help="no line about what the server does")
    add_metrics_options(parser, otlp=False)


def run(args: argparse.Namespace) -> int:
    """Watch until a signal; returns the exit code."""
    if not exported(args):
        raise UsageError("watch for whom?", "give --metrics-port or --metrics-file")
    with contextlib.suppress(asyncio.CancelledError):
        asyncio.run(_watch(args))
    return ExitCode.DONE


async def _watch(args: argparse.Namespace) -> None:
    from rocmtui.cli.output.narrator import Narrator
    from rocmtui.cli.run.signals import cancelled_by_signals
    from rocmtui.wiring.sessions import live_session

    outlet = Outlet(args)
    session = live_session(listeners=outlet.listeners)
    narrator = Narrator(None if args.quiet else sys.stderr)
    session.begin()
    try:
        async with outlet.open(session.view):
            with cancelled_by_signals():
                await session.attach(server_url(args.url), args.api_key_env)
                if outlet.url:
                    narrator.say(f"metrics: {outlet.url}")
                while True:
                    await asyncio.sleep(LINE_S)
                    if narrator.redraws:
                        narrator.redraw(_line(session.view()))
    finally:
        narrator.clear()
        await session.close()


def _line(view: SessionView) -> str:
    """What the server does now, on one line."""
    state = view.server.state
    if state is not ServerState.READY:
        return str(state)
    busy = sum(slot.is_processing for slot in view.slots)
    speed = view.traffic.decode_tps if view.traffic else None
    slots = f"{busy}/{len(view.slots)} slots" if view.slots else "slots -"
    return f"ready  {slots}  decode {forms.tps(speed)} tok/s"
