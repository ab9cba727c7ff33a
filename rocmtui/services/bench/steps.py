"""The steps a bench and a sweep share: a server made ready, a load measured on it."""

from __future__ import annotations

import asyncio

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.document import Report
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus
from rocmtui.core.text.sanitize import clean_line
from rocmtui.errors import RocmtuiError
from rocmtui.services.bench.ports import BenchSession


def is_ready(session: BenchSession) -> bool:
    """Whether the session's server can be measured."""
    return session.view().server.state is ServerState.READY


async def problem_of_start(session: BenchSession, plan: LaunchPlan) -> str | None:
    """Start a server; why it is not ready, in one line, or None when it is."""
    try:
        status = await session.start_server(plan)
    except RocmtuiError as error:
        return clean_line(error.message)
    return None if status.state is ServerState.READY else why(status)


async def measure(session: BenchSession, scenario: Scenario) -> Report | None:
    """Run a load to its end and its run saved; when cancelled, the load is stopped as interrupted."""
    try:
        await session.start_load(scenario)
        return await session.wait_load()
    except asyncio.CancelledError:
        await session.stop_load("interrupted")
        raise


def run_name(session: BenchSession) -> str | None:
    """The folder of the newest run, without its path."""
    return (session.view().run_dir or "").rpartition("/")[2] or None


def why(status: ServerStatus) -> str:
    """Why a server is not ready, in one line."""
    if status.diagnosis is not None:
        return clean_line(f"{status.diagnosis.cause}: {status.diagnosis.remedy}")
    return f"the server is {status.state.value}"
