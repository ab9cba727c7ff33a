"""A request becomes a record, and the statistics follow it."""

from __future__ import annotations

import pytest

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord, ServerTimings
from rocmtui.core.request.reply import ReplyEvent
from rocmtui.core.request.trace import RequestTrace

MS = 1_000_000
TIMINGS = ServerTimings(prompt_n=20, prompt_ms=30.0, predicted_n=5, predicted_ms=40.0, cache_n=6)


def snapshot_at(stats: LiveStats, at_ns: int, phase: LoadPhase = "measured") -> LiveSnapshot:
    return stats.snapshot(LiveSnapshot(at_ns=at_ns, phase=phase, elapsed_ns=at_ns))


def begin(stats: LiveStats, *, measured: bool = True) -> RequestTrace:
    stats.begun()
    return RequestTrace(stats, measured=measured)


def finish(trace: RequestTrace, stats: LiveStats, phase: Phase = Phase.MEASURED, *, cancelled: bool = False):  # type: ignore[no-untyped-def]
    record = trace.record(id=7, worker=2, process=0, phase=phase, scheduled_ns=None, cancelled=cancelled)
    stats.finished(record)
    return record


def complete(trace: RequestTrace, at_ns: int = 0) -> None:
    """Sent at `at_ns`, headers after 10 ms, 5 tokens in 4 events from 50 ms on."""
    trace.sent(at_ns, 100)
    trace.headers(at_ns + 10 * MS)
    trace.content(at_ns + 50 * MS, 1)
    trace.content(at_ns + 60 * MS, 1)
    trace.content(at_ns + 90 * MS, 2)
    trace.facts(ReplyEvent(finish_reason="length", timings=TIMINGS, prompt_tokens=26, output_tokens=5))
    trace.facts(ReplyEvent(ends=True))
    trace.done_ns = at_ns + 91 * MS
    trace.end(at_ns + 99 * MS)


def test_a_complete_request() -> None:
    stats = LiveStats()
    trace = begin(stats)
    complete(trace)
    assert finish(trace, stats) == RequestRecord(
        id=7,
        worker=2,
        phase=Phase.MEASURED,
        connect_ns=100,
        sent_ns=0,
        headers_ns=10 * MS,
        first_token_ns=50 * MS,
        last_token_ns=90 * MS,
        done_ns=91 * MS,
        prompt_tokens=26,
        output_tokens=5,
        content_events=4,
        content_reads=3,
        stalls=(),
        finish_reason="length",
        timings=TIMINGS,
    )


def test_its_latencies_are_in_the_snapshot_and_add_up() -> None:
    stats = LiveStats()
    trace = begin(stats)
    complete(trace)
    finish(trace, stats)
    snapshot = snapshot_at(stats, 100 * MS)
    means = {name: getattr(snapshot, name).mean for name in ("ttft", "queue_wait", "prefill_ms", "overhead")}
    assert means == {"ttft": 50.0, "queue_wait": 10.0, "prefill_ms": 30.0, "overhead": 10.0}
    assert snapshot.itl.mean == 10.0
    assert (snapshot.icl.count, snapshot.icl.at_or_below_zero, snapshot.icl.total) == (3, 1, 40.0)
    assert (snapshot.sent, snapshot.completed, snapshot.output_tokens, snapshot.in_flight) == (1, 1, 5, 0)


def test_the_stages_of_requests_under_way() -> None:
    stats = LiveStats()
    traces = [begin(stats) for _ in range(4)]
    for trace in traces[1:]:
        trace.sent(0, None)
    for trace in traces[2:]:
        trace.headers(1)
    traces[3].content(2, 1)
    assert _stages(snapshot_at(stats, 3)) == (4, 1, 1, 1)
    traces[3].sent(4, None)  # a stale connection: it is sent once more
    assert _stages(snapshot_at(stats, 3)) == (4, 2, 1, 0)
    for trace in traces:
        trace.cancel(9)
    assert _stages(snapshot_at(stats, 3)) == (0, 0, 0, 0)


def _stages(snapshot: LiveSnapshot) -> tuple[int, int, int, int]:
    return snapshot.in_flight, snapshot.queued, snapshot.prefilling, snapshot.decoding


