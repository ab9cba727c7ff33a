"""The demo: a small real model, four slots and four workers, from nothing."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.server.state import LaunchPlan, ServerState, ServerStatus, StageMark
from rocmtui.core.session.events import ServerChanged
from rocmtui.core.session.ports import Clock
from rocmtui.core.text import forms
from rocmtui.services.session.live import LiveSession

ModelMaker = Callable[[Callable[[int, int], None], Callable[[str], None]], str]
"""Gives the model's path; told of bytes done and in all, and of one notice. Blocks."""


def demo_plan(model: str, parallel: int) -> LaunchPlan:
    """How the demo's server is started."""
    return LaunchPlan(model=model, parallel=parallel, ctx_per_slot=2048, alias="gemma-3-270m")


def demo_scenario(concurrency: int, seconds: float | None = None) -> Scenario:
    """The demo's load: endless unless `seconds` are given."""
    return Scenario(
        shape=ClosedLoop(concurrency=concurrency),
        prompt=PromptPlan(tokens=96),
        max_tokens=64,
        duration_s=seconds,
        slo=("ttft_p95<2s",),
    )


async def start_demo_server(
    session: LiveSession, make_model: ModelMaker, clock: Clock, parallel: int
) -> ServerStatus:
    """Assemble the model where that is still to be done, and start the server on it.

    A cancelled call leaves no half-made file. Raises UsageError when the model cannot be had.
    """
    loop = asyncio.get_running_loop()
    given_up = threading.Event()
    since_ns = clock.monotonic_ns()

    def show(done: int, total: int) -> None:
        if given_up.is_set():
            raise InterruptedError
        detail = f"{forms.share(done / max(total, 1))} of {forms.size(total)}"
        stage = StageMark(name="unpacking the demo model", at_ns=since_ns, detail=detail)
        status = ServerStatus(state=ServerState.STARTING, since_ns=since_ns, stages=(stage,))
        loop.call_soon_threadsafe(session.emit, ServerChanged(at_ns=clock.monotonic_ns(), status=status))

    def note(text: str) -> None:
        loop.call_soon_threadsafe(session.notice, text)

    try:
        model = await asyncio.to_thread(make_model, show, note)
    except asyncio.CancelledError:
        given_up.set()
        raise
    return await session.start_server(demo_plan(model, parallel))
