from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.load.draft import (
    LoadDraft,
    can_change_live,
    check_draft,
    draft_of,
    parse_duration,
    parse_rate,
)
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.errors import UsageError

replace = msgspec.structs.replace


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
    ],
)
def test_a_scenario_survives_being_edited(scenario: Scenario):
    assert check_draft(draft_of(scenario), base=scenario).scenario == scenario


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
