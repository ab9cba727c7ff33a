"""Conversations in words: the plan, the table of turns, and what the cache gave back of what it could."""

from __future__ import annotations

from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.report.conversations.figures import ConversationFigures
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted

TURN_COLUMNS = ("turn", "requests", "prompt", "reusable", "cached", "computed", "TTFT p50", "TTFT p95")
"""Prompt lengths are medians in tokens."""
MOST_ROWS = 24
"""A table of more turns shows the first and the last of them."""


def plan_text(plan: ConversationPlan) -> str:
    """`3 of 5 turns of 200 tokens after a system message of 3,000, 2 s between turns`."""
    parts = ["conversations of a data set" if plan.count is None else counted(plan.count, "conversation")]
    if plan.count is not None:
        parts[0] += f" of {counted(plan.turns, 'turn')} of {forms.count(plan.turn_tokens)} tokens"
    if plan.system_tokens:
        shared = "a shared" if plan.shared_system else "a"
        parts[0] += f" after {shared} system message of {forms.count(plan.system_tokens)}"
    if plan.think_s:
        parts.append(f"{plan.think_s:g} s between turns")
    parts.append(f"{plan.replies} replies")
    return ", ".join(parts)


def trace_plan_text(plan: TracePlan) -> str:
    """`a trace, times by 0.1, 0.3 of its sessions, contexts up to 4,096`."""
    parts = ["a trace"]
    if plan.time_scale != 1.0:
        parts.append(f"times by {plan.time_scale:g}")
    if plan.sessions < 1.0:
        parts.append(f"{plan.sessions:g} of its sessions")
    if plan.max_context is not None:
        parts.append(f"contexts up to {forms.count(plan.max_context)}")
    return ", ".join(parts)


def turn_rows(figures: ConversationFigures) -> list[tuple[str, ...]]:
    """A row a turn, in the order of TURN_COLUMNS."""
    rows = [
        (
            str(row.turn),
            str(row.requests),
            *map(_tokens, (row.prompt_tokens, row.reusable_tokens, row.cached_tokens, row.computed_tokens)),
            forms.ms(row.ttft_ms),
            forms.ms(row.ttft_p95_ms),
        )
        for row in figures.turns
    ]
    if len(rows) <= MOST_ROWS:
        return rows
    half = MOST_ROWS // 2
    return [*rows[:half], ("…", *("",) * (len(TURN_COLUMNS) - 1)), *rows[-half:]]


def reuse_text(figures: ConversationFigures) -> str:
    """`cache: 12,400 of 13,100 reusable prompt tokens came from it (95 %)`."""
    if not figures.reusable_tokens:
        return "cache: no turn had anything to reuse, or the server does not count it"
    share = figures.cached_tokens / figures.reusable_tokens
    return (
        f"cache: {forms.count(figures.cached_tokens)} of {forms.count(figures.reusable_tokens)} reusable "
        f"prompt tokens came from it ({forms.share(share)})"
    )


def conversation_warnings(figures: ConversationFigures | None) -> list[str]:
    """What went wrong with them."""
    if figures is None:
        return []
    told = []
    if figures.overtaken:
        told.append(f"{counted(figures.overtaken, 'turn')} began before the one before had ended")
    if figures.broken:
        broken = f"{figures.broken} of {counted(figures.conversations, 'conversation')}"
        told.append(f"{broken} broke off with a turn that failed: what follows it was not sent")
    if figures.lost:
        first = figures.examples[0].words
        more = f" (and {figures.lost - 1} more such)" if figures.lost > 1 else ""
        told.append(first + more)
    return told


def _tokens(value: float | None) -> str:
    return forms.DASH if value is None else forms.count(round(value))
