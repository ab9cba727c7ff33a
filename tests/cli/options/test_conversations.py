"""Options of conversations."""

from __future__ import annotations

import argparse

import pytest

from rocmtui.cli.options.load import add_load_options
from rocmtui.cli.options.scenario import scenario_from
from rocmtui.cli.options.server import add_server_options
from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.errors import UsageError


def scenario(words: str, *, talks: bool = False) -> Scenario:
    parser = argparse.ArgumentParser()
    add_server_options(parser)
    add_load_options(parser)
    args = parser.parse_args(words.split())
    args.talks = talks
    return scenario_from(args, slots=2)


def test_conversations_run_all_at_once_each_once_with_the_cache_on() -> None:
    made = scenario("--conversations 8 --turns 6 --turn-tokens 200:150 --system-tokens 3000 --think 2s")
    assert made.conversations == ConversationPlan(
        count=8, turns=6, turn_tokens=200, system_tokens=3000, think_s=2.0
    )
    assert made.shape == ClosedLoop(concurrency=8)
    assert (made.max_tokens, made.cache_prompt, made.temperature) == (150, True, 0.0)
    assert (made.requests, made.duration_s) == (None, None)
    assert scenario("--conversations 8 --concurrency 3").shape == ClosedLoop(concurrency=3)


def test_those_of_a_data_set_run_one_a_slot() -> None:
    found = scenario("--dataset d.jsonl --replies recorded --shared-system", talks=True)
    assert found.conversations == ConversationPlan(turns=4, replies="recorded", shared_system=True)
    assert found.shape == ClosedLoop(concurrency=2)
    assert scenario("--dataset d.jsonl --rate 2").conversations is None


def test_loads_of_single_requests_are_as_ever() -> None:
    plain = scenario("")
    assert (plain.conversations, plain.cache_prompt, plain.temperature, plain.duration_s) == (
        None,
        False,
        0.8,
        30.0,
    )


@pytest.mark.parametrize(
    ("words", "talks", "message"),
    [
        ("--turns 3", False, "--turns belongs to conversations"),
        ("--dataset d --think 1s", False, "--think belongs to conversations"),
        ("--shared-system", False, "--shared-system belongs to conversations"),
        ("--conversations 0", False, "--conversations 0 is out of range"),
        ("--conversations 2 --turns 0", False, "--turns 0 is out of range"),
        ("--conversations 2 --turn-tokens 5:x", False, "--turn-tokens '5:x' is no length"),
        ("--conversations 2 --turn-tokens 0", False, "--turn-tokens '0' is no length"),
        ("--conversations 2 --think soon", False, "--think 'soon' is no time"),
        ("--conversations 2 --prompt hi", False, "--conversations are made of words, --prompt is one prompt"),
        ("--conversations 2 --replies recorded", False, "made conversations have no recorded replies"),
        ("--conversations 2 --rate 3", False, "--rate sends requests, not conversations"),
        ("--conversations 2 --endpoint completion", False, "--endpoint completion has no conversations"),
        ("--dataset d --turns 3", True, "--turns belongs to made conversations"),
        ("--dataset d --system-tokens 0", True, "--system-tokens belongs to made conversations"),
        ("--max-in-flight 0", False, "--max-in-flight belongs to --rate"),
        ("--lenient", False, "--lenient belongs to --dataset"),
        ("--timed", False, "--timed belongs to --dataset"),
    ],
)
def test_what_cannot_be_is_one_clear_line(words: str, talks: bool, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        scenario(words, talks=talks)
    assert refusal.value.message.startswith(message)
