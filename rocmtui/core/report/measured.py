"""What the records of a run add up to, gathered in one pass and about 200 bytes a request."""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence

import msgspec

from rocmtui.core.load.scenario import OpenLoop, Scenario
from rocmtui.core.load.slo import Slo, within_all
from rocmtui.core.request.metrics import REQUEST_METRICS
from rocmtui.core.request.record import Phase, RequestError, RequestRecord
from rocmtui.core.stats.effective import Together, together
from rocmtui.core.stats.quantiles import known


class Span(msgspec.Struct, frozen=True):
    """A stretch of time, in monotonic nanoseconds."""

    start_ns: int
    end_ns: int

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.end_ns - self.start_ns) / 1e9

    def holds(self, at_ns: int) -> bool:
        """Whether a moment lies in it, its ends included."""
        return self.start_ns <= at_ns <= self.end_ns

    def share_of(self, start_ns: int, end_ns: int) -> float:
        """Which part (0 to 1) of another stretch lies in it; a moment counts whole or not at all."""
        if end_ns <= start_ns:
            return float(self.holds(start_ns))
        common = min(end_ns, self.end_ns) - max(start_ns, self.start_ns)
        return max(common, 0) / (end_ns - start_ns)


class Flow(msgspec.Struct, frozen=True):
    """The tokens of one request and when they came."""

    sent_ns: int
    first_ns: int
    last_ns: int
    prompt_tokens: int
    output_tokens: int
    counted: bool
    """Whether it is a measured request that completed."""
    at_once: bool = False
    """Whether it came in one piece or two."""

    @property
    def itl_ms(self) -> float | None:
        """As `core.request.metrics.itl`."""
        decode_ns = 0 if self.at_once else self.last_ns - self.first_ns
        return decode_ns / 1e6 / (self.output_tokens - 1) if decode_ns and self.output_tokens > 1 else None


