"""When the instrument is off: request by request against the server's log, never two means."""

from __future__ import annotations

import msgspec

from rocmtui.core.doctor.known_truth import KnownTruth, ServedReply
from rocmtui.core.doctor.self_test import SelfTestRow, judge, row_of
from rocmtui.core.load.said import LoadFinished
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.stats.histogram import Histogram

MS = 1_000_000
TOKENS = 5


def served(number: int, ttft_ms: float = 50.0, itl_ms: float = 10.0) -> ServedReply:
    first_ns = number * MS + round(ttft_ms * MS)
    return ServedReply(number, number * MS, tuple(first_ns + round(n * itl_ms * MS) for n in range(TOKENS)))


def record(reply: ServedReply, late_ms: float = 0.01, tokens: int = TOKENS) -> RequestRecord:
    """The request as seen by a client that stamps each token so late."""
    stamps = tuple(at_ns + round(late_ms * MS) for at_ns in reply.written_ns)
    return RequestRecord(
        id=reply.number or 0,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=reply.arrived_ns,
        headers_ns=reply.arrived_ns + 1,
        first_token_ns=stamps[0],
        last_token_ns=stamps[-1],
        done_ns=stamps[-1],
        output_tokens=tokens,
        content_ns=stamps,
    )


def row(streams: int, *pairs: tuple[ServedReply, RequestRecord], own: int = 0) -> SelfTestRow:
    truth = KnownTruth(replies=tuple(reply for reply, _ in pairs), late_ms_mean=0.1, late_ms_p99=0.4)
    late = Histogram()
    late.add_all([0.5, 30.0])
    finished = LoadFinished(
        at_ns=0,
        process=0,
        first_sent_ns=0,
        last_done_ns=1,
        cpu_seconds=0.001,
        wall_seconds=1.0,
        loop_lag_ms_p99=None,
        loop_lag_ms_max=None,
        icl=Histogram(),
        reads=ReadTally(kernel=2, own=own, late_ms=late),
        reason="requests",
    )
    return row_of(streams, TOKENS, truth, [measured for _, measured in pairs], [finished])


def pair(
    number: int, late_ms: float = 0.01, ttft_ms: float = 50.0, itl_ms: float = 10.0
) -> tuple[ServedReply, RequestRecord]:
    reply = served(number, ttft_ms, itl_ms)
    return reply, record(reply, late_ms)


def test_each_request_is_compared_with_its_own_log_line() -> None:
    found = row(8, pair(0, 0.01, ttft_ms=50.0), pair(1, 0.03, ttft_ms=90.0))
    assert (found.requests, found.wrong, found.server_late_ms_mean) == (2, 0, 0.1)
    assert (found.ttft_true_ms, round(found.ttft_ms or 0, 6)) == (70.0, 70.02)
    assert found.ttft_error_ms is not None
    assert [round(x, 6) for x in msgspec.structs.astuple(found.ttft_error_ms)] == [0.02, 0.0298, 0.03]
    assert found.token_error_ms is not None
    assert round(found.token_error_ms.max, 6) == 0.03
    assert (round(found.itl_error or 0, 9), found.tokens_per_second) == (0.0, 800.0)
    assert found.cpu_us_per_token == 100.0


def test_errors_that_cancel_in_the_mean_of_all_show_in_each_request() -> None:
    early, late = pair(0), pair(1)
    crossed = row(8, (early[0], record(late[0])), (late[0], record(early[0])))
    assert crossed.wrong == 0  # paired by number, whatever the order they came in
    shifted = row(1, pair(0, 0.9), pair(1, -0.9))
    assert shifted.ttft_error_ms is not None
    assert abs(shifted.ttft_error_ms.mean) < 1e-9
    assert not shifted.within


def test_a_server_that_is_late_itself_is_no_error_of_ours() -> None:
    assert judge([row(32, pair(0, ttft_ms=58.0), pair(1, itl_ms=14.0))]).verdict == "good"


def test_reading_late_does_not_matter_where_the_kernel_stamps() -> None:
    found = row(32, pair(0))
    assert (found.reads.late_ms.max, judge([found]).verdict) == (30.0, "good")


def test_small_errors_are_good() -> None:
    result = judge([row(1, pair(0, 0.04)), row(32, pair(0, 0.05))])
    assert (result.verdict, result.highest_tokens_per_second) == ("good", 3200.0)


def test_a_large_error_is_off_and_says_what_stamped_it() -> None:
    result = judge([row(1, pair(0)), row(32, pair(0, 1.6), own=7)])
    assert result.verdict == "off"
    assert result.reason.startswith("with 32 streams TTFT is off by 1.600 ms")
    assert "7 reads have no stamp of the kernel's" in result.reason
    assert result.highest_tokens_per_second == 100.0


def test_tokens_stamped_late_are_off_though_the_first_is_right() -> None:
    reply, measured = pair(0)
    late = msgspec.structs.replace(
        measured, content_ns=(*measured.content_ns[:-1], measured.content_ns[-1] + 4 * MS)
    )
    assert judge([row(8, (reply, late))]).verdict == "off"


def test_of_tokens_read_together_the_last_is_compared_and_the_others_are_counted() -> None:
    reply, measured = pair(0)
    stamps = measured.content_ns
    together = (*stamps[:1], stamps[2], *stamps[2:])
    seen = row(8, (reply, msgspec.structs.replace(measured, content_ns=together)))
    assert seen.within
    first = msgspec.structs.replace(measured, content_ns=(stamps[1], *stamps[1:]), first_token_ns=stamps[1])
    assert row(8, (reply, first)).ttft_error_ms is None
    many = msgspec.structs.replace(seen, reads=ReadTally(kernel=90, shared=10))
    assert not many.within
    assert "10 tokens were read together" in judge([many]).reason


def test_a_lost_request_is_off_whatever_the_rest_says() -> None:
    reply, measured = pair(1)
    failed = msgspec.structs.replace(measured, cancelled=True)
    miscounted = msgspec.structs.replace(measured, output_tokens=4)
    for bad in (failed, miscounted):
        result = judge([row(8, pair(0), (reply, bad))])
        assert (result.verdict, result.reason) == ("off", "1 of 2 requests failed or were miscounted")


def test_more_streams_than_judged_may_fail() -> None:
    result = judge([row(32, pair(0)), row(128, pair(0, 8.0))])
    assert (result.verdict, result.highest_tokens_per_second) == ("good", 3200.0)


def test_faster_rows_seek_the_highest_rate_and_no_more() -> None:
    result = judge([row(32, pair(0))], [row(32, pair(0, itl_ms=5.0)), row(32, pair(0, 8.0, itl_ms=2.5))])
    assert (result.verdict, result.highest_tokens_per_second, len(result.rows)) == ("good", 6400.0, 3)


def test_nothing_measured() -> None:
    reply, measured = pair(0)
    assert judge([row(1, (reply, msgspec.structs.replace(measured, cancelled=True)))]).verdict == "off"
