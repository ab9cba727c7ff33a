"""Warnings beside the live figures."""

from __future__ import annotations

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.live_warnings import live_warnings

COLD = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"))
WARM = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), cache_prompt=True)


def snapshot(**values: object) -> LiveSnapshot:
    return LiveSnapshot(at_ns=1, phase="measured", **values)  # type: ignore[arg-type]


def test_a_calm_load_has_none() -> None:
    calm = snapshot(client_cpu_fraction=0.2, loop_lag_ms_p99=0.5, prompt_tokens=100, cached_tokens=1)
    assert live_warnings([calm, snapshot()], COLD) == ()


def test_the_busiest_and_the_latest_process_are_named() -> None:
    found = live_warnings([snapshot(client_cpu_fraction=0.9), snapshot(loop_lag_ms_p99=7.25)], COLD)
    assert found == (
        "the client uses 90 % of a core: raise --processes",
        "the client runs late by 7.25 ms at p99: is the machine busy?",
    )


def test_cached_prompts_are_told_unless_they_are_wanted() -> None:
    cached = [snapshot(prompt_tokens=100, cached_tokens=90)]
    assert live_warnings(cached, COLD) == ("90 % of the prompt tokens come from the server's cache",)
    assert live_warnings(cached, WARM) == ()
