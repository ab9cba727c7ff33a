"""Options of traces."""

from __future__ import annotations

import argparse

import pytest

from rocmtui.cli.options.load import add_load_options
from rocmtui.cli.options.scenario import scenario_from
from rocmtui.cli.options.server import add_server_options
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.load.workload import TracePlan
from rocmtui.errors import UsageError


def scenario(words: str, rate: float | None = 2.0) -> Scenario:
    parser = argparse.ArgumentParser()
    add_server_options(parser)
    add_load_options(parser)
    args = parser.parse_args(words.split())
    args.trace_rate = rate
    return scenario_from(args, slots=3)


def test_a_trace_is_open_at_its_times_with_the_cache_on() -> None:
    made = scenario("--trace t --time-scale 0.5 --sessions 0.1 --max-context 4096")
    assert made.trace == TracePlan(file="t", time_scale=0.5, sessions=0.1, max_context=4096)
    assert made.shape == OpenLoop(rate=2.0, arrivals="trace")
    assert (made.cache_prompt, made.duration_s, made.prompt.tokens) == (True, None, None)


def test_closed_or_without_times_it_has_workers() -> None:
    assert scenario("--trace t --closed --concurrency 5").shape == ClosedLoop(concurrency=5)
    assert scenario("--trace t", rate=None).shape == ClosedLoop(concurrency=3)


def test_a_data_set_with_times_is_open_at_them() -> None:
    assert scenario("--dataset d --timed").shape == OpenLoop(rate=2.0, arrivals="trace")
    faster = scenario("--dataset d --timed --time-scale 0.1")
    assert faster.shape == OpenLoop(rate=20.0, arrivals="trace")
    assert (faster.prompt.timed, faster.prompt.time_scale) == (True, 0.1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--time-scale 2", "--time-scale belongs to --trace"),
        ("--dataset d --timed --time-scale 0", "--time-scale 0 is out of range"),
        ("--closed", "--closed belongs to --trace"),
        ("--sessions 0", "--sessions belongs to --trace"),
        ("--trace t --prompt hi", "--trace says what is sent and when, --prompt too"),
        ("--trace t --rate 2", "--trace says what is sent and when, --rate too"),
        ("--trace t --concurrency 2", "a trace at its own times has no workers"),
        ("--trace t --arrivals poisson", "--arrivals belongs to --rate"),
        ("--trace t --sessions 2", "--sessions 2 is out of range"),
        ("--trace t --time-scale 0", "--time-scale 0 is out of range"),
        ("--trace t --closed --max-in-flight 2", "--max-in-flight belongs to planned times"),
        ("--dataset d --timed --rate 2", "--timed says when to send, --rate too"),
    ],
)
def test_what_cannot_be_is_one_clear_line(words: str, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        scenario(words)
    assert refusal.value.message.startswith(message)
