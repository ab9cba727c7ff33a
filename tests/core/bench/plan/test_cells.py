"""The order of a bench, what is left after an interruption, and plans that cannot be run."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.bench.plan.cells import BenchPlan, CellKey, checked, starts
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, PREFILL, TTFT
from rocmtui.core.bench.plan.time_left import Timing, seconds_left
from rocmtui.core.bench.plan.variant import Variant
from rocmtui.core.load.scenario import ClosedLoop
from rocmtui.core.server.state import LaunchPlan
from rocmtui.errors import UsageError

A, B = Variant(label="A"), Variant(label="B", flags=("-fa", "off"))


def plan(**changes: Any) -> BenchPlan:
    return BenchPlan(
        **{"models": ("m.gguf",), "variants": (A, B), "tests": (DECODE,), "rounds": 3, **changes}
    )


def keys_of(bench: BenchPlan, done: set[CellKey] | None = None) -> list[CellKey]:
    return [(s.setup.key, t.name, s.round) for s in starts(bench, done or set()) for t in s.tests]


def test_rounds_alternate_a_b_b_a() -> None:
    assert [s.setup.variant.label for s in starts(plan())] == ["A", "B", "B", "A", "A", "B"]


def test_variants_stay_side_by_side_over_slots_and_models_come_one_at_a_time() -> None:
    order = [
        (s.setup.model, s.round, s.setup.parallel, s.setup.variant.label)
        for s in starts(plan(models=("m", "n"), parallel=(1, 4), rounds=2))
    ]
    assert order[:8] == [
        ("m", 0, 1, "A"),
        ("m", 0, 1, "B"),
        ("m", 0, 4, "A"),
        ("m", 0, 4, "B"),
        ("m", 1, 4, "B"),
        ("m", 1, 4, "A"),
        ("m", 1, 1, "B"),
        ("m", 1, 1, "A"),
    ]
    assert {model for model, *_ in order[8:]} == {"n"}


def test_the_seed_is_the_same_for_both_variants_of_a_round_and_changes_with_it() -> None:
    bench = plan()
    seeds = [bench.scenario_for(s.setup, DECODE, s.round).seed for s in starts(bench)]
    assert seeds == [1, 1, 2, 2, 3, 3]


@given(st.data())
def test_what_is_done_is_not_run_again_and_nothing_else_is_lost(data: st.DataObject) -> None:
    bench = plan(parallel=(1, 4), tests=(DECODE, TTFT), models=("m", "n"))
    every = keys_of(bench)
    done = set(data.draw(st.lists(st.sampled_from(every), unique=True)))
    assert keys_of(bench, done) == [key for key in every if key not in done]


def test_a_start_is_left_out_only_when_all_its_tests_are_done() -> None:
    bench = plan(tests=(DECODE, TTFT), rounds=1)
    first = starts(bench)[0].setup.key
    assert [len(s.tests) for s in starts(bench, {(first, DECODE.name, 0)})] == [1, 2]
    assert len(starts(bench, {(first, DECODE.name, 0), (first, TTFT.name, 0)})) == 1


def test_prompts_are_cold_and_only_concurrent_uses_all_slots() -> None:
    bench = plan(parallel=(4,))
    setup = starts(bench)[0].setup
    loads = {t.name: bench.scenario_for(setup, t, 0) for t in (DECODE, TTFT, PREFILL, CONCURRENT)}
    assert {name: load.shape for name, load in loads.items()} == {
        "tg128": ClosedLoop(concurrency=1),
        "ttft32": ClosedLoop(concurrency=1),
        "pp512": ClosedLoop(concurrency=1),
        "tg32 all slots": ClosedLoop(concurrency=4),
    }
    assert [(load.cache_prompt, load.prompt.nonce) for load in loads.values()] == [(False, True)] * 4
    assert (loads["tg32 all slots"].requests, loads["tg32 all slots"].warmup_requests) == (16, 4)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"models": ()}, "no model"),
        ({"models": ("m", "m")}, "--model names the same value twice"),
        ({"parallel": (4, 4)}, "--parallel names"),
        ({"rounds": 0}, "1 or more"),
        ({"parallel": (0,)}, "1 or more"),
        ({"launch": LaunchPlan(model="", extra_args=("-hft", "x"))}, "a token after"),
        ({"tests": ()}, "needs tests"),
        ({"tests": (DECODE, DECODE)}, "each once"),
        ({"contexts": (None, 512), "tests": (PREFILL,)}, "pp512 needs 513 tokens of context, a slot has 512"),
    ],
)
def test_plans_that_cannot_be_run_are_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        checked(plan(**changes))


def test_time_left_is_taken_from_the_closest_thing_timed() -> None:
    bench = plan(rounds=1, parallel=(1, 4))
    todo = starts(bench)
    assert seconds_left(todo, ()) is None
    timings = [
        Timing(model="m.gguf", what="start", parallel=1, seconds=2.0),
        Timing(model="m.gguf", what="tg128", parallel=1, seconds=10.0),
        Timing(model="m.gguf", what="tg128", parallel=4, seconds=20.0),
        Timing(model="n.gguf", what="tg128", parallel=1, seconds=900.0),
    ]
    assert seconds_left(todo, timings) == 4 * 2.0 + 2 * 10.0 + 2 * 20.0
