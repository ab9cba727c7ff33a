"""What a server counts of its drafts, in the text of /metrics."""

from __future__ import annotations

import re
from itertools import zip_longest

import msgspec

_COUNTER = re.compile(
    r"^llamacpp:spec_decode_num_(draft_tokens|accepted_tokens|drafts|accepted_tokens_per_pos)_total"
    r'(?:\{position="(\d{1,3})"\})? (\d{1,15}(?:\.\d+)?(?:e\+\d\d?)?)$',
    re.MULTILINE,
)


class DraftCounts(msgspec.Struct, frozen=True, kw_only=True):
    """The server's own counters of its drafts, since it started."""

    drafts: int = 0
    """Times that a draft was checked."""
    drafted: int = 0
    accepted: int = 0
    by_position: tuple[int, ...] = ()
    """Accepted at each place of a draft."""

    def since(self, before: DraftCounts) -> DraftCounts:
        """What was added."""
        pairs = zip_longest(self.by_position, before.by_position, fillvalue=0)
        return DraftCounts(
            drafts=self.drafts - before.drafts,
            drafted=self.drafted - before.drafted,
            accepted=self.accepted - before.accepted,
            by_position=tuple(now - then for now, then in pairs),
        )


def read_drafts(text: str) -> DraftCounts | None:
    """The counters in the text of /metrics; None where it has none."""
    found = [(name, place, round(float(value))) for name, place, value in _COUNTER.findall(text)]
    totals = {name: value for name, place, value in found if not place}
    if not totals:
        return None
    places = {int(place): value for _, place, value in found if place}
    return DraftCounts(
        drafts=totals.get("drafts", 0),
        drafted=totals.get("draft_tokens", 0),
        accepted=totals.get("accepted_tokens", 0),
        by_position=tuple(places.get(place, 0) for place in range(max(places, default=-1) + 1)),
    )
