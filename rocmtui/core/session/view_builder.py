"""From events to the view that a screen draws."""

from __future__ import annotations

from collections import deque

import msgspec

from rocmtui.core.host.sample import HostSample
from rocmtui.core.load.said import LoadFailed, Requests
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.server.log.served import ServedRequest
from rocmtui.core.server.state import ServerState, ServerStatus
from rocmtui.core.session.events import (
    AnswersLooked,
    CeilingKnown,
    Event,
    FleetRead,
    GpuRead,
    HostRead,
    LogRead,
    Noticed,
    RunStarted,
    ServerChanged,
    ServerTraffic,
    SlotsRead,
)
from rocmtui.core.session.marks import Mark, MarkWatch
from rocmtui.core.session.prompt_pace import PromptPace
from rocmtui.core.session.view import (
    FleetServer,
    GpuPoint,
    HistoryPoint,
    ReplayStatus,
    SessionView,
)
from rocmtui.core.stats.quantiles import known

MAX_LOG_LINES = 2000
MAX_LINE_CHARS = 2000
MAX_REQUESTS = 500
MAX_NOTICES = 200
HISTORY_NS = 300 * 1_000_000_000
OTHER_SERVER = (ServerState.STOPPED, ServerState.STARTING, ServerState.FAILED)
"""What was known of a server is not true of the next."""
Point = HistoryPoint | ServerTraffic | GpuPoint | HostSample


class ViewBuilder:
    """Folds events into a view; bounded memory, O(1) an event. Not thread-safe."""

    def __init__(self) -> None:
        self._view = SessionView()
        self._history: deque[HistoryPoint] = deque()
        self._gpu_history: deque[GpuPoint] = deque()
        self._host_history: deque[HostSample] = deque()
        self._marks: deque[Mark] = deque(maxlen=MAX_NOTICES)
        self._mark_watch = MarkWatch()
        self._pace = PromptPace()
        self._requests: deque[RequestRecord] = deque(maxlen=MAX_REQUESTS)
        self._traffic_history: deque[ServerTraffic] = deque()
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
            case SlotsRead() | FleetRead():
                self._take_slots(event)
            case ServerTraffic():
                self._take_traffic(event)
            case GpuRead():
                self._take_gpu(event)
            case HostRead():
                self._keep("host_history", event.sample)
                self._set(host=event.sample)
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
        """Say which load comes now, of which nothing is known yet, and where its run is kept."""
        self._requests.clear()
        self._dirty.add("requests")
        self.set_fleet(scenario.fleet if scenario is not None else ())
        self._set(scenario=scenario, run_dir=run_dir, live=None, limit_tps=None, peak_output_tps=None)

    def set_fleet(self, urls: tuple[str, ...]) -> None:
        """Say which servers there are besides the first; what the same ones said stays known."""
        if urls != tuple(server.url for server in self._view.fleet):
            self._set(fleet=tuple(FleetServer(url=url) for url in urls))

    def set_begins(self, begins: bool) -> None:
        """Say that a load was asked for and has sent nothing yet, or that this is over."""
        self._set(begins=begins)

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

    def _keep(self, name: str, point: Point) -> None:
        """Add to a history, and forget what is too old to be drawn."""
        points: deque[Point] = getattr(self, f"_{name}")
        points.append(point)
        while points[0].at_ns < point.at_ns - HISTORY_NS:
            points.popleft()
        self._dirty.add(name)

    def _take_live(self, event: LiveSnapshot) -> None:
        limit = self._limit(event)
        point = msgspec.convert(event, HistoryPoint, from_attributes=True)
        self._keep("history", msgspec.structs.replace(point, limit_tps=limit))
        peak_tps = known(max, (self._view.peak_output_tps, event.output_tps))
        self._set(live=event, limit_tps=limit, peak_output_tps=peak_tps)

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
        self._set(server=status, traffic=self._view.traffic if ready else None)
        if status.state in OTHER_SERVER:
            self._set(ceiling=None, slots=(), deferred=None)

    def _take_slots(self, event: SlotsRead | FleetRead) -> None:
        if isinstance(event, FleetRead):
            return self._take_fleet(event)
        self._set(slots=event.slots, deferred=event.deferred)
        pace = self._pace.observe(event.slots, event.at_ns)
        if pace is not None and self._view.traffic is None:
            self._keep("traffic_history", ServerTraffic(at_ns=event.at_ns, prefill_tps=pace))
        return None

    def _take_fleet(self, event: FleetRead) -> None:
        servers = enumerate(self._view.fleet, 1)
        self._set(
            fleet=tuple(
                msgspec.structs.replace(server, said=event) if number == event.server else server
                for number, server in servers
            )
        )

    def _take_traffic(self, event: ServerTraffic) -> None:
        self._keep("traffic_history", event)
        self._others.extend(served for served in event.served if not served.ours)
        self._dirty.add("others")
        self._set(traffic=event)

    def _take_notice(self, event: Noticed | LoadFailed) -> None:
        if isinstance(event, LoadFailed):
            event = Noticed(at_ns=event.at_ns, level="error", text=event.message, code="load_failed")
        self._notices.append(event)
        self._dirty.add("notices")

    def _take_gpu(self, event: GpuRead) -> None:
        for gpu in () if event.sample.stale else event.sample.gpus:
            figures = {name: getattr(gpu, name) for name in GpuPoint.__struct_fields__ if name != "at_ns"}
            self._keep("gpu_history", GpuPoint(at_ns=event.at_ns, **figures))
        self._set(gpu=event.sample)
