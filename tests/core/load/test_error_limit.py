"""How many failures a load bears."""

from __future__ import annotations

from rocmtui.core.load.error_limit import ErrorLimit
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord

ERROR = RequestError(kind=ErrorKind.HTTP_5XX, message="no")


def record(*, failed: bool = False, cancelled: bool = False, phase: Phase = Phase.MEASURED) -> RequestRecord:
    return RequestRecord(
        id=0, worker=0, phase=phase, done_ns=1, cancelled=cancelled, error=ERROR if failed else None
    )


GOOD, BAD = record(), record(failed=True)


def test_a_load_of_known_length_ends_when_it_cannot_keep_the_limit() -> None:
    limit = ErrorLimit(0.05, 100)
    assert limit.take([GOOD] * 6 + [BAD] * 5) is None
    assert limit.take([BAD]) == "6 of 12 requests failed, over 5 %"
    assert limit.take([BAD]) is None  # said once


def test_of_unknown_length_a_few_must_have_ended() -> None:
    limit = ErrorLimit(0.2, None)
    assert limit.take([BAD] * 5 + [GOOD] * 14) is None
    assert limit.take([GOOD]) == "5 of 20 requests failed, over 20 %"


def test_the_limit_itself_is_borne() -> None:
    assert ErrorLimit(0.25, None).take([BAD] * 5 + [GOOD] * 15) is None


def test_warm_up_and_cancelled_requests_do_not_count() -> None:
    others = [record(failed=True, phase=Phase.WARMUP), record(cancelled=True)]
    assert ErrorLimit(0.0, None).take(others * 50) is None


def test_without_a_limit_a_load_goes_on() -> None:
    assert ErrorLimit(None, 10).take([BAD] * 10) is None
