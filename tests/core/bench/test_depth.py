"""What depth costs, against lines that are known."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.bench.depth import DepthSlope, Line, crossing, depth_slopes, line_of
from rocmtui.core.bench.plan.cells import BenchPlan, Setup
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, PREFILL, TTFT, BenchTest
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.bench.text.depth_tables import cross_text, depth_tables, slope_text
from rocmtui.core.text.tables import terminal_table
from tests.fakes.made_bench import made_results

DEPTHS = (0, 4096, 16384)
TESTS = tuple(msgspec.structs.replace(DECODE, depth=depth) for depth in DEPTHS)
PLAN = BenchPlan(
    models=("m.gguf",),
    variants=(Variant(label="rocm"), Variant(label="vulkan")),
    tests=(*TESTS, TTFT),
    rounds=4,
)
NOISE = (1.004, 0.996, 1.002, 0.998)


def speeds(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
    """A token takes 10 ms and 2 % more each 1k tokens; `vulkan` starts at 9 ms, and 4 % of 10 ms each 1k."""
    at_zero, each = (10.0, 0.2) if setup.variant.label == "rocm" else (9.0, 0.4)
    ms = (at_zero + each * test.depth / 1000) * NOISE[round_]
    return {"output_tps_per_request": 1000 / ms, "kv_bytes": test.depth * 1024.0, "ttft": 1.0}


def slopes() -> tuple[DepthSlope, ...]:
    return depth_slopes(PLAN, made_results(PLAN, speeds))


def test_the_slope_is_the_lines() -> None:
    rocm, vulkan = slopes()
    assert rocm.per_1k == pytest.approx(1 / 1.02 - 1, rel=1e-6)
    assert vulkan.per_1k == pytest.approx(1 / (1 + 0.4 / 9) - 1, rel=1e-6)
    assert (rocm.test, rocm.depths) == ("tg128", DEPTHS)
    assert rocm.kv_bytes == (0.0, 4096 * 1024.0, 16384 * 1024.0)


def test_the_lines_cross_where_both_take_the_same_time() -> None:
    rocm, vulkan = slopes()
    assert rocm.crosses is None
    assert vulkan.crosses == pytest.approx(5000, rel=1e-3)
    low, high = vulkan.crosses_interval or (0, 0)
    assert low == pytest.approx(5000, rel=1e-3)
    assert high == pytest.approx(5000, rel=1e-3)


def test_noise_makes_an_interval_that_holds_the_truth() -> None:
    def noisy(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
        wobble = 1 + 0.02 * ((round_ + test.depth // 4096) % 3 - 1)
        return {"output_tps_per_request": speeds(setup, test, round_)["output_tps_per_request"] * wobble}

    rocm, vulkan = depth_slopes(PLAN, made_results(PLAN, noisy))
    low, high = rocm.interval or (0, 0)
    assert low < 1 / 1.02 - 1 < high < 0
    low, high = vulkan.crosses_interval or (0, 0)
    assert low < 5000 < high


def test_few_rounds_have_no_interval() -> None:
    plan = msgspec.structs.replace(PLAN, rounds=2)
    found = depth_slopes(plan, made_results(plan, speeds))[1]
    assert (found.interval, found.crosses_interval) == (None, None)
    assert found.crosses is not None


def test_lines_that_do_not_cross_within_the_depths_say_nothing() -> None:
    def apart(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
        slower = 1.5 if setup.variant.label == "vulkan" else 1.0
        return {"output_tps_per_request": 100 / slower * NOISE[round_]}

    found = depth_slopes(PLAN, made_results(PLAN, apart))[1]
    assert (found.crosses, found.per_1k) == (None, pytest.approx(0.0, abs=1e-9))


def test_a_crossing_that_might_be_anywhere_has_no_interval() -> None:
    at, ends = crossing([Line(1.0, -0.1), Line(-1.0, 0.3), Line(1.0, -0.5)])
    assert at is not None
    assert ends is None


def test_one_depth_is_no_line() -> None:
    assert line_of([(0, 10.0), (0, 11.0)]) is None
    one = msgspec.structs.replace(PLAN, tests=(DECODE, PREFILL, CONCURRENT))
    assert depth_slopes(one, made_results(one, lambda *_: {})) == ()


def test_a_depth_nobody_measured_is_left_out_of_the_line() -> None:
    def holes(setup: Setup, test: BenchTest, round_: int) -> dict[str, float]:
        return {} if test.depth == 4096 else speeds(setup, test, round_)

    found = depth_slopes(PLAN, made_results(PLAN, holes))[0]
    assert found.per_1k == pytest.approx(1 / 1.02 - 1, rel=1e-6)
    assert found.tps[1] is None


def test_words() -> None:
    rocm, vulkan = slopes()
    assert slope_text(msgspec.structs.replace(rocm, per_1k=-0.0193, interval=(-0.021, -0.0175))) == (
        "−1.9 % (−2.1 to −1.8)"
    )
    assert cross_text(rocm) == ""
    assert cross_text(msgspec.structs.replace(vulkan, crosses_interval=None)) == "about 5.0k"
    text = depth_tables(slopes(), terminal_table)
    assert "d4096" in text
    assert "as fast as the first at" in text
    assert "cache read in a step, MiB" in text
    assert "memory of the cards" not in text
