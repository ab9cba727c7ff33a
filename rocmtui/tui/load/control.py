"""From a load plan to what a session does."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.session.face_ports import Session
from rocmtui.core.session.view import SessionView
from rocmtui.tui.load.plan import LoadChoice

RUNNING = ("preparing", "warmup", "measured")


def running_scenario(view: SessionView) -> Scenario | None:
    """The load under way, with the concurrency or rate it was given since; None when none is."""
    scenario, live = view.scenario, view.live
    if scenario is None or live is None or live.phase not in RUNNING:
        return None
    shape = scenario.shape
    if isinstance(shape, ClosedLoop) and live.concurrency is not None:
        return msgspec.structs.replace(scenario, shape=ClosedLoop(concurrency=live.concurrency))
    if isinstance(shape, OpenLoop) and live.rate is not None:
        return msgspec.structs.replace(scenario, shape=msgspec.structs.replace(shape, rate=live.rate))
    return scenario


async def apply_choice(
    session: Session, choice: LoadChoice, begin: Callable[[Scenario], Awaitable[object]]
) -> None:
    """Change the running load where that is enough, else start a new one. Raises RocmtuiError."""
    shape = choice.scenario.shape
    if not choice.live:
        await begin(choice.scenario)
    elif isinstance(shape, ClosedLoop):
        await session.set_concurrency(shape.concurrency)
    else:
        await session.set_rate(shape.rate)
