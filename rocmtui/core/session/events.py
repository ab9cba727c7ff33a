"""Everything that happens in a run: lines of events.jsonl.

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
from rocmtui.core.load.said import AtMoment, Hello, LoadFailed, LoadFinished, Requests, TimeTold
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.server.log.line import LogLevel
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.server.state import ServerStatus, SlotReading


class RunStarted(AtMoment, frozen=True, kw_only=True, tag="run"):
    """First line of a run: joins the monotonic clock to the calendar."""

    unix_ns: int
    tool_version: str
    label: str = ""
    source: Literal["live", "scripted"] = "live"


class ServerChanged(AtMoment, frozen=True, kw_only=True, tag="server"):
    """The server's state, a stage, or a fact changed."""

    status: ServerStatus


class SlotsRead(AtMoment, frozen=True, kw_only=True, tag="slots"):
    """All slots at one moment."""

    slots: tuple[SlotReading, ...]
    deferred: int | None = None
    """Requests the server holds in its queue."""
    prefilled_total: int | None = None
    """Prompt tokens computed so far, from /metrics; read where there is no /slots."""
    decoded_total: int | None = None
    """Tokens generated so far, likewise; it moves when a request ends."""


class FleetRead(AtMoment, frozen=True, kw_only=True, tag="fleet"):
    """How full a further server of a fleet is at one moment."""

    server: int
    """Its place in the fleet; the first server, whose slots are told one by one, is 0."""
    state: Literal["read", "off", "silent"]
    """`off`: it does not show its slots; `silent`: it does not answer."""
    busy: int | None = None
    """Slots at work."""
    slots: int | None = None


class ServerTraffic(AtMoment, frozen=True, kw_only=True, tag="traffic"):
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


class GpuRead(AtMoment, frozen=True, kw_only=True, tag="gpu"):
    """All GPUs at one moment."""

    sample: GpuSample


class HostRead(AtMoment, frozen=True, kw_only=True, tag="host"):
    """The machine around the server at one moment."""

    sample: HostSample


class LogRead(AtMoment, frozen=True, kw_only=True, tag="log"):
    """Lines of the server's log (untrusted text)."""

    lines: tuple[str, ...]


HOST = "host"
"""The code of a notice that the host slows the server; a report judges the whole run itself."""
SERVER_GONE = "server_gone"
"""The code of a notice that the server no longer answered when the load had ended."""
CHANGED = "changed"
"""The code of a notice that the load was changed by hand while it ran."""


class Noticed(AtMoment, frozen=True, kw_only=True, tag="notice"):
    """Something the user should read: a warning, a spill, a crash, a change of load."""

    level: LogLevel
    text: str
    code: str = ""


class CeilingKnown(AtMoment, frozen=True, kw_only=True, tag="ceiling"):
    """How fast the server's decode could be at most; once a load, where it can be told."""

    ceiling: Ceiling


class AnswersLooked(AtMoment, frozen=True, kw_only=True, tag="answers"):
    """What the server said, before the load, to texts whose next word is certain."""

    look: Look


class AnswersInCompany(AtMoment, frozen=True, kw_only=True, tag="answers_in_company"):
    """What the server said to such texts while the load ran."""

    found: Company


class DraftsCounted(AtMoment, frozen=True, kw_only=True, tag="drafts"):
    """The server's counters of its drafts, before a load and after it."""

    counts: DraftCounts


class ClockMeasured(AtMoment, frozen=True, kw_only=True, tag="clock"):
    """What is known of the clock of a load process that runs on another machine."""

    process: int
    clock: ClockFound


Event = (
    RunStarted
    | ServerChanged
    | SlotsRead
    | FleetRead
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
