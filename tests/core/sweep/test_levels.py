"""What a level of a sweep says of the server, on runs of servers whose capacity is known."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from rocmtui.core.load.arrivals import arrival_offsets_ns
from rocmtui.core.load.scenario import Arrivals
from rocmtui.core.report.build import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.sweep.plan import SweepGoal, best_level, next_load
from rocmtui.core.sweep.report import level_of
from tests.fakes.made_report import build_report

SECONDS = 20.0
GOAL = SweepGoal(axis="rate", first=0.5, limit=16)


def requests(
    rate: float, arrivals: Arrivals, seed: int, alone_s: float, capacity: float
) -> Iterator[RequestRecord]:
    """Each takes `alone_s` once it is begun; `capacity` of them are begun in a second, in order."""
    begin_s = 0.0
    for number, offset_ns in enumerate(arrival_offsets_ns(rate, arrivals, seed)):
        sent_s = offset_ns / 1e9
        if sent_s >= SECONDS:
            return
        begin_s = max(sent_s, begin_s + 1 / capacity)
        times = (sent_s, begin_s + alone_s / 2, begin_s + alone_s, begin_s + alone_s)
        sent, first, last, done = (round(at_s * 1e9) for at_s in times)
        yield RequestRecord(
            id=number,
            worker=0,
            phase=Phase.MEASURED,
            sent_ns=sent,
            first_token_ns=first,
            last_token_ns=last,
            done_ns=done,
            output_tokens=64,
        )


def swept(arrivals: Arrivals, seed: int, alone_s: float, capacity: float) -> float:
    levels = []
    while (load := next_load(GOAL, levels)) is not None:
        records = list(requests(load, arrivals, seed, alone_s, capacity))
        levels.append(level_of(load, build_report(RunFacts(tool_version="1", unix_ns=0), records)))
    best = best_level(GOAL, levels)
    assert best is not None
    return best.load


@pytest.mark.parametrize("alone_s", [0.5, 3.0, 8.0])
@pytest.mark.parametrize("arrivals", ["poisson", "constant"])
def test_long_requests_and_chance_saturate_no_server(arrivals: Arrivals, alone_s: float) -> None:
    for seed in range(2 if arrivals == "poisson" else 1):
        assert swept(arrivals, seed, alone_s, 1e9) == GOAL.limit


@pytest.mark.parametrize("alone_s", [0.5, 5.0])
def test_the_rate_a_server_keeps_up_with_is_found(alone_s: float) -> None:
    capacity = 6.0
    assert capacity / 1.12 <= swept("constant", 1, alone_s, capacity) <= capacity / 0.88
    assert capacity / 1.5 <= swept("poisson", 1, alone_s, capacity) <= capacity * 1.5
