"""A sweep as it is typed in the app, checked as one types."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.server.command import DEFAULT_CTX
from rocmtui.core.server.state import LaunchPlan
from rocmtui.core.sweep.plan import SweepAxis, SweepGoal
from rocmtui.core.sweep.report import SweepPlan
from rocmtui.core.text import forms
from rocmtui.errors import UsageError

LIMITS: dict[SweepAxis, float] = {"concurrency": 64, "parallel": 64, "rate": 100}
"""Where a search ends that nobody limited."""
FIRST: dict[SweepAxis, float] = {"concurrency": 1.0, "parallel": 1.0, "rate": 0.5}
"""Where it begins."""
AXES: tuple[tuple[SweepAxis, str], ...] = (
    ("concurrency", "workers"),
    ("rate", "requests a second"),
    ("parallel", "slots, a server each"),
)


class SweepDraft(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in the fields."""

    axis: SweepAxis = "concurrency"
    loads: str = ""
    """`1,2,4,8`; empty: found by doubling."""
    seconds: int = 20
    prompt_tokens: int = 256
    max_tokens: int = 128
    slo: str = ""
    """`ttft_p95<500ms; itl_p50<30ms`."""


class CheckedSweep(msgspec.Struct, frozen=True, kw_only=True):
    """The plan of a draft, or what is wrong with it, by field."""

    plan: SweepPlan | None = None
    problems: dict[str, str] = msgspec.field(default_factory=dict)


def check_sweep(draft: SweepDraft, server: LaunchPlan | str, api_key_env: str | None = None) -> CheckedSweep:
    """The sweep of a draft on a server that is started as `server` says, or that runs at that address."""
    launch = server if isinstance(server, LaunchPlan) else None
    problems: dict[str, str] = {}
    loads: tuple[float, ...] = ()
    try:
        loads = _loads(draft)
    except UsageError as error:
        problems["loads"] = error.message
    slos = tuple(part.strip() for part in draft.slo.split(";") if part.strip())
    for expression in slos:
        try:
            parse_slo(expression)
        except UsageError as error:
            problems["slo"] = error.message.partition("\n")[0].removeprefix("--slo: ")
    if launch is None and draft.axis == "parallel":
        problems["axis"] = "a server that runs already keeps its slots"
    needed, ctx = draft.prompt_tokens + draft.max_tokens, launch.ctx_per_slot if launch else None
    if launch is not None and needed > (ctx or DEFAULT_CTX):
        problems["prompt_tokens"] = f"a slot holds {forms.count(ctx or DEFAULT_CTX)} tokens in all"
    if problems:
        return CheckedSweep(problems=problems)
    axis = draft.axis
    plan = SweepPlan(
        goal=SweepGoal(axis=axis, loads=loads, first=FIRST[axis], limit=LIMITS[axis]),
        launch=launch,
        url=None if isinstance(server, LaunchPlan) else server,
        scenario=Scenario(
            shape=OpenLoop(rate=1.0) if axis == "rate" else ClosedLoop(concurrency=1),
            prompt=PromptPlan(tokens=draft.prompt_tokens),
            duration_s=float(draft.seconds),
            max_tokens=draft.max_tokens,
            slo=slos,
            api_key_env=api_key_env,
        ),
    )
    return CheckedSweep(plan=plan)


def sweep_words(plan: SweepPlan) -> str:
    """What would be tried, in one sentence."""
    axis = dict(AXES)[plan.goal.axis]
    what = ", ".join(f"{load:g}" for load in plan.goal.loads)
    how = (
        f"{axis}: {what}" if what else f"{axis} doubled until throughput stops growing, then the knee sought"
    )
    each = forms.duration(plan.scenario.duration_s or 0)
    tokens = f"{forms.count(plan.scenario.prompt.tokens)} → {forms.count(plan.scenario.max_tokens)} tokens"
    return f"{how}; {each} a load, {tokens}"


def _loads(draft: SweepDraft) -> tuple[float, ...]:
    try:
        loads = tuple(float(word) for word in draft.loads.split(",") if word.strip())
    except ValueError:
        raise UsageError("write numbers: 1,2,4,8") from None
    if any(load <= 0 for load in loads):
        raise UsageError("a load is more than nothing")
    if draft.axis != "rate" and any(not load.is_integer() for load in loads):
        raise UsageError("these are counted whole: 1,2,4,8")
    return loads
