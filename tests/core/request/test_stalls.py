"""Which gaps of a stream are stalls."""

import pytest

from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.stalls import stalls_among
from rocmtui.core.request.trace import RequestTrace, Stage

MS = 1_000_000


class Nobody:
    def moved(self, old: Stage, new: Stage) -> None: ...
    def content(self, at_ns: int, events: int, gap_ms: float | None) -> None: ...
    def shared(self, events: int, early_ns: int, *, measured: bool) -> None: ...


def record_of(*reads: tuple[int, int]) -> RequestRecord:
    """A request whose events came at these milliseconds, so many at a time."""
    trace = RequestTrace(Nobody())
    trace.sent(0, None)
    for at_ms, events in reads:
        trace.content(at_ms * MS, events)
    trace.finish_reason = "stop"
    trace.end(reads[-1][0] * MS)
    return trace.record(id=1, worker=0, process=0, phase=Phase.MEASURED, scheduled_ns=None, cancelled=False)


def steady(gap_ms: int, count: int = 20) -> list[tuple[int, int]]:
    return [(number * gap_ms, 1) for number in range(count)]


def test_a_long_gap_in_a_quick_stream_is_a_stall() -> None:
    reads = [*steady(10), *((at + 500, n) for at, n in steady(10))]
    assert record_of(*reads).stalls == ((190 * MS, 500 * MS),)


@pytest.mark.parametrize(
    ("usual_ms", "gap_ms", "stalls"), [(10, 200, 0), (10, 201, 1), (50, 499, 0), (50, 501, 1)]
)
def test_the_limit_is_ten_times_the_median_and_never_under_200_ms(
    usual_ms: int, gap_ms: int, stalls: int
) -> None:
    start = usual_ms * 19 + gap_ms
    reads = [*steady(usual_ms), *((start + at, n) for at, n in steady(usual_ms))]
    assert len(record_of(*reads).stalls or ()) == stalls


def test_the_tokens_of_one_draft_are_one_step() -> None:
    """Five tokens at once each 100 ms: the usual gap is 100 ms, not 0."""
    reads = [(number * 100, 5) for number in range(20)]
    assert record_of(*reads, (2400, 5)).stalls == ()


def test_of_a_stream_that_came_in_a_burst_nothing_is_known() -> None:
    assert record_of((100, 20), (900, 12)).stalls is None
    assert record_of((100, 1)).stalls is None


def test_without_steps_the_limit_is_200_ms() -> None:
    assert stalls_among([(0, 300 * MS)], [0.0, 0.0]) == ((0, 300 * MS),)
