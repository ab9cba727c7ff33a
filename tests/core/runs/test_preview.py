"""What is seen of a run beside the list."""

from __future__ import annotations

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.runs.preview import run_preview
from tests.adapters.runs.test_index import records
from tests.fakes.made_report import build_report


def test_percentiles_audit_and_the_spread_of_measured_requests() -> None:
    scenario = Scenario(shape=ClosedLoop(concurrency=2), prompt=PromptPlan(tokens=64), slo=("ttft_p95<50ms",))
    made = records(40, 40, 60)
    facts = RunFacts(tool_version="1", unix_ns=0, scenario=scenario, server=Server(model="m"))
    seen = run_preview("/runs/a", build_report(facts, made), made)
    assert seen.rows[0] == ("TTFT", "40 ms", "58 ms", "59.6 ms")
    assert "SLO ttft_p95<50ms: missed, 58 ms" in seen.told
    assert (seen.spread.count, seen.spread.max) == (3, 60.0)
    assert "stale connections" in dict(seen.audit)
