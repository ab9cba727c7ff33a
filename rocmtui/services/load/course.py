"""The course of a load: tickets given out, when was measured, whether it is over and why."""

from __future__ import annotations

import asyncio

from rocmtui.core.load.said import EndReason
from rocmtui.core.load.scenario import WHOLE, Scenario
from rocmtui.core.load.share import Share, Ticket, Tickets
from rocmtui.core.load.snapshot import LoadPhase
from rocmtui.core.request.errors.remedies import NO_POOLING
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.session.ports import Clock
from rocmtui.core.stats.quantiles import known

GONE_AFTER_NS = 10_000_000_000
"""A server that refused every connection for so long is gone."""

_NO_SUCH = (404, 501)
"""What a server answers that was started without an endpoint: no further request will fare better."""
_UNREACHABLE = frozenset((ErrorKind.CONNECT, ErrorKind.TIMEOUT_CONNECT, ErrorKind.TLS))


class Course:
    """From the first ticket to the end. Once `over` is set the reason stands and no ticket is given out."""

    def __init__(self, scenario: Scenario, share: Share, clock: Clock) -> None:
        duration_ns = None if scenario.duration_s is None else round(scenario.duration_s * 1e9)
        self._scenario = scenario
        self._clock = clock
        self.tickets = Tickets(share, duration_ns)
        self.outstanding = 0
        """Tickets taken whose requests have not ended."""
        self.over = asyncio.Event()
        self.reason: EndReason = "requests"
        self.message = ""
        self.first_sent_ns: int | None = None
        self.last_done_ns: int | None = None
        self._last_end_ns: int | None = None
        """When the last measured request ended, sent or not."""
        self._ended_ns: int | None = None
        self._unreachable_since_ns: int | None = None

    @property
    def window_end_ns(self) -> int | None:
        """The planned end of a duration, the last end of a count, or when the load was cut short."""
        if self.reason == "requests":
            return self._last_end_ns
        return known(min, (self.tickets.ends_ns, self._ended_ns))

    @property
    def phase(self) -> LoadPhase:
        """Where it is now."""
        if self.sent_all():
            return "drain"
        return "warmup" if self.tickets.measured_from_ns is None else "measured"

    def sent_all(self, at_ns: int | None = None) -> bool:
        """Whether there are no more tickets, now or at another time."""
        return self.tickets.over(self._clock.monotonic_ns() if at_ns is None else at_ns)

    def take_ticket(self, due_ns: int | None = None) -> Ticket | None:
        """Leave to send the request that is due now, or then; None when there are no more."""
        ticket = self.tickets.take(self._clock.monotonic_ns() if due_ns is None else due_ns)
        if ticket is None:
            self.end_when_idle()
        else:
            self.outstanding += 1
        return ticket

    def ended(self, record: RequestRecord) -> None:
        """The request of a ticket has ended. A server that is gone, or lacks the endpoint, ends the load."""
        self.outstanding -= 1
        if record.phase is Phase.MEASURED:
            self._last_end_ns = record.done_ns
            if record.sent_ns is not None:
                self.first_sent_ns = known(min, (self.first_sent_ns, record.sent_ns))
                self.last_done_ns = record.done_ns
        self._judge(record.error, record.done_ns)
        self.end_when_idle()

    def _judge(self, error: RequestError | None, at_ns: int) -> None:
        if error is None or error.kind not in _UNREACHABLE:
            self._unreachable_since_ns = None
        elif self._unreachable_since_ns is None:
            self._unreachable_since_ns = at_ns
        elif at_ns - self._unreachable_since_ns >= GONE_AFTER_NS:
            self.end("server_gone", f"no connection for {GONE_AFTER_NS // 10**9} s: {error.message}")
        if error is not None and self._scenario.endpoint in WHOLE and _is_lacking(error):
            self.end("error_rate", f"the server has no {self._scenario.endpoint}: {error.message}")

    def no_more(self) -> None:
        """The plan is at its end: the load ends with what is under way."""
        self.tickets.close()
        self.end_when_idle()

    def end_when_idle(self) -> None:
        """End it when nothing is under way and nothing more will be sent."""
        now_ns = self._clock.monotonic_ns()
        if self.outstanding == 0 and self.tickets.over(now_ns):
            self.end("duration" if self.tickets.time_is_up(now_ns) else "requests")

    def end_drain(self) -> None:
        """Requests that are open long after the end of a duration are cut off."""
        ends_ns, limit_s = self.tickets.ends_ns, self._scenario.drain_s
        if ends_ns is not None and self._clock.monotonic_ns() >= ends_ns + round(limit_s * 1e9):
            open_still = f"{self.outstanding} request{'s' * (self.outstanding != 1)} still open"
            self.end(
                "duration", f"{open_still} {limit_s:g} s after the end of the duration: cut off (--drain)"
            )

    def end(self, reason: EndReason, message: str = "") -> None:
        """It is over, for the first reason that was given."""
        if not self.over.is_set():
            self.reason, self.message = reason, message
            self._ended_ns = self._clock.monotonic_ns()
            self.tickets.close()
            self.over.set()


def _is_lacking(error: RequestError) -> bool:
    """Whether the server was started without what it is asked for."""
    return error.status in _NO_SUCH or error.remedy == NO_POOLING
