"""The speed of the run so far: what came in the measured window, as the report counts it."""

from __future__ import annotations

import pytest

from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.snapshot import LiveSnapshot, LoadPhase, speed_of_run

S = 1_000_000_000


def told(
    stats: LiveStats, seconds: float, phase: LoadPhase = "measured", planned: int | None = None
) -> float:
    """The speed so many seconds after the window began at 10 s; 0 where there is none."""
    elapsed_ns = round(seconds * S)
    snapshot = LiveSnapshot(at_ns=10 * S + elapsed_ns, phase=phase, elapsed_ns=elapsed_ns, planned=planned)
    return speed_of_run(stats.snapshot(snapshot)) or 0.0


def test_tokens_count_as_they_come_not_as_requests_end() -> None:
    stats = LiveStats()
    stats.begun(measured=True)
    stats.content(11 * S, 30, None)
    assert told(stats, 2) == pytest.approx(15.0)


def test_what_came_before_the_first_measured_request_does_not_count() -> None:
    stats = LiveStats()
    stats.begun()
    stats.content(9 * S, 100, None)
    stats.begun(measured=True)
    stats.content(11 * S, 30, None)
    stats.begun(measured=True)
    assert told(stats, 2) == pytest.approx(15.0)


def test_a_window_of_time_ends_before_the_drain_and_one_of_a_count_with_it() -> None:
    for planned, expected in ((None, 15.0), (4, 10.0)):
        stats = LiveStats()
        stats.begun(measured=True)
        stats.content(11 * S, 30, None)
        told(stats, 2, planned=planned)
        stats.content(13 * S, 10, None)
        told(stats, 4, "drain", planned)
        assert told(stats, 4, "done", planned) == pytest.approx(expected)


def test_an_older_run_has_the_speed_of_its_ended_requests() -> None:
    assert speed_of_run(LiveSnapshot(at_ns=9, phase="done", elapsed_ns=2 * S, output_tokens=50)) == 25.0
    assert speed_of_run(LiveSnapshot(at_ns=9, phase="measured", output_tokens=50)) is None
