"""Runs the demo, in the app or without a terminal."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.models.demo_model import demo_model_path
from rocmtui.core.server.state import ServerState
from rocmtui.services.session.demo import demo_scenario, start_demo_server
from rocmtui.services.session.live import LiveSession


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