def test_a_stream_without_its_end_is_truncated() -> None:
    trace = begin(LiveStats())
    trace.sent(0, None)
    trace.headers(1)
    trace.content(2, 3)
    trace.end(9)
    assert trace.error is not None
    assert trace.error.kind is ErrorKind.TRUNCATED
    assert trace.error.message == "the stream ended without its closing event, after 3 content events"
    assert trace.done_ns == 9


def test_a_finish_reason_is_end_enough() -> None:
    trace = begin(LiveStats())
    trace.facts(ReplyEvent(finish_reason="stop"))
    trace.end(9)
    assert trace.error is None


def test_the_first_failure_stays() -> None:
    trace = begin(LiveStats())
    first = RequestError(kind=ErrorKind.IN_STREAM, message="boom")
    trace.fail(first)
    trace.fail(RequestError(kind=ErrorKind.SERVER_GONE, message="gone"))
    trace.end(9)
    assert trace.error is first


def test_failures_are_counted_by_kind_and_cancelled_ones_are_none() -> None:
    stats = LiveStats()
    failed, cancelled = begin(stats), begin(stats)
    for trace in (failed, cancelled):
        trace.sent(0, None)
    failed.fail(RequestError(kind=ErrorKind.TIMEOUT_READ, message="silent"))
    failed.end(5)
    cancelled.cancel(6)
    finish(failed, stats)
    finish(cancelled, stats, cancelled=True)
    snapshot = snapshot_at(stats, 7)
    assert (snapshot.sent, snapshot.completed, snapshot.failed, snapshot.cancelled) == (2, 0, 1, 1)
    assert snapshot.by_error == {"timeout_read": 1}


def test_the_warm_up_counts_for_speed_only() -> None:
    stats = LiveStats()
    trace = begin(stats, measured=False)
    complete(trace)
    finish(trace, stats, Phase.WARMUP)
    snapshot = snapshot_at(stats, 150 * MS, "warmup")
    assert (snapshot.sent, snapshot.completed, snapshot.ttft.count, snapshot.icl.count) == (0, 0, 0, 0)
    assert snapshot.output_tps is not None


def test_tokens_a_second_are_corrected_by_the_servers_count() -> None:
    stats = LiveStats()
    trace = begin(stats)
    complete(trace)  # 4 content events, 5 tokens
    before = snapshot_at(stats, 150 * MS).output_tps
    finish(trace, stats)
    after = snapshot_at(stats, 150 * MS).output_tps
    assert before is not None
    assert after == before * 5 / 4


def test_an_empty_snapshot_knows_nothing() -> None:
    snapshot = snapshot_at(LiveStats(), 0)
    assert (snapshot.output_tps, snapshot.prefill_tps, snapshot.ttft.mean) == (None, None, None)


def test_prefill_speed_is_that_of_the_requests_that_ended_lately() -> None:
    stats = LiveStats()
    assert snapshot_at(stats, 0).prefill_tps is None
    for at_s in (1, 1, 1, 2):  # however many end at once
        trace = begin(stats)
        complete(trace, at_s * 1000 * MS)
        finish(trace, stats)
    assert snapshot_at(stats, 3000 * MS).prefill_tps == pytest.approx(20 / 0.030)
    assert snapshot_at(stats, 60_000 * MS).prefill_tps is None


def test_counts_of_nothing_beside_text_are_none() -> None:
    stats = LiveStats()
    trace = begin(stats)
    trace.content(2, 3)
    trace.facts(ReplyEvent(finish_reason="stop", output_tokens=0, prompt_tokens=0))
    trace.end(9)
    record = finish(trace, stats)
    assert (record.output_tokens, record.prompt_tokens, record.odd_figures) == (None, None, True)


def test_a_good_end_without_content_is_empty() -> None:
    stats = LiveStats()
    trace = begin(stats)
    trace.facts(ReplyEvent(finish_reason="stop", output_tokens=1))
    trace.end(9)
    record = finish(trace, stats)
    assert (record.completed, record.empty) == (True, True)
