"""What a screen draws: one frozen SessionView, the same for a live run and a replay."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.answers.look import Look
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.host.sample import HostSample
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.state import ServerStatus, SlotReading
from rocmtui.core.session.events import FleetRead, Noticed, ServerTraffic
from rocmtui.core.session.marks import Mark


class HistoryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Speeds at one moment, for the charts."""

    at_ns: int
    output_tps: float | None
    prefill_tps: float | None
    in_flight: int
    limit_tps: float | None = None
    """The most that decode could reach with the streams of that moment; None: not known, or none decodes."""


class GpuPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One card at one moment, for the sparklines."""

    at_ns: int
    pci: str
    power_watts: float | None
    busy_percent: float | None
    vram_used_bytes: int | None
    gtt_used_bytes: int | None


class ReplayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay stands."""

    position_ns: int
    duration_ns: int
    speed: float
    playing: bool
    label: str = ""
    marks: tuple[Mark, ...] = ()
    """What happens in the whole run, by its position."""


class FleetServer(msgspec.Struct, frozen=True, kw_only=True):
    """A further server of a fleet, and what it said last; None while it has said nothing."""

    url: str
    said: FleetRead | None = None


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """All a screen may draw, at one moment. Newest entries last."""

    at_ns: int = 0
    started_ns: int = 0
    unix_ns: int = 0
    """Calendar time of `started_ns`."""
    source: Literal["live", "scripted"] = "live"
    label: str = ""
    server: ServerStatus = ServerStatus()
    live: LiveSnapshot | None = None
    begins: bool = False
    """A load was asked for and has sent nothing yet: prompts are built, the server is looked at."""
    scenario: Scenario | None = None
    slots: tuple[SlotReading, ...] = ()
    deferred: int | None = None
    fleet: tuple[FleetServer, ...] = ()
    """The servers after the first, in their order."""
    traffic: ServerTraffic | None = None
    """What the whole server does, ours and others'; None while nothing is known of it."""
    traffic_history: tuple[ServerTraffic, ...] = ()
    others: tuple[ServedRequest, ...] = ()
    """The last requests of others that ended."""
    gpu: GpuSample | None = None
    host: HostSample | None = None
    ceiling: Ceiling | None = None
    limit_tps: float | None = None
    """The most that decode could reach now; None: not known, or nothing decodes."""
    history: tuple[HistoryPoint, ...] = ()
    gpu_history: tuple[GpuPoint, ...] = ()
    host_history: tuple[HostSample, ...] = ()
    marks: tuple[Mark, ...] = ()
    """What happened, to be set into a time axis."""
    requests: tuple[RequestRecord, ...] = ()
    log: tuple[str, ...] = ()
    log_first_number: int = 0
    """Number of the first line of `log` since the run began; the view keeps the last 2,000."""
    notices: tuple[Noticed, ...] = ()
    peak_output_tps: float | None = None
    run_dir: str | None = None
    look: Look | None = None
    """What the server answered before the load; None: it was not asked."""
    kept_dir: str | None = None
    """The folder of the load that ended last, once its report is in it."""
    baseline: LiveSnapshot | None = None
    """Last snapshot of an earlier run, drawn as a ghost."""
    baseline_label: str = ""
    replay: ReplayStatus | None = None


def ended_run(view: SessionView) -> str | None:
    """The folder of the load that has ended, or of the run whose replay has come to its end; else None."""
    replay = view.replay
    if replay is not None:
        return view.run_dir if replay.position_ns >= replay.duration_ns > 0 else None
    return view.kept_dir
