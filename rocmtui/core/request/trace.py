"""One request while it happens: what the wire tells, step by step, until it becomes a RequestRecord."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Protocol

from msgspec.structs import replace

from rocmtui.core.request.errors.remedies import failure
from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord, ServerTimings
from rocmtui.core.request.reply import ReplyEvent
from rocmtui.core.request.spoken import CallTally, Reply
from rocmtui.core.request.stalls import LEAST_NS, Gap, stalls_among

_AS_SEEN = (
    *("connect_ns", "sent_ns", "headers_ns", "first_token_ns", "last_token_ns", "cached_tokens"),
    *("content_events", "finish_reason", "timings", "inputs", "slot", "server", "stale_retries"),
    *("network", "error"),
)
"""Fields that are the same in a trace and in its record."""


class Stage(IntEnum):
    """Where a request stands."""

    CONNECTING = 0
    QUEUED = 1
    """Sent, no headers yet."""
    PREFILLING = 2
    """Headers, no token yet."""
    DECODING = 3
    ENDED = 4


class TraceObserver(Protocol):
    """Told of each step of each request; must be cheap."""

    def moved(self, old: Stage, new: Stage) -> None:
        """A request went from one stage to another."""

    def content(self, at_ns: int, events: int, gap_ms: float | None) -> None:
        """A read brought so many events, `gap_ms` after those before; None for the first, or if uncounted."""

    def shared(self, events: int, early_ns: int, *, measured: bool) -> None:
        """So many events carry the stamp of a later one: they may have come up to `early_ns` before it.

        They are 0 apart; `measured` says whether gaps of this request count.
        """


@dataclass(slots=True, eq=False)
class RequestTrace:
    """Filled in by whoever talks to the server; times are monotonic nanoseconds."""

    observer: TraceObserver
    measured: bool = field(default=True, kw_only=True)
    """Whether its gaps count."""
    keeps_stamps: bool = field(default=False, kw_only=True)
    """Whether the record shall say when each event came."""
    stage: Stage = Stage.CONNECTING
    connect_ns: int | None = None
    sent_ns: int | None = None
    headers_ns: int | None = None
    first_token_ns: int | None = None
    last_token_ns: int | None = None
    done_ns: int | None = None
    content_events: int = 0
    content_reads: int = 0
    finish_reason: str | None = None
    timings: ServerTimings | None = None
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    inputs: int | None = None
    """Of a reply that came whole: embeddings, or documents ranked."""
    slot: int | None = None
    server: int | None = None
    """Which of several it goes to."""
    stale_retries: int = 0
    network: NetworkFigures | None = None
    content_ns: list[int] = field(default_factory=list)
    gaps_ms: array[float] = field(default_factory=lambda: array("f"))
    """Between its events, 0 between those of one read."""
    long_gaps: list[Gap] = field(default_factory=list)
    """Those that may be stalls."""
    error: RequestError | None = None
    closed: bool = False
    """The closing event came."""
    odd_figures: bool = False
    doubted: list[tuple[int, int]] = field(default_factory=list)
    """Reads whose events may be a proxy's words rather than the model's, until the model speaks."""
    reply: Reply | None = None
    """What the model said, where the prompt asked to keep it."""
    calls: CallTally | None = None
    """The tools it called, where it was offered any."""

    def sent(self, at_ns: int, connect_ns: int | None) -> None:
        """The request was written on a connection that took `connect_ns` to open; again after a retry."""
        self.sent_ns = at_ns
        self.connect_ns = connect_ns
        self._move(Stage.QUEUED)

    def headers(self, at_ns: int) -> None:
        """The response headers are complete."""
        self.headers_ns = at_ns
        self._move(Stage.PREFILLING)

    def content(self, at_ns: int, events: int) -> None:
        """A read brought so many events with content (>= 1)."""
        last_ns, gap_ms = self.last_token_ns, None
        if last_ns is None:
            self.first_token_ns = at_ns
            self._move(Stage.DECODING)
        else:
            gap_ms = (at_ns - last_ns) / 1e6
            self.gaps_ms.append(gap_ms)
            if at_ns - last_ns > LEAST_NS:
                self.long_gaps.append((last_ns, at_ns))
        if events > 1:
            self.gaps_ms.extend([0.0] * (events - 1))
            early_ns = at_ns - (last_ns or self.headers_ns or at_ns)
            self.observer.shared(events - 1, early_ns, measured=self.measured)
        if self.keeps_stamps:
            self.content_ns += [at_ns] * events
        self.last_token_ns = at_ns
        self.content_events += events
        self.content_reads += 1
        self.observer.content(at_ns, events, gap_ms if self.measured else None)

    def facts(self, event: ReplyEvent) -> None:
        """Keep what an event says besides content; later events win."""
        self.closed = self.closed or event.ends
        self.odd_figures = self.odd_figures or event.odd
        self.finish_reason = event.finish_reason or self.finish_reason
        self.timings = event.timings or self.timings
        for name in ("prompt_tokens", "cached_tokens", "output_tokens", "slot"):
            value = getattr(event, name)
            if value is not None:
                setattr(self, name, value)

    def fail(self, error: RequestError | None) -> None:
        """Note why it failed, if it did; the first reason stays."""
        if self.error is None:
            self.error = error

    def end(self, at_ns: int) -> None:
        """It is over, however it went; `at_ns` is used where no last byte was stamped."""
        if self.doubted and not self.content_events:
            for doubted_ns, events in self.doubted:
                self.content(doubted_ns, events)  # nobody else spoke: it was the model
        if self.error is None and self.finish_reason is None:
            self.fail(self._unfinished())
        if self.done_ns is None or self.error is not None:
            self.done_ns = at_ns
        self._move(Stage.ENDED)

    def _unfinished(self) -> RequestError | None:
        """What an end without a reason means."""
        if not self.content_events:
            return failure(ErrorKind.EMPTY_REPLY, "the server ended its reply without content or a reason")
        if self.closed:
            return None
        unfinished = f"after {self.content_events} content events"
        return failure(ErrorKind.TRUNCATED, f"the stream ended without its closing event, {unfinished}")

    def cancel(self, at_ns: int) -> None:
        """It was cut off by us."""
        self.done_ns = at_ns
        self.error = None
        self._move(Stage.ENDED)

    def record(
        self,
        *,
        id: int,  # noqa: A002  the field's own name
        worker: int,
        process: int,
        phase: Phase,
        scheduled_ns: int | None,
        cancelled: bool,
    ) -> RequestRecord:
        """The record of it, once `end` or `cancel` was called. A count of 0 beside text is none."""
        untrue = self.content_events > 0 and 0 in (self.output_tokens, self.prompt_tokens)
        seen = RequestRecord(
            id=id,
            worker=worker,
            process=process,
            phase=phase,
            scheduled_ns=scheduled_ns,
            done_ns=self.done_ns or 0,
            prompt_tokens=self.prompt_tokens or None if untrue else self.prompt_tokens,
            output_tokens=self.output_tokens or None if untrue else self.output_tokens,
            content_reads=self.content_reads or None,
            odd_figures=self.odd_figures or untrue,
            content_ns=tuple(self.content_ns),
            tool_calls=self.calls.calls if self.calls is not None else None,
            tool_calls_parsed=self.calls.parsed if self.calls is not None else 0,
            cancelled=cancelled,
            **{name: getattr(self, name) for name in _AS_SEEN},
        )
        if self.content_events < 2 or seen.in_a_burst:
            return seen
        return replace(seen, stalls=stalls_among(self.long_gaps, self.gaps_ms))

    def _move(self, stage: Stage) -> None:
        if stage is not self.stage:
            self.observer.moved(self.stage, stage)
            self.stage = stage
