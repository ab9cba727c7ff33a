from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.load.draft.amounts import parse_duration, parse_rate
from rocmtui.core.load.draft.check import check_draft
from rocmtui.core.load.draft.fields import LoadDraft, can_change_live, draft_of
from rocmtui.core.load.draft.words import plan_words
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.errors import UsageError

replace = msgspec.structs.replace
TALKS = Scenario(
    shape=ClosedLoop(concurrency=2),
    prompt=PromptPlan(),
    conversations=ConversationPlan(count=8, turns=3, turn_tokens=100, system_tokens=50),
    cache_prompt=True,
    temperature=0.0,
)
DEEP = Scenario(
    shape=ClosedLoop(concurrency=4),
    prompt=PromptPlan(tokens=64 + 4096, shared_prefix_tokens=4096, depth_tokens=4096),
    cache_prompt=True,
    warmup_requests=1 + 4,
)


def check(**fields: object):
    return check_draft(LoadDraft(**fields))


def test_a_plain_draft_makes_a_scenario():
    checked = check(
        concurrency=6, prompt_tokens=512, max_tokens=64, requests=200, slo="ttft_p95<500ms, goodput>2"
    )
    assert checked.problems == {}
    assert checked.scenario == Scenario(
        shape=ClosedLoop(concurrency=6),
        prompt=PromptPlan(tokens=512),
        max_tokens=64,
        requests=200,
        slo=("ttft_p95<500ms", "goodput>2"),
    )


def test_an_open_loop_has_its_rate():
    scenario = check(shape="poisson", rate="30/min", duration="5m").scenario
    assert scenario is not None
    assert scenario.shape == OpenLoop(rate=0.5, arrivals="poisson")
    assert scenario.duration_s == 300.0


def test_each_problem_stands_at_its_field():
    checked = check(shape="constant", rate="fast", duration="soon", slo="ttft_p95<500", prompt_kind="file")
    assert checked.scenario is None
    assert set(checked.problems) == {"rate", "duration", "slo", "file"}
    assert checked.problems["rate"] == "requests per second, such as 2, 0.5 or 30/min"


def test_what_the_shape_does_not_use_is_not_judged():
    assert check(shape="closed", rate="nonsense").problems == {}


def test_a_prefix_longer_than_the_prompt_is_refused():
    assert check(prompt_tokens=64, shared_prefix_tokens=65).problems == {
        "shared_prefix": "longer than the prompt (64)"
    }


@pytest.mark.parametrize(
    "scenario",
    [
        Scenario(
            shape=ClosedLoop(concurrency=9),
            prompt=PromptPlan(tokens=77, shared_prefix_tokens=8),
            warmup_requests=3,
        ),
        Scenario(
            shape=OpenLoop(rate=2.5, arrivals="poisson"), prompt=PromptPlan(text="hello"), duration_s=90.0
        ),
        Scenario(shape=OpenLoop(rate=1.0), prompt=PromptPlan(dataset="/d.jsonl"), slo=("itl_p99<40ms",)),
        Scenario(
            shape=ClosedLoop(concurrency=1), prompt=PromptPlan(file="/p.txt", secret=True), timeout_s=7.0
        ),
        replace(
            TALKS,
            conversations=replace(TALKS.conversations, think_s=2.0, shared_system=True),
            fleet=("http://b:1",),
        ),
        Scenario(
            shape=OpenLoop(rate=1.0, arrivals="trace"),
            prompt=PromptPlan(),
            cache_prompt=True,
            trace=TracePlan(file="/t.jsonl", time_scale=0.1, max_context=4096),
        ),
        DEEP,
    ],
)
def test_a_scenario_survives_being_edited(scenario: Scenario):
    assert check_draft(draft_of(scenario), base=scenario).scenario == scenario


def test_conversations_depth_and_traces_are_typed_as_the_command_line_takes_them():
    typed = {"prompt_kind": "conversations", "turns": 3, "turn_tokens": 100, "system_tokens": 50}
    assert check(concurrency=2, conversations=8, **typed).scenario == TALKS
    assert plan_words(TALKS).startswith("2 workers · 8 conversations of 3 turns of 100 tokens")
    assert check(prompt_tokens=64, depth_tokens=4096, warmup_requests=1).scenario == DEEP
    assert plan_words(DEEP).startswith("4 workers · prompts of 64 tokens after 4,096")
    trace = check(
        prompt_kind="trace", shape="trace", trace="/t.jsonl", time_scale="0.1", fleet="8081"
    ).scenario
    assert trace is not None
    assert trace.trace == TracePlan(file="/t.jsonl", time_scale=0.1)
    assert trace.fleet == ("http://127.0.0.1:8081",)
    assert plan_words(trace).startswith("at recorded times over 2 servers · a trace")


@pytest.mark.parametrize(
    ("fields", "at"),
    [
        ({"prompt_kind": "conversations", "shape": "poisson"}, "shape"),
        ({"prompt_kind": "conversations", "think": "long"}, "think"),
        ({"prompt_kind": "trace", "shape": "poisson", "trace": "/t"}, "shape"),
        ({"prompt_kind": "trace"}, "trace"),
        ({"prompt_kind": "trace", "shape": "trace", "trace": "/t", "time_scale": "fast"}, "time_scale"),
        ({"shape": "trace"}, "shape"),
        ({"depth_tokens": 10, "shape": "constant"}, "depth_tokens"),
        ({"depth_tokens": 10, "shared_prefix_tokens": 5}, "depth_tokens"),
        ({"fleet": "8081, 8081"}, "fleet"),
        ({"fleet": "ftp://x"}, "fleet"),
    ],
)
def test_what_cannot_be_together_is_told_at_a_field(fields: dict[str, object], at: str):
    checked = check(**fields)
    assert checked.scenario is None
    assert list(checked.problems) == [at]


def test_only_the_load_can_change_live():
    closed = Scenario(shape=ClosedLoop(concurrency=4), prompt=PromptPlan(tokens=64))
    opened = replace(closed, shape=OpenLoop(rate=2.0))
    assert can_change_live(closed, replace(closed, shape=ClosedLoop(concurrency=8)))
    assert can_change_live(opened, replace(opened, shape=OpenLoop(rate=3.0)))
    assert not can_change_live(opened, replace(opened, shape=OpenLoop(rate=3.0, arrivals="poisson")))
    assert not can_change_live(closed, opened)
    assert not can_change_live(closed, replace(closed, max_tokens=1))


@pytest.mark.parametrize(("text", "seconds"), [("90", 90), ("90s", 90), ("1.5m", 90), (" 2H ", 7200)])
def test_durations(text: str, seconds: float):
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "0", "-3s", "nan", "1d", "5mm s"])
def test_no_durations(text: str):
    with pytest.raises(UsageError):
        parse_duration(text)


@pytest.mark.parametrize("text", ["", "0", "-1", "2/day", "nan", "inf", "1e9"])
def test_no_rates(text: str):
    with pytest.raises(UsageError):
        parse_rate(text)
