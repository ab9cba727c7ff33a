"""What a load process says, one JSON line each; all but the time is kept in the run.

Each struct carries a `type` tag, so one union decodes any line. Times are monotonic nanoseconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.stats.histogram import Histogram

StopReason = Literal["stopped", "interrupted", "server_gone", "error_rate"]
EndReason = Literal["requests", "duration", StopReason]
"""The first two: the load ran its course."""


class AtMoment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    """Happened at a moment."""

    at_ns: int


class Requests(AtMoment, frozen=True, kw_only=True, tag="requests"):
    """Finished requests since the last such message."""

    records: tuple[RequestRecord, ...]


class LoadFinished(AtMoment, frozen=True, kw_only=True, tag="load_finished"):
    """A load process is done; what its own audit saw travels with it."""

    process: int
    first_sent_ns: int | None = None
    last_done_ns: int | None = None
    window_start_ns: int | None = None
    """When the first measured request was planned or attempted."""
    window_end_ns: int | None = None
    """The planned end of a duration, the last end of a count, or the moment the load was ended."""
    cpu_seconds: float
    wall_seconds: float
    loop_lag_ms_p99: float | None = None
    loop_lag_ms_max: float | None = None
    icl: Histogram
    reads: ReadTally | None = None
    """What its reads were stamped by; None in runs from before it was counted."""
    reason: EndReason
    message: str = ""

    @property
    def cpu_fraction(self) -> float | None:
        """CPU over wall time; 1.0 is one core."""
        return self.cpu_seconds / self.wall_seconds if self.wall_seconds > 0 else None


class LoadFailed(AtMoment, frozen=True, kw_only=True, tag="load_failed"):
    """A load process cannot go on: it died, or the scenario cannot be run."""

    process: int
    message: str


class Hello(AtMoment, frozen=True, kw_only=True, tag="hello"):
    """The first words of a load process: what it is, and where. `at_ns` is by its own clock."""

    version: str
    host: str
    """What the machine calls itself, or what the user calls it."""
    cores: int
    """It may use."""
    pid: int = 0
    process: int = 0


class TimeTold(AtMoment, frozen=True, kw_only=True, tag="time"):
    """The answer to AskTime. `at_ns` is by the clock of who answers; kept in no run."""

    asked_ns: int


Said = LiveSnapshot | Requests | LoadFinished | LoadFailed | Hello | TimeTold

encode_line = msgspec.json.Encoder().encode
