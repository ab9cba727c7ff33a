"""The plan of an open loop."""

from __future__ import annotations

from itertools import islice, pairwise
from statistics import mean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.load.arrivals import arrival_offsets_ns, worker_start_s


def first(count: int, rate: float, arrivals: str, seed: int = 1, ramp_s: float = 0.0) -> list[int]:
    return list(islice(arrival_offsets_ns(rate, arrivals, seed, ramp_s), count))  # type: ignore[arg-type]


def test_constant_arrivals_do_not_drift() -> None:
    assert first(4, 3.0, "constant") == [0, 333_333_333, 666_666_667, 1_000_000_000]
    assert first(300_001, 3.0, "constant")[-1] == 100_000 * 10**9


def test_poisson_gaps_have_the_mean_and_the_spread_of_the_rate() -> None:
    gaps = [b - a for a, b in pairwise(first(20_001, 50.0, "poisson"))]
    assert mean(gaps) == pytest.approx(20e6, rel=0.03)
    assert pstdev(gaps) == pytest.approx(20e6, rel=0.05)


def test_a_seed_gives_the_same_plan_again_and_another_seed_another() -> None:
    assert first(50, 10, "poisson", seed=3) == first(50, 10, "poisson", seed=3)
    assert first(50, 10, "poisson", seed=3) != first(50, 10, "poisson", seed=4)


def test_in_a_ramp_the_rate_rises_linearly() -> None:
    offsets = first(200, 10.0, "constant", ramp_s=10.0)
    in_ramp = [at for at in offsets if at < 10e9]
    first_half = [at for at in in_ramp if at < 5e9]
    assert (len(first_half), len(in_ramp)) == (13, 50)
    assert offsets[60] - offsets[59] == 100_000_000


@given(st.floats(0.1, 1000), st.sampled_from(["constant", "poisson"]), st.floats(0, 20), st.integers(1, 5))
def test_plans_never_run_backwards(rate: float, arrivals: str, ramp_s: float, seed: int) -> None:
    offsets = first(100, rate, arrivals, seed, ramp_s)
    assert offsets == sorted(offsets)
    assert offsets[0] == 0


def test_workers_start_evenly_over_the_ramp() -> None:
    assert [worker_start_s(i, 4, 8.0) for i in range(4)] == [0.0, 2.0, 4.0, 6.0]
    assert worker_start_s(0, 1, 8.0) == 0.0
