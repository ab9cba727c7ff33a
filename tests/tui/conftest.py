"""The app's tests wait until it has done what it was told, and parse its sheets once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet

SOON_S = 0.02
"""What falls due so soon belongs to what was told: the next update of the screen."""
THREAD_S = 0.001
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
    began_s = soon_s = loop.time()
    while loop.time() < began_s + LONGEST_S:
        await asyncio.sleep(0)
        if loop._ready:
            soon_s = loop.time()
            continue
        due_s = min((timer.when() for timer in loop._scheduled if not timer.cancelled()), default=soon_s + 1)
        threads = {future for future in _in_threads if future.get_loop() is loop and not future.done()}
        if threads:
            await asyncio.sleep(THREAD_S)
        elif due_s < soon_s + SOON_S:
            await asyncio.sleep(due_s - loop.time())
        else:
            return


@pytest.fixture(autouse=True)
def no_idle_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stylesheet, "_parse_rules", parse_rules)
    monkeypatch.setattr(asyncio.BaseEventLoop, "run_in_executor", run_in_executor)
    monkeypatch.setattr("textual.pilot.wait_for_idle", until_idle)
    monkeypatch.setattr("textual.app.wait_for_idle", until_idle)
