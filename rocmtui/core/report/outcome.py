"""How a run and its requests ended."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import ClosedLoop
from rocmtui.core.report.document import CUT_OFF, FAILED, INCOMPLETE
from rocmtui.core.report.errors import ErrorGroup, RequestCounts
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.report.measured import Measured
from rocmtui.core.request.errors.remedies import NO_SUCH_MODEL, QUEUED
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.server.models import listed


def ended_of(finished: Sequence[LoadFinished], facts: RunFacts) -> str:
    """The reason that says most, of several load processes."""
    if facts.server_gone:
        return "server_gone"
    if facts.load_failed and not finished:
        return FAILED
    reasons = {end.reason for end in finished}
    if facts.load_failed and reasons <= {"duration", "requests"}:
        return INCOMPLETE
    order = ("server_gone", "error_rate", "interrupted", "stopped", "duration", "requests")
    return next((reason for reason in order if reason in reasons), CUT_OFF)


def requests_of(measured: Measured, facts: RunFacts) -> RequestCounts:
    """The measured requests, and those that failed alike."""
    kinds = measured.by_error.most_common()
    firsts = [(kind, count, measured.first_errors[kind]) for kind, count in kinds]
    return RequestCounts(
        **{name: getattr(measured, name) for name in ("sent", "completed", "failed", "cancelled", "empty")},
        dropped=facts.dropped,
        by_error=dict(kinds),
        errors=tuple(
            ErrorGroup(
                kind=kind,
                count=count,
                message=first.message,
                status=first.status,
                remedy=_remedy(first, facts),
            )
            for kind, count, first in firsts
        ),
    )


def _remedy(error: RequestError, facts: RunFacts) -> str | None:
    """Its own, or a closer one where the run knows more: that requests queued, or which models there are."""
    shape, slots = facts.scenario.shape if facts.scenario else None, facts.server.parallel
    free_slot = slots is None or (isinstance(shape, ClosedLoop) and shape.concurrency <= slots)
    if error.kind is ErrorKind.TIMEOUT_FIRST_BYTE and not free_slot and not facts.server_gone:
        return QUEUED
    names = facts.server.models or ((facts.server.model,) if facts.server.model else ())
    return f"{error.remedy}: {listed(names)}" if error.remedy == NO_SUCH_MODEL and names else error.remedy
