"""A bench as it is typed in the app, checked as one types."""

from __future__ import annotations

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan, checked, starts
from rocmtui.core.bench.plan.suite import EVERY, SUITE, suite_test
from rocmtui.core.bench.plan.variant import BASELINE, parse_variant
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.text.sizes import counted
from rocmtui.errors import UsageError

KINDS = tuple(test.kind for test in EVERY)


class BenchDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the fields."""

    slots: str = "1,4"
    rounds: int = 3
    variants: str = ""
    """`fa on: -fa on; fa off: -fa off`; empty: the server as it is."""
    tests: str = ",".join(test.kind for test in SUITE)


class CheckedBench(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a draft, or what is wrong with it, by field."""

    plan: BenchPlan | None = None
    problems: dict[str, str] = msgspec.field(default_factory=dict)


def check_bench(draft: BenchDraft, launch: LaunchPlan) -> CheckedBench:
    """The bench of a draft on the model, binary and flags of `launch`."""
    problems: dict[str, str] = {}
    plan = BenchPlan(models=(launch.model,), rounds=draft.rounds, contexts=(launch.ctx_per_slot,))
    for field, change in (("slots", _slots), ("variants", _variants), ("tests", _tests)):
        try:
            plan = change(plan, getattr(draft, field))
        except UsageError as error:
            problems[field] = error.message
    if not problems:
        try:
            return CheckedBench(plan=checked(msgspec.structs.replace(plan, launch=launch)))
        except UsageError as error:
            problems["tests"] = error.message
    return CheckedBench(problems=problems)


def bench_words(plan: BenchPlan) -> str:
    """What would be run, in one sentence."""
    every = starts(plan)
    cells = sum(len(start.tests) for start in every)
    labels = ", ".join(variant.label for variant in plan.variants)
    return (
        f"{counted(cells, 'measurement')} on {counted(len(every), 'server start')}: {labels}; "
        f"{', '.join(map(str, plan.parallel))} {'slot' if plan.parallel == (1,) else 'slots'}; "
        f"{counted(len(plan.tests), 'test')} in {counted(plan.rounds, 'round')}"
    )


def _slots(plan: BenchPlan, text: str) -> BenchPlan:
    try:
        numbers = tuple(int(word) for word in text.split(","))
    except ValueError:
        raise UsageError("write numbers: 1,4") from None
    return msgspec.structs.replace(plan, parallel=numbers)


def _variants(plan: BenchPlan, text: str) -> BenchPlan:
    parts = [part for part in text.split(";") if part.strip()]
    return msgspec.structs.replace(plan, variants=tuple(map(parse_variant, parts)) or (BASELINE,))


def _tests(plan: BenchPlan, text: str) -> BenchPlan:
    kinds = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise UsageError(f"no test {unknown[0]!r}: {', '.join(KINDS)}")
    return msgspec.structs.replace(plan, tests=tuple(suite_test(kind) for kind in KINDS if kind in kinds))
