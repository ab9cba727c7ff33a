"""What a run's arrivals were stamped by, and what that makes of a client that read late."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.request.arrival import merged_reads
from rocmtui.core.text import forms

OWN_LIMIT = 0.01
"""With a larger share of stamps of the client's own, its lateness may be in the percentiles."""


class StampAudit(msgspec.Struct, frozen=True, kw_only=True):
    """The reads of all load processes."""

    kernel: int
    """Reads that carry the kernel's stamp of their arrival."""
    own: int
    """Reads without one, stamped when they were read."""
    refused: int
    """Reads whose stamp could not be (the wall clock was set), stamped when they were read."""
    read_late_ms_p50: float | None
    """From arrival to read, where the kernel stamped: it does not matter there."""
    read_late_ms_p99: float | None
    read_late_ms_max: float | None
    shared_events: int
    """Events that carry the stamp of a later one, because one read brought both."""
    shared_ms_max: float
    """How much earlier than their stamp those can have come at most."""

    @property
    def own_share(self) -> float:
        """Share of the reads that carry the client's own time."""
        own = self.own + self.refused
        return own / (self.kernel + own) if own else 0.0


def stamp_audit(finished: Sequence[LoadFinished]) -> StampAudit | None:
    """None where no process counted its reads, as in old runs, or read anything."""
    told = merged_reads([end.reads for end in finished if end.reads is not None])
    if not told.kernel + told.own + told.refused:
        return None
    return StampAudit(
        kernel=told.kernel,
        own=told.own,
        refused=told.refused,
        read_late_ms_p50=told.late_ms.quantile(0.5),
        read_late_ms_p99=told.late_ms.quantile(0.99),
        read_late_ms_max=told.late_ms.max,
        shared_events=told.shared,
        shared_ms_max=told.shared_ms_max,
    )


def lag_that_matters(loop_lag_ms: float | None, stamps: StampAudit | None) -> float | None:
    """How late the client's own stamps may be; None where (nearly) all are the kernel's."""
    return loop_lag_ms if stamps is None or stamps.own_share > OWN_LIMIT else None


def stamps_text(stamps: StampAudit) -> list[tuple[str, str]]:
    """Name and value of what a reader of the audit should see."""
    own = stamps.own + stamps.refused
    late = (stamps.read_late_ms_p50, stamps.read_late_ms_p99, stamps.read_late_ms_max)
    by_whom = f"{forms.count(stamps.kernel)}, {forms.count(own)}"
    rows = [("arrivals stamped by the kernel, by the client", by_whom)]
    if stamps.read_late_ms_p50 is not None:
        values = " / ".join(forms.figure(value) for value in late if value is not None)
        rows.append(("read after arrival, no part of any latency: p50 / p99 / max", f"{values} ms"))
    if stamps.shared_events:
        early = f"{forms.count(stamps.shared_events)}, at most {forms.ms(stamps.shared_ms_max)} too late"
        rows.append(("events that carry a later one's stamp", early))
    return rows
