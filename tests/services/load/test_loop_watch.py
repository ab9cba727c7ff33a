"""The instrument watching itself."""

from __future__ import annotations

import asyncio

from rocmtui.services.load.loop_watch import LoopWatch
from tests.fakes.manual_clock import ManualClock


async def test_a_late_loop_is_noticed() -> None:
    clock, cpu = ManualClock(), [1.0]
    watch = LoopWatch(clock, lambda: cpu[0])
    task = asyncio.create_task(watch.run())
    await clock.advance(1.0)
    assert watch.lag_ms_max == 0.0
    clock.tick(0.08)  # the machine stood still
    await clock.advance(0.1)
    assert watch.lag_ms_max is not None
    assert 30.0 <= watch.lag_ms_max <= 80.0
    task.cancel()


async def test_cpu_is_told_as_a_share_of_the_time_since_the_last_question() -> None:
    clock, cpu = ManualClock(), [1.0]
    watch = LoopWatch(clock, lambda: cpu[0])
    assert watch.cpu_fraction() is None
    clock.tick(2.0)
    cpu[0] = 1.5
    assert (watch.cpu_fraction(), watch.cpu_seconds) == (0.25, 0.5)
    clock.tick(1.0)
    assert watch.cpu_fraction() == 0.0


def test_nothing_was_watched() -> None:
    watch = LoopWatch(ManualClock(), lambda: 0.0)
    assert (watch.lag_ms_p99, watch.lag_ms_max) == (None, None)
