"""Runs the demo, in the app or without a terminal."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Awaitable, Callable

from rocmtui.adapters.clock import SystemClock
from rocmtui.adapters.demo_model import demo_model_path
from rocmtui.core.server_state import ServerState
from rocmtui.services.demo import demo_scenario, start_demo_server
from rocmtui.services.session import LiveSession
from rocmtui.wiring.sessions import live_session

HEADLESS_SECONDS = 20.0


def make_model(progress: Callable[[int, int], None], notice: Callable[[str], None]) -> str:
    """The demo model's path."""
    return str(demo_model_path(progress, notice))


async def begin_demo(
    session: LiveSession, parallel: int = 4, concurrency: int = 4, seconds: float | None = None
) -> None:
    """Server, then load. Raises the reason when the server does not become ready."""
    status = await start_demo_server(session, make_model, SystemClock(), parallel)
    if status.state is not ServerState.READY:
        raise session.server_error()
    await session.start_load(demo_scenario(concurrency, seconds))


def in_app(args: argparse.Namespace) -> int:
    """The demo on the screen."""
    from rocmtui.cli.app_runner import run_app

    def first(session: LiveSession) -> Callable[[], Awaitable[None]]:
        return lambda: begin_demo(session, args.parallel, args.concurrency, args.seconds)

    return run_app(first, theme=args.theme)


def headless(args: argparse.Namespace) -> int:
    """The demo without a screen; prints the summary table."""
    from rocmtui.cli.headless import run_headless
    from rocmtui.cli.output import summary_table
    from rocmtui.cli.progress import Progress
    from rocmtui.core.run_exit import exit_code_of

    seconds = args.seconds or HEADLESS_SECONDS
    progress = Progress(sys.stderr, duration_s=seconds)
    session = live_session(listeners=(progress,))
    done = asyncio.run(
        run_headless(session, lambda: begin_demo(session, args.parallel, args.concurrency, seconds))
    )
    progress.clear()
    sys.stdout.write(summary_table(done.report, done.path))
    return exit_code_of(done.report)
