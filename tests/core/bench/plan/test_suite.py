"""The tests of a bench and the loads they are."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.bench.plan.cells import BenchPlan, checked
from rocmtui.core.bench.plan.suite import CONCURRENT, DECODE, NEIGHBOUR, PREFILL, TTFT, BenchTest
from rocmtui.core.load.scenario import ClosedLoop, NeighbourPlan, Scenario
from rocmtui.errors import UsageError


def load_of(test: BenchTest, parallel: int = 4) -> Scenario:
    return test.scenario(parallel=parallel, seed=1, endpoint="completion", timeout_s=60)


def at(test: BenchTest, depth: int) -> BenchTest:
    return msgspec.structs.replace(test, depth=depth)


@pytest.mark.parametrize(
    ("test", "name"),
    [
        (at(DECODE, 4096), "tg128 @ d4096"),
        (at(PREFILL, 4096), "pp512 @ d4096"),
        (at(CONCURRENT, 4096), "tg32 @ d4096 all slots"),
        (msgspec.structs.replace(DECODE, prompt_tokens=2048), "tg128 @ d2048"),
        (msgspec.structs.replace(PREFILL, prompt_tokens=2048), "pp2048"),
        (NEIGHBOUR, "tg256 beside pp2048"),
    ],
)
def test_names_tell_the_depth(test: BenchTest, name: str) -> None:
    assert test.name == name


def test_a_context_is_filled_once_by_the_requests_before() -> None:
    cold = msgspec.structs.replace(CONCURRENT, depth=4096, warmup=0)
    load = load_of(cold)
    assert (load.prompt.tokens, load.prompt.shared_prefix_tokens, load.prompt.depth_tokens) == (
        4128,
        4096,
        4096,
    )
    assert (load.cache_prompt, load.warmup_requests, load.requests) == (True, 4, 16)
    assert cold.tokens == 4096 + 32 + 32


def test_without_a_depth_prompts_are_cold() -> None:
    load = load_of(CONCURRENT)
    assert (load.prompt.tokens, load.prompt.depth_tokens, load.cache_prompt) == (32, 0, False)


def test_a_neighbour_takes_one_slot_and_ends_the_load() -> None:
    load = load_of(NEIGHBOUR)
    assert load.shape == ClosedLoop(concurrency=3)
    assert load.requests is None
    assert load.neighbour == NeighbourPlan(tokens=2048, requests=3)
    assert load_of(NEIGHBOUR, parallel=1).shape == ClosedLoop(concurrency=1)


@pytest.mark.parametrize(
    ("test", "says"),
    [
        (at(TTFT, 64), "has no depth"),
        (at(DECODE, -1), "has no depth"),
        (at(DECODE, 4000), "needs 4160 tokens of context"),
        (msgspec.structs.replace(NEIGHBOUR, attack_tokens=4096), "needs 4097 tokens of context"),
        (msgspec.structs.replace(NEIGHBOUR, attack_tokens=0), "attack_tokens"),
        (msgspec.structs.replace(DECODE, attack_tokens=9), "attack_tokens"),
    ],
)
def test_what_cannot_be_is_refused(test: BenchTest, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        checked(BenchPlan(models=("m.gguf",), tests=(test,)))
