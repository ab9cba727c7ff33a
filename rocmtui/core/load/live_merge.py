"""Snapshots of several load processes, added up into one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import fmean

import msgspec

from rocmtui.core.load.snapshot import HISTOGRAMS, LiveSnapshot, LoadPhase
from rocmtui.core.stats.histogram import Histogram, merged
from rocmtui.core.stats.quantiles import known

_PHASES: tuple[LoadPhase, ...] = ("idle", "preparing", "warmup", "measured", "drain", "done")
_SUMS = (
    *("in_flight", "queued", "prefilling", "decoding", "sent", "completed", "empty", "failed", "cancelled"),
    *("beside", "dropped", "output_tokens", "prompt_tokens", "cached_tokens", "kernel_stamps", "own_stamps"),
    "window_tokens",
)
_OF_RUNNING = ("concurrency", "rate", "output_tps", "client_cpu_fraction")
"""What a process that has come to its end has no more part in."""


def merge_snapshots(snapshots: Sequence[LiveSnapshot]) -> LiveSnapshot:
    """One snapshot of all processes (at least one), dated by the newest.

    The phase is `measured` while any process measures, else the earliest one; a figure no process knows is
    None; loop lag and read lateness are the worst; the prefill speed, one of single requests, is the mean.
    """
    if len(snapshots) == 1:
        return snapshots[0]
    running = [snapshot for snapshot in snapshots if snapshot.phase != "done"] or snapshots
    newest = max(snapshots, key=lambda snapshot: snapshot.at_ns)
    histograms: dict[str, Histogram] = {
        name: merged(getattr(snapshot, name) for snapshot in snapshots) for name in HISTOGRAMS
    }
    by_error = sum((Counter(snapshot.by_error) for snapshot in snapshots), Counter[str]())
    return msgspec.structs.replace(
        newest,
        phase=_phase(snapshots),
        paused=any(snapshot.paused for snapshot in snapshots),
        elapsed_ns=max(snapshot.elapsed_ns for snapshot in snapshots),
        by_error=dict(by_error),
        by_server=tuple(map(sum, zip(*(snapshot.by_server for snapshot in snapshots), strict=True))),
        loop_lag_ms_p99=known(max, (snapshot.loop_lag_ms_p99 for snapshot in snapshots)),
        read_late_ms_p99=known(max, (snapshot.read_late_ms_p99 for snapshot in snapshots)),
        warnings=tuple(dict.fromkeys(warning for snapshot in snapshots for warning in snapshot.warnings)),
        **{name: sum(getattr(snapshot, name) for snapshot in snapshots) for name in _SUMS},
        prefill_tps=known(fmean, (snapshot.prefill_tps for snapshot in running)),
        window_ns=max(snapshot.window_ns for snapshot in snapshots),
        planned=known(sum, (snapshot.planned for snapshot in snapshots)),
        **{name: known(sum, (getattr(s, name) for s in running)) for name in _OF_RUNNING},
        **histograms,
    )


def _phase(snapshots: Iterable[LiveSnapshot]) -> LoadPhase:
    phases = {snapshot.phase for snapshot in snapshots}
    return "measured" if "measured" in phases else min(phases, key=_PHASES.index)
