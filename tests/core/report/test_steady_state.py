"""The start-up wave and the steady state, told apart."""

import pytest

from rocmtui.core.report.measured import Measured, Span
from rocmtui.core.report.steady_state import Parts, split
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord

MS = 1_000_000


def request(sent_ms: int, ttft_ms: int, phase: Phase = Phase.MEASURED) -> RequestRecord:
    """Ten tokens, 10 ms apart."""
    first = sent_ms + ttft_ms
    return RequestRecord(
        id=sent_ms,
        worker=0,
        phase=phase,
        sent_ns=sent_ms * MS,
        first_token_ns=first * MS,
        last_token_ns=(first + 90) * MS,
        done_ns=(first + 90) * MS,
        output_tokens=10,
    )


def parts(*records: RequestRecord, ramp_s: float = 0.0) -> Parts:
    measured = Measured()
    for record in records:
        measured.add(record)
    assert measured.first_sent_ns is not None
    assert measured.last_done_ns is not None
    return split(measured, Span(measured.first_sent_ns, measured.last_done_ns), ramp_s)


def test_wave_is_what_was_sent_before_the_first_request_was_over() -> None:
    found = parts(request(0, 200), request(0, 210), request(290, 50), request(300, 60))
    assert found.wave is not None
    assert found.steady is not None
    assert (found.wave.requests, found.steady.requests) == (2, 2)
    assert found.wave.metrics["ttft"].mean == pytest.approx(205)
    assert found.steady.metrics["ttft"].mean == pytest.approx(55)
    assert found.steady.metrics["itl"].mean == pytest.approx(10)


def test_a_request_that_fails_at_once_ends_no_wave() -> None:
    good = [request(0, 200), request(0, 210), request(290, 50)]
    refused = RequestRecord(
        id=9,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=0,
        done_ns=MS,
        error=RequestError(kind=ErrorKind.HTTP_5XX, message="busy"),
    )
    assert parts(*good, refused) == parts(*good)


def test_speed_is_of_the_tokens_between_the_wave_and_the_last_request_sent() -> None:
    steady = parts(request(0, 10), request(100, 10), request(200, 10)).steady
    assert steady is not None
    assert (steady.from_seconds, steady.to_seconds) == (pytest.approx(0.1), pytest.approx(0.2))
    assert steady.output_tps == pytest.approx(10 / 0.1)


def test_a_warm_up_takes_the_wave_upon_itself() -> None:
    found = parts(request(0, 200, Phase.WARMUP), request(290, 50), request(440, 50))
    assert found.wave is None
    assert found.steady is not None
    assert found.steady.requests == 2


def test_a_ramp_is_part_of_the_wave() -> None:
    found = parts(request(0, 10), request(400, 10), request(600, 10), ramp_s=0.5)
    assert found.wave is not None
    assert found.wave.requests == 2


def test_one_wave_has_no_steady_state() -> None:
    found = parts(request(0, 10), request(5, 10))
    assert found.wave is not None
    assert found.steady is None


def test_a_second_wave_is_too_short_for_a_speed() -> None:
    """It is sent the moment the first is over, within a few milliseconds, in which hardly a token comes."""
    found = parts(request(0, 200), request(5, 200), request(291, 200), request(297, 200))
    assert found.steady is not None
    assert found.steady.output_tps is None
    assert found.steady.metrics["ttft"].mean == pytest.approx(200)
