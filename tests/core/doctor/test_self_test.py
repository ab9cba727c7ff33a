"""When the instrument is off, and when only the machine was busy."""

from __future__ import annotations

import msgspec

from rocmtui.core.doctor.self_test import KnownTruth, SelfTestRow, judge, row_of
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings

MS = 1_000_000
TRUTH = KnownTruth(ttft_ms=50.0, itl_ms=10.0, late_ms_mean=0.1, late_ms_p99=0.4)


def record(
    ttft_ms: float,
    served_ms: float = 50.1,
    itl_ms: float = 10.0,
    served_itl_ms: float = 10.0,
    tokens: int = 5,
) -> RequestRecord:
    first_ns = round(ttft_ms * MS)
    last_ns = first_ns + round(itl_ms * (tokens - 1) * MS)
    return RequestRecord(
        id=0,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        headers_ns=1,
        first_token_ns=first_ns,
        last_token_ns=last_ns,
        done_ns=last_ns,
        output_tokens=tokens,
        timings=ServerTimings(
            prompt_n=3, prompt_ms=served_ms, predicted_n=tokens, predicted_ms=served_itl_ms * (tokens - 1)
        ),
    )


def row(streams: int, *records: RequestRecord) -> SelfTestRow:
    return row_of(streams, 5, TRUTH, records, ())


def test_a_row_compares_with_what_was_set_and_subtracts_nothing() -> None:
    found = row(8, record(50.2), record(50.6, itl_ms=10.2))
    assert found.requests == 2
    assert found.wrong == 0
    assert (round(found.ttft_ms or 0, 6), round(found.ttft_error_ms or 0, 6)) == (50.4, 0.4)
    assert round(found.ttft_error_ms_p99 or 0, 6) == 0.596
    assert round(found.itl_error or 0, 6) == 0.01
    assert round(found.server_ttft_error_ms or 0, 6) == 0.1
    assert (found.server_late_ms_mean, found.tokens_per_second) == (0.1, 800.0)
    assert found.cpu_us_per_token == 0.0


def test_small_errors_are_good() -> None:
    result = judge([row(1, record(50.1)), row(32, record(50.7))])
    assert (result.verdict, result.highest_tokens_per_second) == ("good", 3200.0)


def test_an_error_over_a_millisecond_is_off() -> None:
    result = judge([row(1, record(50.1)), row(32, record(51.6))])
    assert result.verdict == "off"
    assert result.reason.startswith("TTFT is off by 1.60 ms and ITL by 0.00% with 32 streams")
    assert result.highest_tokens_per_second == 100.0


def test_a_late_server_is_named_rather_than_the_instrument() -> None:
    result = judge([row(32, record(53.2, served_ms=53.0))])
    assert result.verdict == "unclear"
    assert "was late by 3.00 ms with 32 streams" in result.reason


def test_a_wrong_itl_is_off() -> None:
    assert judge([row(8, record(50.1, itl_ms=10.2))]).verdict == "off"
    assert judge([row(8, record(50.1, itl_ms=10.2, served_itl_ms=10.2))]).verdict == "unclear"


def test_a_lost_request_is_off_whatever_the_rest_says() -> None:
    failed = msgspec.structs.replace(record(50.1), cancelled=True)
    miscounted = record(50.1, tokens=4)
    assert judge([row(8, record(50.1), failed)]).verdict == "off"
    assert judge([row(8, record(50.1), miscounted)]).reason == "1 of 2 requests failed or were miscounted"


def test_more_streams_than_judged_may_fail() -> None:
    result = judge([row(32, record(50.1)), row(128, record(58.0))])
    assert (result.verdict, result.highest_tokens_per_second) == ("good", 3200.0)


def test_nothing_measured() -> None:
    assert judge([row(1, msgspec.structs.replace(record(50.0), cancelled=True))]).verdict == "off"
