"""Loads of conversations, data sets and traces: which two may be compared."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.compare.conditions import mismatches, run_conditions
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.report.document import Report
from rocmtui.core.report.facts import RunFacts
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


@pytest.mark.parametrize("kind", ["file", "dataset", "trace"])
@pytest.mark.parametrize(
    ("one", "other", "found"),
    [
        (("a/x.jsonl", "11"), ("b/x.jsonl", "22"), ["data"]),  # another file of the same name
        (("a/x.jsonl", "11"), ("b/y.jsonl", "11"), []),  # the same file elsewhere
        (("a/x.jsonl", None), ("b/x.jsonl", "22"), []),  # a run of a version that knew the name only
        (("a/x.jsonl", None), ("b/y.jsonl", "22"), ["data"]),
    ],
)
def test_files_are_told_apart_by_what_they_hold(
    kind: str, one: tuple[str, str | None], other: tuple[str, str | None], found: list[str]
) -> None:
    sides = []
    for file, known in (one, other):
        trace = TracePlan(file=file) if kind == "trace" else None
        plan = PromptPlan(**{} if trace else {kind: file})
        base = msgspec.structs.replace(TALKS, conversations=None, prompt=plan, trace=trace)
        sides.append(run_conditions(of(msgspec.structs.replace(base, content_hash=known))))
    assert [mismatch.what for mismatch in mismatches(*sides)] == found


def test_times_that_were_scaled_are_another_mix() -> None:
    timed = PromptPlan(dataset="d", timed=True)
    sides = [
        run_conditions(of(msgspec.structs.replace(TALKS, prompt=plan)))
        for plan in (timed, msgspec.structs.replace(timed, time_scale=0.5))
    ]
    assert [mismatch.what for mismatch in mismatches(*sides)] == ["prompts"]
