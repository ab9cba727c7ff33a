"""The load as it runs, folded into counters and histograms: O(1) a token, O(1) memory in its length."""

from __future__ import annotations

from collections import Counter

import msgspec

from rocmtui.core.load.snapshot import HISTOGRAMS, LiveSnapshot
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.trace import Stage
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.stats.rate import WindowRate

_SECOND_NS = 1_000_000_000
FOLD_AT = 1024
"""So many gaps are counted at once, at a fraction of what each costs alone."""
_PREFILL_WINDOW_NS = 30 * _SECOND_NS
"""The server tells of a prefill when its request ends, so few have been told of in less."""


class LiveStats:
    """Takes each step of each request (a TraceObserver) and each finished record."""

    def __init__(self) -> None:
        self._in_stage = [0] * len(Stage)
        self._events = WindowRate(_SECOND_NS)
        self._prompt_n = WindowRate(_PREFILL_WINDOW_NS)
        self._prompt_ms = WindowRate(_PREFILL_WINDOW_NS)
        self._come = 0
        """Content events of all requests."""
        self._come_before: int | None = None
        """Of those: before the first measured request was begun."""
        self._window_events = 0
        self._window_ns = 0
        self._window_over = False
        self._counted_events = 0
        """Content events of the finished requests whose tokens the server counted."""
        self._counted_tokens = 0
        self._counts: Counter[str] = Counter()
        """Of the measured requests: the fields of a snapshot that add them up."""
        self._by_error: Counter[str] = Counter()
        self._histograms = {tag: Histogram() for tag in HISTOGRAMS}
        self._gaps_ms: list[float] = []
        self.shared_events = 0
        self.shared_ms_max = 0.0

    @property
    def in_flight(self) -> int:
        """Requests begun and not ended."""
        return sum(self._in_stage[:-1])

    @property
    def decoding(self) -> int:
        """Requests that receive tokens now."""
        return self._in_stage[Stage.DECODING]

    def begun(self, *, measured: bool = False) -> None:
        """A request begins, in the stage CONNECTING."""
        self._in_stage[Stage.CONNECTING] += 1
        if measured and self._come_before is None:
            self._come_before = self._come

    def moved(self, old: Stage, new: Stage) -> None:
        """A request went from one stage to another."""
        self._in_stage[old] -= 1
        self._in_stage[new] += 1

    def content(self, at_ns: int, events: int, gap_ms: float | None) -> None:
        """A read brought so many events, `gap_ms` after those before."""
        self._events.add(at_ns, events)
        self._come += events
        if gap_ms is not None:
            self._gaps_ms.append(gap_ms)
            if len(self._gaps_ms) >= FOLD_AT:
                self._fold()

    @property
    def icl(self) -> Histogram:
        """Gaps between content events in milliseconds, all measured requests."""
        self._fold()
        return self._histograms["icl"]

    def _fold(self) -> None:
        self._histograms["icl"].add_all(self._gaps_ms)
        self._gaps_ms.clear()

    def shared(self, events: int, early_ns: int, *, measured: bool) -> None:
        """So many events carry the stamp of a later one: they may have come up to `early_ns` before it."""
        self.shared_events += events
        if measured:
            self._gaps_ms += [0.0] * events
        self.shared_ms_max = max(self.shared_ms_max, early_ns / 1e6)

    def finished(self, record: RequestRecord) -> None:
        """A request ended. Only measured ones count; all of them teach tokens per event."""
        if record.completed:
            self._learn_tokens(record)
        if record.phase is not Phase.MEASURED:
            return
        self._counts["sent"] += 1
        if record.cancelled:
            self._counts["cancelled"] += 1
        elif record.error is not None:
            self._counts["failed"] += 1
            self._by_error[record.error.kind.value] += 1
        else:
            self._counts["completed"] += 1
            self._counts["empty"] += record.empty
            if not record.empty:
                self._add_figures(record)

    def _learn_tokens(self, record: RequestRecord) -> None:
        if record.output_tokens is not None:
            self._counted_events += record.content_events
            self._counted_tokens += record.output_tokens
        if record.timings is not None:
            self._prompt_n.add(record.done_ns, record.timings.prompt_n)
            self._prompt_ms.add(record.done_ns, record.timings.prompt_ms)

    def _add_figures(self, record: RequestRecord) -> None:
        for name in ("output_tokens", "prompt_tokens", "cached_tokens"):
            self._counts[name] += getattr(record, name) or 0
        for tag, histogram in self._histograms.items():
            reader = METRICS[tag].value
            value = reader(record) if reader else None
            if value is not None:
                histogram.add(value)

    def snapshot(self, told: LiveSnapshot) -> LiveSnapshot:
        """The load at `told.at_ns`; `told` is what the runner knows and the statistics do not."""
        _, queued, prefilling, decoding, _ = self._in_stage
        self._fold()
        event_rate = self._events.per_second(told.at_ns)
        return msgspec.structs.replace(
            told,
            in_flight=self.in_flight,
            queued=queued,
            prefilling=prefilling,
            decoding=decoding,
            by_error=dict(self._by_error),
            output_tps=None if event_rate is None else event_rate * self._tokens_per_event,
            **self._window(told),
            prefill_tps=self._prefill_tps(told.at_ns),
            **self._counts,
            **{name: histogram.copy() for name, histogram in self._histograms.items()},
        )

    def _window(self, told: LiveSnapshot) -> dict[str, float]:
        """As in the report: a window of time ends before the drain, one of a count with its last request."""
        self._window_over = self._window_over or (told.phase == "drain" and told.planned is None)
        if told.elapsed_ns and not self._window_over:
            self._window_events = self._come - (self._come_before or 0)
            self._window_ns = told.elapsed_ns
        return {"window_tokens": self._window_events * self._tokens_per_event, "window_ns": self._window_ns}

    def _prefill_tps(self, at_ns: int) -> float | None:
        """Prompt tokens computed over the time it took, of the requests that ended lately."""
        prompt_ms = self._prompt_ms.total(at_ns)
        return self._prompt_n.total(at_ns) / prompt_ms * 1e3 if prompt_ms > 0 else None

    @property
    def _tokens_per_event(self) -> float:
        return self._counted_tokens / self._counted_events if self._counted_events else 1.0