class Measured:
    """Counts and values of the measured requests, and the token flow of all requests."""

    def __init__(self, slos: Sequence[Slo] = ()) -> None:
        self.request_slos = [slo for slo in slos if slo.request_value()]
        """Those that can be asked of a single request."""
        self._values: dict[str, array[float]] = {metric.tag: array("d") for metric in REQUEST_METRICS}
        """By metric, of the measured requests that completed, up to the last that has one; others are NaN."""
        self._spans: tuple[array[int], array[int]] = (array("q"), array("q"))
        """When each of them was sent and done."""
        self._good = array("b")
        """Which of them are within every objective."""
        self.sent = self.completed = self.failed = self.cancelled = self.empty = 0
        self.warmup_failed = 0
        self.by_error: Counter[str] = Counter()
        self.first_errors: dict[str, RequestError] = {}
        """The first error of each kind."""
        self.first_due_ns: int | None = None
        """When the first measured request was planned or attempted."""
        self.first_sent_ns: int | None = None
        self.last_done_ns: int | None = None
        self.any_first_done_ns: int | None = None
        """When the first request of the run, of any phase, was completed."""
        self.any_first_sent_ns: int | None = None
        self.last_sent_ns: int | None = None
        self._whole: tuple[array[int], ...] = tuple(array("q") for _ in range(3))
        """When each reply that came whole was done, its inputs and its tokens."""
        self._flow: tuple[array[int], ...] = tuple(array("q") for _ in range(7))

    @property
    def send_seconds(self) -> float | None:
        """First to last measured request sent; None when none was."""
        if self.first_sent_ns is None or self.last_sent_ns is None:
            return None
        return (self.last_sent_ns - self.first_sent_ns) / 1e9

    @property
    def drain_seconds(self) -> float | None:
        """Last measured request sent to last one done; None when none was."""
        if self.last_done_ns is None or self.last_sent_ns is None:
            return None
        return max(self.last_done_ns - self.last_sent_ns, 0) / 1e9

    def add(self, record: RequestRecord) -> None:
        """Take one record."""
        self._take_times(record)
        self._take_flow(record)
        if record.phase is Phase.WARMUP and record.error is not None:
            self.warmup_failed += 1
        if record.phase is not Phase.MEASURED:
            return
        self.sent += 1
        if record.error is not None:
            self.failed += 1
            self.by_error[record.error.kind.value] += 1
            self.first_errors.setdefault(record.error.kind.value, record.error)
        elif record.cancelled:
            self.cancelled += 1
        else:
            self._take_completed(record)

    def _take_completed(self, record: RequestRecord) -> None:
        self.completed += 1
        sent, done = self._spans
        sent.append(record.sent_ns if record.sent_ns is not None else record.done_ns)
        done.append(record.done_ns)
        self._good.append(within_all(record, self.request_slos))
        if record.inputs:
            row = (record.done_ns, record.inputs, record.prompt_tokens or 0)
            for column, count in zip(self._whole, row, strict=True):
                column.append(count)
        self.empty += record.empty
        for metric in REQUEST_METRICS:
            value = None if record.empty or not metric.value else metric.value(record)
            if value is not None:
                found = self._values[metric.tag]
                found.extend([math.nan] * (self.completed - 1 - len(found)))
                found.append(value)

    def latencies_ms(self, since_ns: int = 0) -> list[float]:
        """Of the completed requests sent from `since_ns` on, in the order in which they were sent."""
        spans = sorted(zip(*self._spans, strict=True))
        return [(done - sent) / 1e6 for sent, done in spans if sent >= since_ns]

    def values(self, tag: str) -> list[float]:
        """Those of a metric, of the completed requests that have one."""
        return [value for value in self._values[tag] if not math.isnan(value)]

    def in_order_sent(self, tag: str) -> list[float]:
        """The same in the order in which their requests were sent."""
        rows = zip(self._spans[0], self._values[tag], strict=False)
        return [value for _, value in sorted(row for row in rows if not math.isnan(row[1]))]

    def together(self, scenario: Scenario | None, slots: int | None) -> Together:
        """How the measured requests ran beside each other; slots not known, of an open loop, are one."""
        is_open = scenario is not None and isinstance(scenario.shape, OpenLoop)
        return together(tuple(zip(*self._spans, strict=True)), slots=(slots or 1) if is_open else None)

    def whole_in(self, span: Span) -> tuple[int, int] | None:
        """Inputs and tokens of the replies that came whole in a stretch of time; None where none ever did."""
        if not self._whole[0]:
            return None
        there = [row for row in zip(*self._whole, strict=True) if span.holds(row[0])]
        return sum(row[1] for row in there), sum(row[2] for row in there)

    def _take_times(self, record: RequestRecord) -> None:
        if record.completed:
            self.any_first_done_ns = known(min, (self.any_first_done_ns, record.done_ns))
        self.any_first_sent_ns = known(min, (self.any_first_sent_ns, record.sent_ns))
        if record.phase is Phase.MEASURED:
            self.first_due_ns = known(min, (self.first_due_ns, record.due_ns))
            self.first_sent_ns = known(min, (self.first_sent_ns, record.sent_ns))
            self.last_done_ns = known(max, (self.last_done_ns, record.done_ns))
            self.last_sent_ns = known(max, (self.last_sent_ns, record.sent_ns))

    def completed_by(self, until_ns: int | None) -> tuple[int, int]:
        """How many had completed by then, and how many of those were within every objective."""
        done = self._spans[1]
        counted = [until_ns is None or at_ns <= until_ns for at_ns in done]
        return sum(counted), sum(good for good, counts in zip(self._good, counted, strict=True) if counts)

    def _take_flow(self, record: RequestRecord) -> None:
        if record.sent_ns is None or record.first_token_ns is None:
            return
        tokens = record.content_events if record.output_tokens is None else record.output_tokens
        last = record.last_token_ns if record.last_token_ns is not None else record.first_token_ns
        times = (record.sent_ns, record.first_token_ns, last)
        row = (*times, record.prompt_tokens or 0, tokens, record.counts, record.in_a_burst)
        for column, value in zip(self._flow, row, strict=True):
            column.append(value)

    def flow(self) -> Iterable[Flow]:
        """When tokens came, of every request that got one, whatever its phase or end.

        Requests cut off before the server counted are taken by their content events.
        """
        return (Flow(*row) for row in zip(*self._flow, strict=True))

    def output_tokens_in(self, span: Span) -> float:
        """Output tokens that came in a stretch of time, spread evenly from a request's first to last."""
        return sum(flow.output_tokens * span.share_of(flow.first_ns, flow.last_ns) for flow in self.flow())

    def prompt_tokens_in(self, span: Span) -> int:
        """Prompt tokens of the requests whose first token came in a stretch of time."""
        return sum(flow.prompt_tokens for flow in self.flow() if span.holds(flow.first_ns))
