"""What is said of the stalls and drafts of a run."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.streams.causes import CAUSES
from rocmtui.core.streams.drafts import DraftSeen
from rocmtui.core.streams.stalls import Stall, Stalls
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted

MORE_THAN_ONE = 1.05
"""Tokens a step from which they come in bursts."""


def stall_rows(stalls: Stalls | None) -> list[tuple[str, str]]:
    """What to say of them: how many, and why; nothing where it cannot be told."""
    if stalls is None:
        return []
    if not stalls.count or stalls.longest_ms is None:
        return [("stalls", f"none in {counted(stalls.streams, 'stream')}")]
    lost = f"{forms.share(stalls.decode_share)} of the decode time"
    longest = f"longest {forms.ms(stalls.longest_ms)}"
    told = f"{stalls.count}, {forms.figure(stalls.per_1000_tokens)} per 1,000 tokens, {longest}, {lost}"
    rows = [("stalls", told)]
    rows += [
        (f"  by {CAUSES[group.cause]}", f"{group.count}, longest {forms.ms(group.longest_ms)}")
        for group in stalls.by_cause
    ]
    return [*rows, *_named_rows(stalls.longest)]


def _named_rows(longest: Sequence[Stall]) -> list[tuple[str, str]]:
    return [
        (
            f"  request {one.request}",
            f"{forms.ms(one.ms)} at {forms.figure(one.at_s)} s: prefill of {one.detail}",
        )
        for one in longest[:2]
        if one.detail
    ]


def draft_rows(draft: DraftSeen | None, itl_ms: float | None = None) -> list[tuple[str, str]]:
    """How much of the draft was accepted, and how tokens came because of it; `itl_ms` is their median ITL."""
    if draft is None:
        return []
    low, high = map(forms.share, draft.interval or (None, None))
    sure = f" ({low} to {high})" if draft.interval else " (interval unavailable at this sample size)"
    of = f"{forms.share(draft.acceptance)} of {forms.count(draft.drafted)} tokens accepted{sure}"
    rows = [("draft", f"{of}, {forms.figure(draft.tokens_a_step)} tokens a step")]
    if draft.by_position:
        places = ", ".join(map(forms.share, draft.by_position))
        rows.append(("  accepted at each place", f"{places} of {forms.count(draft.drafts)} drafts"))
    if draft.step_ms is not None and draft.tokens_a_step > MORE_THAN_ONE:
        burst = f"{forms.figure(draft.tokens_a_step)} at a time each {forms.ms(draft.step_ms)}"
        mean = "" if itl_ms is None else f": the inter-token latency of {forms.ms(itl_ms)} is their mean"
        event = draft.tokens_an_event
        said = "" if event is None else f"; {forms.figure(event)} tokens an event"
        rows.append(("  how tokens come", f"{burst}{mean}{said}"))
    return rows
