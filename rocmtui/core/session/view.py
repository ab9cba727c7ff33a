"""From events to what a screen draws: one frozen SessionView, the same for a live run and a replay."""

from __future__ import annotations

from collections import deque
from typing import Literal

import msgspec

from rocmtui.core.answers.look import Look
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.host.sample import HostSample, Pressure
from rocmtui.core.limits.ceiling import Ceiling
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.served import ServedRequest
from rocmtui.core.server.state import ServerState, ServerStatus, SlotReading
from rocmtui.core.session.events import (
    AnswersLooked,
    CeilingKnown,
    Event,
    GpuRead,
    HostRead,
    LoadFailed,
    LogRead,
    Noticed,
    Requests,
    RunStarted,
    ServerChanged,
    ServerTraffic,
    SlotsRead,
)
from rocmtui.core.session.marks import Mark, MarkWatch
from rocmtui.core.session.prompt_pace import PromptPace
from rocmtui.core.stats.quantiles import known

MAX_LOG_LINES = 2000
MAX_LINE_CHARS = 2000
MAX_REQUESTS = 500
MAX_NOTICES = 200
HISTORY_NS = 300 * 1_000_000_000


OTHER_SERVER = (ServerState.STOPPED, ServerState.STARTING, ServerState.FAILED)
"""What was known of a server is not true of the next."""


class HistoryPoint(msgspec.Struct, frozen=True, kw_only=True):
    """Speeds at one moment, for the charts."""

    at_ns: int
    output_tps: float | None
    prefill_tps: float | None
    in_flight: int
    limit_tps: float | None = None
    """The most that decode could reach with the streams of that moment; None: not known, or none decodes."""


class TrafficPoint(msgspec.Struct, frozen=True, kw_only=True):
    """What the whole server did at one moment, for the charts. None: could not be told."""

    at_ns: int
    decode_tps: float | None = None
    prefill_tps: float | None = None
    others_decode_tps: float | None = None
    others_prefill_tps: float | None = None


class OthersTotals(msgspec.Struct, frozen=True, kw_only=True):
    """Requests of others that ended since the session began, as the server's log tells."""

    requests: int = 0
    prompt_tokens: int = 0
    """Of those whose prompt's length is known."""
    cached_tokens: int = 0
    output_tokens: int = 0


class GpuPoint(msgspec.Struct, frozen=True, kw_only=True):
    """One card at one moment, for the sparklines."""

    at_ns: int
    pci: str
    power_watts: float | None
    busy_percent: float | None
    vram_used_bytes: int | None
    gtt_used_bytes: int | None


class HostPoint(msgspec.Struct, frozen=True, kw_only=True):
    """The host at one moment, for the sparklines; None: not known."""

    at_ns: int
    server_cores: float | None = None
    busy_cores: float | None = None
    wait_share: float | None = None
    memory_available_bytes: int | None = None
    disk_read_bytes_per_s: float | None = None
    throttled_share: float | None = None
    pressure: Pressure = Pressure()


class ReplayStatus(msgspec.Struct, frozen=True, kw_only=True):
    """Where a replay stands."""

    position_ns: int
    duration_ns: int
    speed: float
    playing: bool
    label: str = ""
    marks: tuple[Mark, ...] = ()
    """What happens in the whole run, by its position."""


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
    scenario: Scenario | None = None
    slots: tuple[SlotReading, ...] = ()
    slots_at_ns: int | None = None
    deferred: int | None = None
    traffic: ServerTraffic | None = None
    """What the whole server does, ours and others'; None while nothing is known of it."""
    traffic_history: tuple[TrafficPoint, ...] = ()
    others: tuple[ServedRequest, ...] = ()
    """The last requests of others that ended."""
    others_totals: OthersTotals = OthersTotals()
    gpu: GpuSample | None = None
    host: HostSample | None = None
    ceiling: Ceiling | None = None
    limit_tps: float | None = None
    """The most that decode could reach now; None: not known, or nothing decodes."""
    history: tuple[HistoryPoint, ...] = ()
    gpu_history: tuple[GpuPoint, ...] = ()
    host_history: tuple[HostPoint, ...] = ()
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


