"""How fast things go over some seconds: figures that can be read while they change."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.load.snapshot import speed_of_run
from rocmtui.core.session.view import SessionView

SMOOTH_NS = 4_000_000_000
"""A figure is the mean of so long: a server works in bursts of a prefill each."""


def output_speed(view: SessionView) -> float | None:
    """Output tokens a second of our load over the last seconds; None while there is none, or it is over."""
    if view.live is None or view.live.phase == "done":
        return None
    return mean_of_late([(p.at_ns, p.output_tps) for p in view.history[-60:]], view.live.at_ns)


def read_speed(view: SessionView) -> float | None:
    """Prompt tokens a second read by all slots over the last seconds."""
    points = [(p.at_ns, p.prefill_tps) for p in view.traffic_history[-30:]]
    return mean_of_late(points, points[-1][0]) if points else None


def others_speed(view: SessionView) -> float | None:
    """Output tokens a second the server makes for other clients; None where there are none."""
    points = [(p.at_ns, p.others_decode_tps) for p in view.traffic_history[-30:]]
    return (mean_of_late(points, points[-1][0]) or None) if points else None


def run_speed(view: SessionView) -> float | None:
    """Output tokens a second over the whole measured window so far."""
    return None if view.live is None else speed_of_run(view.live)


def mean_of_late(points: Sequence[tuple[int, float | None]], now_ns: int) -> float | None:
    """Mean of the values of the last SMOOTH_NS, (time, value) newest last; None where there are none."""
    late: list[float] = []
    for at_ns, value in reversed(points):
        if at_ns < now_ns - SMOOTH_NS:
            break
        if value is not None:
            late.append(value)
    return sum(late) / len(late) if late else None
