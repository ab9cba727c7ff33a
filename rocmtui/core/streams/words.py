"""What is said of the stalls of a run."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.streams.causes import CAUSES
from rocmtui.core.streams.stalls import Stall, Stalls
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted


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