class ViewBuilder:
    """Folds events into a view; bounded memory, O(1) an event. Not thread-safe."""

    def __init__(self) -> None:
        self._view = SessionView()
        self._history: deque[HistoryPoint] = deque()
        self._gpu_history: deque[GpuPoint] = deque()
        self._host_history: deque[HostPoint] = deque()
        self._marks: deque[Mark] = deque(maxlen=MAX_NOTICES)
        self._mark_watch = MarkWatch()
        self._pace = PromptPace()
        self._requests: deque[RequestRecord] = deque(maxlen=MAX_REQUESTS)
        self._traffic_history: deque[TrafficPoint] = deque()
        self._others: deque[ServedRequest] = deque(maxlen=MAX_REQUESTS)
        self._log: deque[str] = deque(maxlen=MAX_LOG_LINES)
        self._log_count = 0
        self._notices: deque[Noticed] = deque(maxlen=MAX_NOTICES)
        self._dirty: set[str] = set()
        """Which of these have changed since the view was made."""

    def observe(self, event: Event) -> None:
        """Take one event; events of one kind come in the order of their times."""
        self._take_marks(event)
        match event:
            case LiveSnapshot():
                self._take_live(event)
            case Requests():
                self._requests.extend(event.records)
                self._dirty.add("requests")
            case SlotsRead():
                self._take_slots(event)
            case ServerTraffic():
                self._take_traffic(event)
            case GpuRead():
                self._take_gpu(event)
            case HostRead():
                self._take_host(event)
            case LogRead():
                self._log.extend(line[:MAX_LINE_CHARS] for line in event.lines)
                self._log_count += len(event.lines)
                self._dirty.add("log")
            case ServerChanged():
                self._take_server(event.status)
            case Noticed() | LoadFailed():
                self._take_notice(event)
            case CeilingKnown() | AnswersLooked():
                self._take_before_load(event)
            case RunStarted():
                self.set_run(event)
        self._set(at_ns=max(event.at_ns, self._view.at_ns))

    def set_run(self, run: RunStarted) -> None:
        """Say which run the events belong to; a run's first events may be older than its beginning."""
        self._set(started_ns=run.at_ns, unix_ns=run.unix_ns, source=run.source, label=run.label)

    def set_load(self, scenario: Scenario | None, run_dir: str | None) -> None:
        """Say which load the coming snapshots belong to, and where its run is kept."""
        self._set(scenario=scenario, run_dir=run_dir)

    def set_kept(self, run_dir: str | None) -> None:
        """Say that a load has ended and its report is written."""
        self._set(kept_dir=run_dir)

    def set_baseline(self, baseline: LiveSnapshot | None, label: str = "") -> None:
        """Draw an earlier run's figures as a ghost; None takes it away."""
        self._set(baseline=baseline, baseline_label=label)

    def set_replay(self, replay: ReplayStatus) -> None:
        """Say where the replay stands."""
        self._set(replay=replay)

    def view(self) -> SessionView:
        """The view now; the same object as before when nothing changed."""
        if self._dirty:
            changed = {name: tuple(getattr(self, f"_{name}")) for name in self._dirty}
            self._set(log_first_number=self._log_count - len(self._log), **changed)
            self._dirty.clear()
        return self._view

    def _set(self, **changes: object) -> None:
        self._view = msgspec.structs.replace(self._view, **changes)

    def _take_live(self, event: LiveSnapshot) -> None:
        limit = self._limit(event)
        point = msgspec.convert(event, HistoryPoint, from_attributes=True)
        self._history.append(msgspec.structs.replace(point, limit_tps=limit))
        _forget(self._history, event.at_ns - HISTORY_NS)
        self._dirty.add("history")
        self._set(
            live=event,
            limit_tps=limit,
            peak_output_tps=known(max, (self._view.peak_output_tps, event.output_tps)),
        )

    def _take_before_load(self, event: CeilingKnown | AnswersLooked) -> None:
        if isinstance(event, CeilingKnown):
            self._set(ceiling=event.ceiling)
        else:
            self._set(look=event.look)

    def _limit(self, event: LiveSnapshot) -> float | None:
        """For the streams that decode now, at the mean depth of the requests so far."""
        ceiling = self._view.ceiling
        if ceiling is None or not event.decoding:
            return None
        depth = (event.prompt_tokens + event.output_tokens / 2) / max(event.completed, 1)
        return ceiling.limit_tps(event.decoding, depth)

    def _take_marks(self, event: Event) -> None:
        marks = self._mark_watch.observe(event)
        self._marks.extend(marks)
        self._dirty |= {"marks"} if marks else set()

    def _take_server(self, status: ServerStatus) -> None:
        ready = status.state is ServerState.READY
        self._set(
            server=status,
            traffic=self._view.traffic if ready else None,
            ceiling=None if status.state in OTHER_SERVER else self._view.ceiling,
        )

    def _take_slots(self, event: SlotsRead) -> None:
        self._set(slots=event.slots, deferred=event.deferred, slots_at_ns=event.at_ns)
        pace = self._pace.observe(event.slots, event.at_ns)
        if pace is not None and self._view.traffic is None:
            self._traffic_history.append(TrafficPoint(at_ns=event.at_ns, prefill_tps=pace))
            _forget(self._traffic_history, event.at_ns - HISTORY_NS)
            self._dirty.add("traffic_history")

    def _take_traffic(self, event: ServerTraffic) -> None:
        self._traffic_history.append(
            TrafficPoint(
                at_ns=event.at_ns,
                decode_tps=event.decode_tps,
                prefill_tps=event.prefill_tps,
                others_decode_tps=event.others_decode_tps,
                others_prefill_tps=event.others_prefill_tps,
            )
        )
        _forget(self._traffic_history, event.at_ns - HISTORY_NS)
        theirs = [served for served in event.served if not served.ours]
        self._others.extend(theirs)
        totals = self._view.others_totals
        totals = OthersTotals(
            requests=totals.requests + len(theirs),
            prompt_tokens=totals.prompt_tokens + sum(served.prompt_tokens or 0 for served in theirs),
            cached_tokens=totals.cached_tokens + sum(served.cached_tokens or 0 for served in theirs),
            output_tokens=totals.output_tokens + sum(served.output_tokens for served in theirs),
        )
        self._dirty |= {"traffic_history", "others"}
        self._set(traffic=event, others_totals=totals)

    def _take_notice(self, event: Noticed | LoadFailed) -> None:
        if isinstance(event, LoadFailed):
            event = Noticed(at_ns=event.at_ns, level="error", text=event.message, code="load_failed")
        self._notices.append(event)
        self._dirty.add("notices")

    def _take_host(self, event: HostRead) -> None:
        self._host_history.append(host_point(event.at_ns, event.sample))
        _forget(self._host_history, event.at_ns - HISTORY_NS)
        self._dirty.add("host_history")
        self._set(host=event.sample)

    def _take_gpu(self, event: GpuRead) -> None:
        for gpu in () if event.sample.stale else event.sample.gpus:
            point = GpuPoint(
                at_ns=event.at_ns,
                pci=gpu.pci,
                power_watts=gpu.power_watts,
                busy_percent=gpu.busy_percent,
                vram_used_bytes=gpu.vram_used_bytes,
                gtt_used_bytes=gpu.gtt_used_bytes,
            )
            self._gpu_history.append(point)
        _forget(self._gpu_history, event.at_ns - HISTORY_NS)
        self._dirty.add("gpu_history")
        self._set(gpu=event.sample)


def _forget(
    points: deque[HistoryPoint] | deque[GpuPoint] | deque[HostPoint] | deque[TrafficPoint], before_ns: int
) -> None:
    while points and points[0].at_ns < before_ns:
        points.popleft()


def host_point(at_ns: int, sample: HostSample) -> HostPoint:
    """What of a sample a chart draws."""
    server, machine = sample.server, sample.machine
    return HostPoint(
        at_ns=at_ns,
        server_cores=server.cores_used if server else None,
        busy_cores=machine.busy_cores,
        wait_share=server.wait_share if server else None,
        memory_available_bytes=machine.memory_available_bytes,
        disk_read_bytes_per_s=server.disk_read_bytes_per_s if server else None,
        throttled_share=sample.limits.throttled_share if sample.limits else None,
        pressure=machine.pressure,
    )
