"""When the requests of an open loop are due: a seeded plan of absolute times, the same in every process."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from rocmtui.core.load.scenario import Arrivals


def arrival_offsets_ns(rate: float, arrivals: Arrivals, seed: int, ramp_s: float = 0.0) -> Iterator[int]:
    """Nanoseconds from the start of the load at which requests are due, without end.

    `constant` is one each 1/rate seconds, beginning at 0; `poisson` draws exponential gaps of that mean.
    With `ramp_s` the rate rises linearly from 0 over that time: the plan is drawn in units of expected
    requests and each is put where the integral of the rate reaches it.
    """
    expected = 0.0
    random = Random(f"arrivals {seed}")
    while True:
        yield round(_time_of(expected, rate, ramp_s) * 1e9)
        expected += 1.0 if arrivals == "constant" else random.expovariate(1.0)


def _time_of(expected: float, rate: float, ramp_s: float) -> float:
    """When `expected` requests should have been sent: the inverse of the integrated rate."""
    in_ramp = rate * ramp_s / 2
    if expected < in_ramp:
        return math.sqrt(2 * expected * ramp_s / rate)
    return ramp_s + (expected - in_ramp) / rate


def worker_start_s(index: int, concurrency: int, ramp_s: float) -> float:
    """When worker `index` of `concurrency` starts, spread evenly over the ramp: the first one at once."""
    return ramp_s * index / concurrency if concurrency > 1 else 0.0
