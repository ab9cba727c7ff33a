"""The search for the best load, against servers whose best load is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.sweep.plan import Level, SweepGoal, best_level, next_load

Server = Callable[[float], Level]
WORKERS = SweepGoal(axis="concurrency")
RATE = SweepGoal(axis="rate", first=0.5)


def run(goal: SweepGoal, server: Server) -> list[Level]:
    seen: list[Level] = []
    while (load := next_load(goal, seen)) is not None:
        seen.append(server(load))
        assert len(seen) < 40
    return seen


def slots_server(slots: int, *, slo_ms: float | None = None) -> Server:
    """Grows linearly up to its slots; beyond them requests queue and TTFT rises."""

    def level(load: float) -> Level:
        ttft_ms = 50 + 1000 * max(0.0, load - slots)
        met = None if slo_ms is None else ttft_ms <= slo_ms
        return Level(load=load, output_tps=30 * min(load, slots), ttft_p95_ms=ttft_ms, slo_met=met)

    return level


def rate_server(capacity: float) -> Server:
    return lambda load: Level(
        load=load, output_tps=32 * min(load, capacity), kept_up=min(1.0, capacity / load)
    )


@given(st.integers(min_value=1, max_value=60))
def test_the_knee_is_found_without_slos(slots: int) -> None:
    best = best_level(WORKERS, run(WORKERS, slots_server(slots)))
    assert best is not None
    assert 0.85 * slots - 1 <= best.load <= 1.1 * slots + 1


def test_one_flat_step_does_not_end_the_growth() -> None:
    measured = {1: 57.9, 2: 55.1, 4: 85.4, 8: 90.3, 16: 91.0}
    seen = run(WORKERS, lambda load: Level(load=load, output_tps=measured.get(load, 88.0)))
    assert [level.load for level in seen][:5] == [1, 2, 4, 8, 16]


@given(st.integers(min_value=1, max_value=60))
def test_under_an_slo_the_best_is_the_last_that_meets_it(slots: int) -> None:
    best = best_level(WORKERS, run(WORKERS, slots_server(slots, slo_ms=60)))
    assert best is not None
    assert best.slo_met
    assert 0.85 * slots - 1 <= best.load <= slots


@given(st.floats(min_value=0.05, max_value=100))
def test_the_highest_rate_a_server_keeps_up_with_is_found(capacity: float) -> None:
    best = best_level(RATE, run(RATE, rate_server(capacity)))
    assert best is not None
    assert capacity / 1.12 <= best.load <= capacity / 0.9


def test_a_list_of_loads_is_run_as_given() -> None:
    goal = SweepGoal(axis="concurrency", loads=(8, 1, 3))
    assert [level.load for level in run(goal, slots_server(4))] == [8, 1, 3]


def test_the_limit_is_never_passed() -> None:
    goal = SweepGoal(axis="parallel", limit=12)
    assert max(level.load for level in run(goal, slots_server(64))) == 12


def test_a_server_that_does_not_start_bounds_the_search() -> None:
    def server(load: float) -> Level:
        if load > 5:
            return Level(load=load, problem="out of memory")
        return Level(load=load, output_tps=30 * load)

    seen = run(SweepGoal(axis="parallel"), server)
    best = best_level(SweepGoal(axis="parallel"), seen)
    assert best is not None
    assert best.load == 5


@pytest.mark.parametrize("problem", ["every request failed", None])
def test_nothing_acceptable_means_no_answer(problem: str | None) -> None:
    seen = run(WORKERS, lambda load: Level(load=load, problem=problem, slo_met=False, output_tps=1.0))
    assert [level.load for level in seen] == [1]
    assert best_level(WORKERS, seen) is None
