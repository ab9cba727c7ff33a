"""The requests that were sent to disturb a load."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import ttft
from rocmtui.core.stats.quantiles import Summary, summarise


class NeighbourSeen(msgspec.Struct, frozen=True, kw_only=True):
    """What became of them; they are in no other figure of a report."""

    sent: int
    completed: int
    prompt_tokens: int | None = None
    """Of one that completed, as the server counted."""
    ttft: Summary | None = None


def neighbour_seen(records: Sequence[RequestRecord]) -> NeighbourSeen | None:
    """The neighbour of these records, all its own; None where there was none."""
    if not records:
        return None
    done = [record for record in records if record.completed]
    waited = [value for record in done if (value := ttft(record)) is not None]
    return NeighbourSeen(
        sent=len(records),
        completed=len(done),
        prompt_tokens=done[0].prompt_tokens if done else None,
        ttft=summarise(waited, "ms"),
    )
