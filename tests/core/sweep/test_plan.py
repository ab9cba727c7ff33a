"""The search for the best load, against servers whose best load is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.sweep.plan import Level, SweepGoal, advised, best_level, load_to_confirm, next_load

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


def looked_at_again(goal: SweepGoal, found: list[Level], confirmed_up_to: float) -> list[Level]:
    looks: list[Level] = []
    while (load := load_to_confirm(goal, [*found, *looks])) is not None:
        looks.append(Level(load=load, confirms=True, output_tps=1.0, slo_met=load <= confirmed_up_to))
        assert len(looks) <= 8
    return looks


@pytest.mark.parametrize("true", [4.2, 5.0, 5.9, 7.9])
def test_a_rate_under_slos_is_narrowed_by_looks(true: float) -> None:
    """Whatever chance made of the search, which ended at 6 here."""
    found = [Level(load=load, output_tps=load, slo_met=load < 7) for load in (2, 4, 6, 8)]
    looks = looked_at_again(RATE, found, true)
    best = advised(RATE, [*found, *looks])
    assert best is not None
    assert 0.96 * true <= best.load <= true
    assert len({level.load for level in looks}) == len(looks)


def test_no_rate_beyond_the_limit_or_the_list_is_looked_at() -> None:
    found = [Level(load=load, output_tps=load, slo_met=True) for load in (2, 4, 8)]
    for goal in (SweepGoal(axis="rate", limit=8), SweepGoal(axis="rate", loads=(2, 4, 8))):
        assert [level.load for level in looked_at_again(goal, found, 100)] == [7.6, 8]


def test_a_level_barely_beyond_the_capacity_does_not_tell_it() -> None:
    """Its completions are little more than what was sent."""
    found = [
        Level(load=4, output_tps=4, kept_up=1.0, capacity_rps=3.9),
        Level(load=5, output_tps=5, kept_up=0.88, capacity_rps=4.5),
        Level(load=12, output_tps=6, kept_up=0.5, capacity_rps=6.0),
    ]
    assert load_to_confirm(RATE, found) == pytest.approx(0.95 * 6.0)


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
