"""What a level of a sweep says of the server, on runs of servers whose capacity is known."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import pytest

from rocmtui.core.load.arrivals import arrival_offsets_ns
from rocmtui.core.load.scenario import Arrivals, ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.sweep.plan import Level, SweepGoal, best_level, next_load
from rocmtui.core.sweep.report import SweepPlan, TriedLevel, advice_of, level_of
from tests.fakes.made_report import build_report

SECONDS = 20.0
RATE = Scenario(shape=OpenLoop(rate=1), prompt=PromptPlan(tokens=32))
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
        sent = list(requests(load, arrivals, seed, alone_s, capacity))
        facts = RunFacts(tool_version="1", unix_ns=0, scenario=RATE)
        levels.append(level_of(load, build_report(facts, sent)))
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


def records(n: int, *, tokens: int = 32, slow: int = 0) -> list[RequestRecord]:
    """One stream, a second a request; the last `slow` of them have a TTFT of 900 ms, the others of 100."""
    made = []
    for number in range(n):
        first = number + (0.9 if number >= n - slow else 0.1)
        made.append(
            RequestRecord(
                id=number,
                worker=0,
                phase=Phase.MEASURED,
                sent_ns=number * 10**9,
                first_token_ns=round(first * 1e9) if tokens else None,
                last_token_ns=(number + 1) * 10**9 if tokens else None,
                done_ns=(number + 1) * 10**9,
                output_tokens=tokens,
            )
        )
    return made


def level(made: list[RequestRecord], *, confirms: bool = False) -> Level:
    scenario = Scenario(
        shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=32), slo=("ttft_p95<500ms",)
    )
    facts = RunFacts(tool_version="1", unix_ns=0, scenario=scenario)
    return level_of(1, build_report(facts, made), confirms=confirms)


def test_a_level_without_tokens_has_failed() -> None:
    assert level(records(20, tokens=0)).problem is not None


def test_speeds_are_those_of_the_steady_state() -> None:
    """Workers that run out of work one by one make a window slower than the server is."""
    made = records(20)
    late = msgspec.structs.replace(made[-1], done_ns=60 * 10**9, last_token_ns=60 * 10**9)
    drained = build_report(RunFacts(tool_version="1", unix_ns=0), [*made[:-1], late])
    assert drained.throughput.output_tps == pytest.approx(32 * 20 / 60, rel=0.1)
    assert level_of(1, drained).output_tps == pytest.approx(32, rel=0.1)


def test_a_run_too_short_for_a_steady_state_says_so() -> None:
    assert "too short" in (level(records(1)).problem or "")


@pytest.mark.parametrize(("n", "slow", "sure"), [(20, 0, False), (300, 0, True), (300, 14, False)])
def test_an_slo_must_be_met_beyond_doubt_before_it_is_advised(n: int, slow: int, sure: bool) -> None:
    made = records(n, slow=slow)
    assert level(made).slo_met is True
    second = level(made, confirms=True)
    assert (second.slo_met, second.slo_doubted) == (sure, not sure)
    assert second.slo_words == ("SLO met" if sure else "SLO in doubt")


def test_slos_in_doubt_are_not_said_to_be_missed() -> None:
    found = Level(load=2, slo_met=True, output_tps=1.0)
    second = Level(load=2, slo_met=False, slo_doubted=True, output_tps=1.0, confirms=True)
    tried = (TriedLevel(level=found), TriedLevel(level=second))
    best, advice = advice_of(SweepPlan(goal=GOAL, scenario=RATE), tried)
    assert best is None
    assert advice.endswith("2 met the SLOs, but not beyond doubt: measure for more --seconds")
