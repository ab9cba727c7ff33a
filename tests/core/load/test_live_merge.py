"""Several processes' snapshots as one."""

from __future__ import annotations

from rocmtui.core.load.live_merge import merge_snapshots
from rocmtui.core.load.snapshot import LiveSnapshot, speed_of_run
from rocmtui.core.stats.histogram import Histogram


def histogram(*values: float) -> Histogram:
    made = Histogram()
    for value in values:
        made.add(value)
    return made


def snapshot(at_ns: int, **values: object) -> LiveSnapshot:
    return LiveSnapshot(at_ns=at_ns, **{"phase": "measured", **values})  # type: ignore[arg-type]


def test_one_is_itself() -> None:
    only = snapshot(3, sent=2)
    assert merge_snapshots([only]) is only


def test_everything_is_added_up() -> None:
    first = snapshot(5, sent=2, dropped=1, rate=1.5, planned=10, output_tps=100.0, ttft=histogram(1, 2))
    second = snapshot(4, sent=3, rate=1.5, planned=9, prefill_tps=7.0, ttft=histogram(3), elapsed_ns=8)
    merged = merge_snapshots([first, second])
    assert (merged.at_ns, merged.sent, merged.dropped, merged.planned, merged.rate) == (5, 5, 1, 19, 3.0)
    assert (merged.output_tps, merged.prefill_tps, merged.elapsed_ns) == (100.0, 7.0, 8)
    assert merged.ttft == histogram(1, 2, 3)
    assert first.ttft == histogram(1, 2)


def test_the_speed_of_the_run_is_all_tokens_over_the_longest_window() -> None:
    ended = snapshot(1, phase="done", window_ns=8 * 10**9, window_tokens=80.0)
    merged = merge_snapshots([ended, snapshot(2, window_ns=10 * 10**9, window_tokens=40.0)])
    assert speed_of_run(merged) == 12.0


def test_what_nobody_knows_stays_unknown() -> None:
    merged = merge_snapshots([snapshot(1), snapshot(2)])
    assert (merged.concurrency, merged.rate, merged.planned, merged.output_tps) == (None, None, None, None)
    assert merged.loop_lag_ms_p99 is None


def test_the_worst_lag_counts() -> None:
    merged = merge_snapshots(
        [snapshot(1, loop_lag_ms_p99=2.0), snapshot(2, loop_lag_ms_p99=9.0), snapshot(3)]
    )
    assert merged.loop_lag_ms_p99 == 9.0


def test_the_phase_is_measured_while_anybody_measures_and_else_the_earliest() -> None:
    def phase(*phases: str) -> str:
        return merge_snapshots([snapshot(1, phase=phase) for phase in phases]).phase

    assert phase("warmup", "measured") == "measured"
    assert phase("done", "drain") == "drain"
    assert phase("done", "done") == "done"
    assert phase("warmup", "preparing") == "preparing"


def test_a_process_that_has_ended_has_no_speed_and_no_workers() -> None:
    ended = snapshot(1, phase="done", concurrency=2, output_tps=90.0, completed=30, planned=30)
    running = snapshot(2, concurrency=1, output_tps=45.0, completed=20, planned=30)
    merged = merge_snapshots([ended, running])
    assert (merged.concurrency, merged.output_tps) == (1, 45.0)
    assert (merged.completed, merged.planned) == (50, 60)
