"""A bench typed in the app."""

from __future__ import annotations

import pytest

from rocmtui.core.bench.plan.draft import BenchDraft, bench_words, check_bench
from rocmtui.core.server.state import LaunchPlan

LAUNCH = LaunchPlan(model="m.gguf", parallel=8, ctx_per_slot=2048, gpu_layers="99")


def test_the_draft_becomes_a_plan_on_the_server_as_it_is() -> None:
    draft = BenchDraft(slots="2,4", rounds=4, variants="on: -fa on; off: -fa off;", tests="ttft, decode")
    plan = check_bench(draft, LAUNCH).plan
    assert plan is not None
    assert (plan.models, plan.parallel, plan.rounds, plan.contexts) == (("m.gguf",), (2, 4), 4, (2048,))
    assert [variant.label for variant in plan.variants] == ["on", "off"]
    assert [test.name for test in plan.tests] == ["tg128", "ttft32"]
    assert plan.launch.gpu_layers == "99"
    words = "32 measurements on 16 server starts: on, off; 2, 4 slots; 2 tests in 4 rounds"
    assert bench_words(plan) == words
    least = check_bench(BenchDraft(slots="1", rounds=1, tests="decode"), LAUNCH).plan
    assert least is not None
    assert bench_words(least).startswith("1 measurement on 1 server start: ")
    assert bench_words(least).endswith("; 1 slot; 1 test in 1 round")


@pytest.mark.parametrize(
    ("draft", "field", "says"),
    [
        (BenchDraft(slots="1;4"), "slots", "write numbers"),
        (BenchDraft(slots="0"), "tests", "1 or more"),
        (BenchDraft(variants="-fa on"), "variants", "no label"),
        (BenchDraft(tests="decode,speed"), "tests", "no test 'speed'"),
        (BenchDraft(tests=""), "tests", "needs tests"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(draft: BenchDraft, field: str, says: str) -> None:
    checked = check_bench(draft, LAUNCH)
    assert checked.plan is None
    assert says in checked.problems[field]
