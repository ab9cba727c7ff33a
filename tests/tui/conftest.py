"""The app's tests wait until it has done what it was told, and parse its sheets once."""

from __future__ import annotations

import asyncio
import math
import time
from typing import Any

import pytest
from textual._context import active_app
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

SOON_S = 0.02
"""What falls due so soon belongs to what was told: the next update of the screen."""
THREAD_S = 0.001
MOMENT_S = 0.005
LONGEST_S = 10.0
"""For an app that never rests."""

_parse_rules = Stylesheet._parse_rules
_parsed: dict[object, list[RuleSet]] = {}
_in_threads: set[asyncio.Future[Any]] = set()
_run_in_executor = asyncio.BaseEventLoop.run_in_executor


def parse_rules(sheet: Stylesheet, css: str, **how: Any) -> list[RuleSet]:
    """Textual's own, whose every app would parse the same sheets anew."""
    key = (css, frozenset(sheet._variables.items()), *sorted(how.items()))
    if key not in _parsed:
        _parsed[key] = _parse_rules(sheet, css, **how)
    return _parsed[key]


def run_in_executor(loop: asyncio.BaseEventLoop, *work: Any) -> asyncio.Future[Any]:
    """The loop's own, and what it was given to do is known."""
    future = _run_in_executor(loop, *work)
    _in_threads.add(future)
    future.add_done_callback(_in_threads.discard)
    return future


async def until_idle(min_sleep: float = 0) -> None:
    """Until the loop has nothing to run, no thread works for it, and no timer falls due soon.

    Textual's own waits until a fiftieth of a second goes by in which the process hardly ran, which it also
    does on a machine whose cores others have.
    """
    loop: Any = asyncio.get_running_loop()
    end_s, quiet_s = loop.time() + LONGEST_S, None
    while loop.time() < end_s and not is_leaving():
        await asyncio.sleep(0)
        if loop._ready:
            quiet_s = None
            continue
        quiet_s = quiet_s or loop.time()  # after what was done, however long that took
        due_s = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=math.inf)
        if any(future.get_loop() is loop and not future.done() for future in list(_in_threads)):
            await asyncio.sleep(THREAD_S)
            quiet_s = None
        elif due_s < quiet_s + SOON_S:
            await asyncio.sleep(due_s - loop.time())
            quiet_s = None
        elif await nothing_runs():
            return


def is_leaving() -> bool:
    """Whether the app ends: its own tasks look many times a second whether the others have ended, too."""
    app = active_app.get(None)
    return app is not None and app._exit


async def nothing_runs() -> bool:
    """Whether hardly any time of a processor goes in a moment."""
    used_s = time.process_time()
    await asyncio.sleep(MOMENT_S)
    return time.process_time() - used_s < MOMENT_S / 10


@pytest.fixture(autouse=True)
def no_idle_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_rules)
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", run_in_executor)
    monkeypatch.setattr("textual.pilot.wait_for_idle", until_idle)
    monkeypatch.setattr("textual.app.wait_for_idle", until_idle)
