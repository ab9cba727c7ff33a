"""How long the rest of a bench will take, from what its steps took so far."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import msgspec

from rocmtui.core.bench.plan.cells import Start


class Timing(msgspec.Struct, frozen=True, kw_only=True):
    """How long something took, to guess how long the rest will take."""

    model: str
    what: str
    """Test name, or `start`."""
    parallel: int
    seconds: float


def seconds_left(
    todo: Sequence[Start], timings: Sequence[Timing], *, is_started: bool = False
) -> float | None:
    """Estimate of the time left; None until something has been timed. `is_started`: the first of them is up.

    Each step is taken from the closest thing timed: same model, test and slots, then fewer of these.
    """
    if not timings:
        return None
    steps = [
        (start.setup.model, what, start.setup.parallel)
        for start in todo
        for what in ("start", *(test.name for test in start.tests))
    ]
    return sum(_closest(timings, *step) for step in steps[1 if is_started else 0 :])


def _closest(timings: Sequence[Timing], model: str, what: str, parallel: int) -> float:
    same_step = [t for t in timings if t.what == what]
    same_model = [t for t in same_step if t.model == model]
    same_slots = [t for t in same_model if t.parallel == parallel]
    return fmean(t.seconds for t in same_slots or same_model or same_step or timings)
