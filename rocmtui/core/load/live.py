"""The load as it runs, folded into counters and histograms: O(1) a token, O(1) memory in its length."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.trace import Stage
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.stats.rate import WindowRate

_SECOND_NS = 1_000_000_000
_PREFILL_WINDOW_NS = 30 * _SECOND_NS
"""The server tells of a prefill when its request ends, so few have been told of in less."""
_LATENCIES = ("ttft", "queue_wait", "prefill_ms", "overhead", "itl", "request_latency")
"""Metrics of single requests a snapshot has a histogram of."""


class LoadState(msgspec.Struct, frozen=True, kw_only=True):
    """What the runner knows and the statistics do not."""

    phase: LoadPhase
    paused: bool = False
    started_ns: int | None = None
    """When the first measured request was sent."""
    concurrency: int | None = None
    rate: float | None = None
    dropped: int = 0
    planned: int | None = None
    client_cpu_fraction: float | None = None
    loop_lag_ms_p99: float | None = None
    warnings: tuple[str, ...] = ()


class LiveStats:
    """Takes each step of each request (a TraceObserver) and each finished record."""

    def __init__(self) -> None:
        self._in_stage = [0] * len(Stage)
        self._events = WindowRate(_SECOND_NS)
        self._prompt_n = WindowRate(_PREFILL_WINDOW_NS)
        self._prompt_ms = WindowRate(_PREFILL_WINDOW_NS)
        self._counted_events = 0
        """Content events of the finished requests whose tokens the server counted."""
        self._counted_tokens = 0
        self._sent = 0
        self._completed = 0
        self._failed = 0
        self._cancelled = 0
        self._by_error: dict[str, int] = {}
        self._output_tokens = 0
        self._prompt_tokens = 0
        self._cached_tokens = 0
        self._latencies = {tag: Histogram() for tag in _LATENCIES}
        self.icl = Histogram()
        """Gaps between content events in milliseconds, all measured requests."""

    @property
    def in_flight(self) -> int:
        """Requests begun and not ended."""
        connecting, queued, prefilling, decoding, _ = self._in_stage
        return connecting + queued + prefilling + decoding

    @property
    def failed(self) -> int:
        """Measured requests that failed."""
        return self._failed

    @property
    def completed(self) -> int:
        """Measured requests that ran to their end."""
        return self._completed

    def begun(self) -> None:
        """A request begins, in the stage CONNECTING."""
        self._in_stage[Stage.CONNECTING] += 1

    def moved(self, old: Stage, new: Stage) -> None:
        """A request went from one stage to another."""
        self._in_stage[old] -= 1
        self._in_stage[new] += 1

    def content(self, reads: Sequence[tuple[int, int]], gaps_ms: Sequence[float]) -> None:
        """Content came in `reads` (when, how many events), `gaps_ms` apart."""
        for at_ns, events in reads:
            self._events.add(at_ns, events)
        self.icl.add_all(gaps_ms)

    def finished(self, record: RequestRecord) -> None:
        """A request ended. Only measured ones count; all of them teach tokens per event."""
        if record.completed:
            self._learn_tokens(record)
        if record.phase is not Phase.MEASURED:
            return
        self._sent += record.sent_ns is not None
        if record.cancelled:
            self._cancelled += 1
        elif record.error is not None:
            self._failed += 1
            kind = record.error.kind.value
            self._by_error[kind] = self._by_error.get(kind, 0) + 1
        else:
            self._completed += 1
            self._add_latencies(record)

    def _learn_tokens(self, record: RequestRecord) -> None:
        if record.output_tokens is not None:
            self._counted_events += record.content_events
            self._counted_tokens += record.output_tokens
        if record.timings is not None:
            self._prompt_n.add(record.done_ns, record.timings.prompt_n)
            self._prompt_ms.add(record.done_ns, record.timings.prompt_ms)

    def _add_latencies(self, record: RequestRecord) -> None:
        self._output_tokens += record.output_tokens or 0
        self._prompt_tokens += record.prompt_tokens or 0
        self._cached_tokens += record.cached_tokens or 0
        for tag, histogram in self._latencies.items():
            reader = METRICS[tag].value
            value = reader(record) if reader else None
            if value is not None:
                histogram.add(value)

    def snapshot(self, at_ns: int, state: LoadState) -> LiveSnapshot:
        """The load at `at_ns`."""
        connecting, queued, prefilling, decoding, _ = self._in_stage
        event_rate = self._events.per_second(at_ns)
        return LiveSnapshot(
            at_ns=at_ns,
            phase=state.phase,
            paused=state.paused,
            elapsed_ns=0 if state.started_ns is None else at_ns - state.started_ns,
            concurrency=state.concurrency,
            rate=state.rate,
            in_flight=connecting + queued + prefilling + decoding,
            queued=queued,
            prefilling=prefilling,
            decoding=decoding,
            sent=self._sent,
            completed=self._completed,
            failed=self._failed,
            cancelled=self._cancelled,
            dropped=state.dropped,
            by_error=dict(self._by_error),
            planned=state.planned,
            output_tps=None if event_rate is None else event_rate * self._tokens_per_event,
            prefill_tps=self._prefill_tps(at_ns),
            output_tokens=self._output_tokens,
            prompt_tokens=self._prompt_tokens,
            cached_tokens=self._cached_tokens,
            icl=self.icl.copy(),
            ttft=self._latencies["ttft"].copy(),
            queue_wait=self._latencies["queue_wait"].copy(),
            prefill_ms=self._latencies["prefill_ms"].copy(),
            overhead=self._latencies["overhead"].copy(),
            itl=self._latencies["itl"].copy(),
            request_latency=self._latencies["request_latency"].copy(),
            client_cpu_fraction=state.client_cpu_fraction,
            loop_lag_ms_p99=state.loop_lag_ms_p99,
            warnings=state.warnings,
        )

    def _prefill_tps(self, at_ns: int) -> float | None:
        """Prompt tokens computed over the time it took, of the requests that ended lately."""
        prompt_ms = self._prompt_ms.total(at_ns)
        return self._prompt_n.total(at_ns) / prompt_ms * 1e3 if prompt_ms > 0 else None

    @property
    def _tokens_per_event(self) -> float:
        return self._counted_tokens / self._counted_events if self._counted_events else 1.0
