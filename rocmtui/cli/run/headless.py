"""Runs a session without a screen, to the end of its load."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from rocmtui.cli.run.signals import on_signals
from rocmtui.core.report.document import Report
from rocmtui.errors import Interrupted, RunFolderError

if TYPE_CHECKING:
    from rocmtui.services.session.live import LiveSession


class HeadlessRun(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it."""

    report: Report
    path: Path
    failure: RunFolderError | None = None
    """Why the run folder is not complete."""


async def run_headless(
    session: LiveSession, begin: Callable[[], Awaitable[None]], *, keep_server: bool = False
) -> HeadlessRun:
    """Do `begin`, which starts or attaches and then begins a load; wait for the load's end; close all.

    SIGINT, SIGTERM and SIGHUP end the load and keep what was measured; before there is a load they end
    everything with Interrupted. Raises what `begin` raises.
    """
    beginning = asyncio.ensure_future(begin())
    ending: set[asyncio.Task[None]] = set()

    def interrupt() -> None:
        if beginning.done() or session.view().begins:
            ending.add(asyncio.create_task(session.stop_load("interrupted")))
        else:
            beginning.cancel()

    session.begin()
    kept = False
    with on_signals(interrupt):
        try:
            await beginning
            path = Path(session.view().run_dir or "")
            await session.wait_load()
            kept = keep_server
        except asyncio.CancelledError:
            raise Interrupted("interrupted before the load began; there is nothing to report") from None
        finally:
            await session.close(keep_server=kept)
    # Only now, when the server is gone, does the report know what memory it gave back.
    assert session.report is not None, "a load that ended has its report"
    return HeadlessRun(report=session.report, path=path, failure=session.run_failure)
