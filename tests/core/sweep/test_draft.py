"""A sweep as it is typed in the app."""

from __future__ import annotations

import pytest

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.draft import SweepDraft, check_sweep, sweep_words

LAUNCH = LaunchPlan(model="/m.gguf", ctx_per_slot=1024)


def test_a_draft_becomes_the_plan_the_command_line_would_make() -> None:
    plan = check_sweep(SweepDraft(slo="ttft_p95<500ms; itl_p50<30ms"), LAUNCH).plan
    assert plan is not None
    assert (plan.goal.axis, plan.goal.loads, plan.goal.limit) == ("concurrency", (), 64)
    assert isinstance(plan.scenario.shape, ClosedLoop)
    assert plan.scenario.slo == ("ttft_p95<500ms", "itl_p50<30ms")
    assert (plan.launch, plan.url) == (LAUNCH, None)
    assert sweep_words(plan) == (
        "workers doubled until throughput stops growing, then the knee sought; 20 s a load, 256 → 128 tokens"
    )


def test_a_rate_is_an_open_loop_on_a_server_that_runs() -> None:
    plan = check_sweep(SweepDraft(axis="rate", loads="0.5, 2"), "http://h:1", "KEY").plan
    assert plan is not None
    assert isinstance(plan.scenario.shape, OpenLoop)
    assert (plan.url, plan.launch, plan.scenario.api_key_env) == ("http://h:1", None, "KEY")
    assert plan.goal.loads == (0.5, 2.0)


@pytest.mark.parametrize(
    ("draft", "server", "field", "words"),
    [
        (SweepDraft(loads="1,x"), LAUNCH, "loads", "write numbers"),
        (SweepDraft(loads="0"), LAUNCH, "loads", "more than nothing"),
        (SweepDraft(loads="1.5"), LAUNCH, "loads", "counted whole"),
        (SweepDraft(slo="ttft_p95<500"), LAUNCH, "slo", "unit"),
        (SweepDraft(axis="parallel"), "http://h:1", "axis", "keeps its slots"),
        (SweepDraft(prompt_tokens=1000), LAUNCH, "prompt_tokens", "1,024 tokens"),
    ],
)
def test_what_cannot_be_run_is_said_beside_its_field(
    draft: SweepDraft, server: LaunchPlan | str, field: str, words: str
) -> None:
    checked = check_sweep(draft, server)
    assert checked.plan is None
    assert words in checked.problems[field]
