"""Loads of conversations: which two may be compared."""

from __future__ import annotations

import msgspec

from rocmtui.core.compare.conditions import mismatches, run_conditions
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.core.report.build import RunFacts
from rocmtui.core.report.document import Report
from tests.fakes.made_report import build_report


def of(scenario: Scenario) -> Report:
    return build_report(RunFacts(tool_version="1", unix_ns=0, scenario=scenario), [])


TALKS = Scenario(
    shape=ClosedLoop(concurrency=2),
    prompt=PromptPlan(nonce_text="a"),
    conversations=ConversationPlan(count=2, turns=3),
)


def unequal(other: Scenario) -> list[str]:
    found = mismatches(run_conditions(of(TALKS)), run_conditions(of(other)))
    return [mismatch.what for mismatch in found]


def test_the_letters_a_run_draws_are_no_difference_and_another_mix_is() -> None:
    assert unequal(msgspec.structs.replace(TALKS, prompt=PromptPlan(nonce_text="b"))) == []
    longer = ConversationPlan(count=2, turns=4)
    assert unequal(msgspec.structs.replace(TALKS, conversations=longer)) == ["prompts"]
    alone = msgspec.structs.replace(TALKS, conversations=None, prompt=PromptPlan(tokens=200))
    assert unequal(alone) == ["load", "prompts"]
