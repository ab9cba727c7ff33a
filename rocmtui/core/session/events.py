"""Everything that happens in a run: lines of events.jsonl and messages between the processes.

Each struct carries a `type` tag, so one union decodes any line. Times are monotonic nanoseconds.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.answers.look import Company, Look
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.host.sample import HostSample
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.far.clock import ClockFound
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.server.state import ServerStatus, SlotReading
from rocmtui.core.stats.histogram import Histogram

StopReason = Literal["stopped", "interrupted", "server_gone", "error_rate"]
EndReason = Literal["requests", "duration", StopReason]
"""The first two: the load ran its course."""


class _Event(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag_field="type"):
    at_ns: int


class RunStarted(_Event, frozen=True, kw_only=True, tag="run"):
    """First line of a run: joins the monotonic clock to the calendar."""

    unix_ns: int
    tool_version: str
    label: str = ""
    source: Literal["live", "scripted"] = "live"


class ServerChanged(_Event, frozen=True, kw_only=True, tag="server"):
    """The server's state, a stage, or a fact changed."""

    status: ServerStatus


class SlotsRead(_Event, frozen=True, kw_only=True, tag="slots"):
    """All slots at one moment."""

    slots: tuple[SlotReading, ...]
    deferred: int | None = None
    """Requests the server holds in its queue."""
    prefilled_total: int | None = None
    """Prompt tokens computed so far, from /metrics; read where there is no /slots."""
    decoded_total: int | None = None
    """Tokens generated so far, likewise; it moves when a request ends."""


class ServerTraffic(_Event, frozen=True, kw_only=True, tag="traffic"):
    """What the whole server does, whoever asked: our load and all others' together, and what is not ours.

    Rates are tokens per second of wall time over the last two seconds. None: cannot be told.
    """

    decode_tps: float | None = None
    """Tokens generated, ours included."""
    prefill_tps: float | None = None
    """Prompt tokens computed, ours included."""
    others_decode_tps: float | None = None
    """Tokens generated for others. Never more than `decode_tps`."""
    others_prefill_tps: float | None = None
    """Prompt tokens computed for others; None while ours and theirs run side by side."""
    busy: int | None = None
    """Slots at work."""
    others_busy: int | None = None
    """Slots at work for others."""
    served: tuple[ServedRequest, ...] = ()
    """Requests that ended since the last such event, as the server's log tells; each says if it is ours."""


class GpuRead(_Event, frozen=True, kw_only=True, tag="gpu"):
    """All GPUs at one moment."""

    sample: GpuSample


class HostRead(_Event, frozen=True, kw_only=True, tag="host"):
    """The machine around the server at one moment."""

    sample: HostSample


class LogRead(_Event, frozen=True, kw_only=True, tag="log"):
    """Lines of the server's log (untrusted text)."""

    lines: tuple[str, ...]


HOST = "host"
"""The code of a notice that the host slows the server; a report judges the whole run itself."""
SERVER_GONE = "server_gone"
"""The code of a notice that the server no longer answered when the load had ended."""
CHANGED = "changed"
"""The code of a notice that the load was changed by hand while it ran."""


class Noticed(_Event, frozen=True, kw_only=True, tag="notice"):
    """Something the user should read: a warning, a spill, a crash, a change of load."""

    level: LogLevel
    text: str
    code: str = ""


class Requests(_Event, frozen=True, kw_only=True, tag="requests"):
    """Finished requests since the last such message."""

    records: tuple[RequestRecord, ...]


class CeilingKnown(_Event, frozen=True, kw_only=True, tag="ceiling"):
    """How fast the server's decode could be at most; once a load, where it can be told."""

    ceiling: Ceiling


class AnswersLooked(_Event, frozen=True, kw_only=True, tag="answers"):
    """What the server said, before the load, to texts whose next word is certain."""

    look: Look


class AnswersInCompany(_Event, frozen=True, kw_only=True, tag="answers_in_company"):
    """What the server said to such texts while the load ran."""

    found: Company


class DraftsCounted(_Event, frozen=True, kw_only=True, tag="drafts"):
    """The server's counters of its drafts, before a load and after it."""

    counts: DraftCounts


class LoadFinished(_Event, frozen=True, kw_only=True, tag="load_finished"):
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


class LoadFailed(_Event, frozen=True, kw_only=True, tag="load_failed"):
    """A load process cannot go on: it died, or the scenario cannot be run."""

    process: int
    message: str


class Hello(_Event, frozen=True, kw_only=True, tag="hello"):
    """The first words of a load process: what it is, and where. `at_ns` is by its own clock."""

    version: str
    host: str
    """What the machine calls itself, or what the user calls it."""
    cores: int
    """It may use."""
    pid: int = 0
    process: int = 0


class TimeTold(_Event, frozen=True, kw_only=True, tag="time"):
    """The answer to AskTime. `at_ns` is by the clock of who answers; kept in no run."""

    asked_ns: int


class ClockMeasured(_Event, frozen=True, kw_only=True, tag="clock"):
    """What is known of the clock of a load process that runs on another machine."""

    process: int
    clock: ClockFound


Event = (
    RunStarted
    | ServerChanged
    | SlotsRead
    | ServerTraffic
    | GpuRead
    | HostRead
    | LogRead
    | Noticed
    | LiveSnapshot
    | Requests
    | CeilingKnown
    | AnswersLooked
    | AnswersInCompany
    | DraftsCounted
    | LoadFinished
    | LoadFailed
    | Hello
    | TimeTold
    | ClockMeasured
)


encode = msgspec.json.Encoder().encode
decode_event = msgspec.json.Decoder(Event).decode
