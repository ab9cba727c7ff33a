"""What a draft brought: how many of its tokens were accepted, and how the tokens came because of it."""

from __future__ import annotations

import math
from array import array

import msgspec

from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.stats.quantiles import median
from rocmtui.core.stats.student import student_t

FEWEST = 3
"""Requests below which there is no interval."""


class DraftSeen(msgspec.Struct, frozen=True, kw_only=True):
    """The drafts of the measured requests that completed: the report's `draft` block."""

    requests: int
    """With a draft."""
    drafted: int
    accepted: int
    acceptance: float
    """Accepted of drafted, 0 to 1."""
    interval: tuple[float, float] | None = None
    """95 %, over requests (a ratio of sums; Student's t); None for few."""
    tokens_a_step: float
    """Tokens made each time the model ran: 1 and what was accepted."""
    tokens_an_event: float | None = None
    """Tokens that came with each event with text."""
    step_ms: float | None = None
    """Median over requests of the time between steps: ITL times the tokens of a step."""
    by_position: tuple[float, ...] = ()
    """Share of drafts accepted at each place and all before, of the whole server meanwhile (/metrics)."""
    drafts: int | None = None
    """Drafts checked, likewise; None where /metrics does not tell."""


class DraftTally:
    """Gathers the drafts of a run; 32 bytes a request with one."""

    def __init__(self) -> None:
        self._rows: tuple[array[int], array[int]] = (array("q"), array("q"))
        """Drafted and accepted tokens of each request."""
        self._made = self._events = 0
        self._step_ms: array[float] = array("d")
        self._first: DraftCounts | None = None
        self._last: DraftCounts | None = None

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        timings = record.timings
        if timings is None or not timings.draft_n or not record.counts:
            return
        for column, value in zip(self._rows, (timings.draft_n, timings.draft_n_accepted), strict=True):
            column.append(value)
        self._made += timings.predicted_n
        self._events += record.content_events
        steps = timings.predicted_n - timings.draft_n_accepted
        first_ns, last_ns = record.first_token_ns, record.last_token_ns
        if first_ns is not None and last_ns is not None and steps > 1 and not record.in_a_burst:
            self._step_ms.append((last_ns - first_ns) / 1e6 / (steps - 1))

    def count(self, counts: DraftCounts) -> None:
        """Take the server's counters: first those before the load, at last those after it."""
        self._first = self._first or counts
        self._last = counts

    def block(self) -> DraftSeen | None:
        """All of them; None where nothing was drafted."""
        drafted, accepted = (sum(column) for column in self._rows)
        if not drafted:
            return None
        counted = self._last.since(self._first) if self._last and self._first else DraftCounts()
        steps = max(self._made - accepted, 1)
        return DraftSeen(
            requests=len(self._rows[0]),
            drafted=drafted,
            accepted=accepted,
            acceptance=accepted / drafted,
            interval=self._interval(drafted, accepted),
            tokens_a_step=self._made / steps,
            tokens_an_event=self._made / self._events if self._events else None,
            step_ms=median(self._step_ms) if self._step_ms else None,
            by_position=_rates(counted),
            drafts=counted.drafts or None,
        )

    def _interval(self, drafted: int, accepted: int) -> tuple[float, float] | None:
        """Of the ratio of the sums, by how far each request is from it: tokens of one are no own trials.

        Never narrower than if they were: requests of one seed may all draw alike.
        """
        count, share = len(self._rows[0]), accepted / drafted
        if count < FEWEST:
            return None
        off = sum((one - share * all_) ** 2 for all_, one in zip(*self._rows, strict=True))
        spread = math.sqrt(off * count / (count - 1)) / drafted
        freedom = student_t(count - 1)
        half = freedom * max(spread, math.sqrt(share * (1 - share) / drafted))
        return max(share - half, 0.0), min(share + half, 1.0)


def _rates(counted: DraftCounts) -> tuple[float, ...]:
    if counted.drafts <= 0:
        return ()
    return tuple(min(max(each, 0) / counted.drafts, 1.0) for each in counted.by_position)
