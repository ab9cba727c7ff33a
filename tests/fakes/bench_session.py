"""A session whose server and loads are made up by rule, and the other things a bench talks to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from rocmtui.core.bench.plan.cells import BenchPlan
from rocmtui.core.bench.plan.suite import DECODE
from rocmtui.core.bench.plan.variant import parse_variant
from rocmtui.core.bench.result import BenchLine
from rocmtui.core.bench.settling import MachineReading
from rocmtui.core.bench.view import BenchView
from rocmtui.core.gpu.reading import GpuSample, GpuSummary
from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.audit.figures import Audit
from rocmtui.core.report.document import Report, Throughput, Tool
from rocmtui.core.report.errors import RequestCounts
from rocmtui.core.report.steady_state import SteadyState
from rocmtui.core.server.state import Diagnosis, LaunchPlan, ServerFacts, ServerState, ServerStatus
from rocmtui.core.session.events import Noticed
from rocmtui.core.session.view import SessionView
from rocmtui.core.stats.quantiles import summarise
from rocmtui.errors import ServerError
from tests.fakes.manual_clock import ManualClock

Speed = Callable[[LaunchPlan, Scenario], float]

PLAN = BenchPlan(
    models=("m.gguf",),
    variants=(parse_variant("on: -fa on"), parse_variant("off: -fa off")),
    tests=(DECODE,),
    rounds=3,
    settle_s=10.0,
)
"""Two variants, a test, three rounds."""


class StepClock(ManualClock):
    """Time passes by sleeping, at once."""

    async def sleep(self, seconds: float) -> None:
        self.tick(seconds)
        await asyncio.sleep(0)


class MadeSession:
    """Implements services.bench_ports.BenchSession. Starts take 2 s, loads 3 s."""

    def __init__(self, clock: ManualClock, speed: Speed) -> None:
        self.clock = clock
        self.speed = speed
        self.log: list[str] = []
        self.will_not_start: Callable[[LaunchPlan], str | None] = lambda _plan: None
        self.dies_in: Callable[[Scenario], bool] = lambda _scenario: False
        self.audit: Callable[[Scenario], Audit] = lambda _scenario: Audit(cached_fraction=0.0)
        self.hangs = False
        self.is_asked = False
        self.warns = ""
        """What is warned of at each start."""
        self._notices: tuple[Noticed, ...] = ()
        self.gpu: GpuSample | None = None
        self._status = ServerStatus()
        self._scenario: Scenario | None = None
        self._runs = 0

    def view(self) -> SessionView:
        run_dir = f"/runs/{self._runs:03d}"
        return SessionView(server=self._status, run_dir=run_dir, gpu=self.gpu, notices=self._notices)

    async def start_server(self, plan: LaunchPlan) -> ServerStatus:
        self.log.append(f"start {plan.flash_attn or 'default'} np{plan.parallel}")
        at_ns = self.clock.monotonic_ns()
        self._notices = (Noticed(at_ns=at_ns, level="warning", text=self.warns),) if self.warns else ()
        self.clock.tick(2.0)
        reason = self.will_not_start(plan)
        if reason == "raise":
            raise ServerError("no such binary")
        facts = ServerFacts(build="b1", model="gemma", parallel=plan.parallel)
        state = ServerState.READY if reason is None else ServerState.FAILED
        diagnosis = None if reason is None else Diagnosis(code="x", cause=reason, remedy="try less")
        self._status = ServerStatus(
            state=state, plan=plan, facts=facts, diagnosis=diagnosis, command=("srv",)
        )
        return self._status

    async def stop_server(self) -> None:
        self.log.append("stop")
        self._status = ServerStatus()

    async def start_load(self, scenario: Scenario) -> None:
        self.log.append(f"load {scenario.max_tokens} seed {scenario.seed}")
        self._scenario = scenario
        self._runs += 1
        await asyncio.sleep(0)

    async def wait_load(self) -> Report | None:
        assert self._scenario is not None
        if self.hangs:
            await asyncio.Event().wait()
        self.clock.tick(3.0)
        scenario, plan = self._scenario, self._status.plan
        assert plan is not None
        if self.dies_in(scenario):
            diagnosis = Diagnosis(code="gone", cause="the server was killed", remedy="more memory")
            changes = {"state": ServerState.FAILED, "diagnosis": diagnosis}
            self._status = msgspec.structs.replace(self._status, **changes)
            return made_report(0.0, self.audit(scenario), completed=0)
        return made_report(self.speed(plan, scenario), self.audit(scenario))

    async def stop_load(self, reason: Literal["stopped", "interrupted"] = "stopped") -> None:
        self.log.append(f"stop load {reason}")

    @contextmanager
    def asked_by_us(self) -> Iterator[None]:
        self.is_asked = True
        yield
        self.is_asked = False

    def server_gpu(self) -> tuple[GpuSummary, ...]:
        return (GpuSummary(pci="0000:03:00.0", name="RX 7800 XT", vram_before_bytes=1, vram_after_bytes=1),)


def made_report(tps: float, audit: Audit, *, completed: int = 5) -> Report:
    """A report of `completed` equal requests."""
    metrics = {}
    summary = summarise([tps] * completed, "tok/s")
    if summary is not None:
        metrics["output_tps_per_request"] = summary
    return Report(
        tool=Tool(version="0"),
        started_at="2026-05-04T10:11:12Z",
        measured_seconds=2.5,
        ended="requests",
        requests=RequestCounts(sent=5, completed=completed, failed=5 - completed, cancelled=0),
        metrics=metrics,
        throughput=Throughput(output_tps=tps if completed else None),
        steady_state=SteadyState(
            requests=completed, from_seconds=0.1, to_seconds=2.0, output_tps=tps, metrics={}
        ),
        audit=audit,
    )


class MadeMachine:
    """Implements services.bench_ports.MachineWatch: always quiet unless told otherwise."""

    def __init__(self) -> None:
        self.readings: list[MachineReading] = []

    def read(self, server_pid: int | None) -> MachineReading:
        return self.readings.pop(0) if self.readings else MachineReading(load_average=0.1, cores=8)


class Kept:
    """Implements ResultStore, and is told of every view: keeps everything."""

    def __init__(self) -> None:
        self.lines: list[BenchLine] = []
        self.views: list[BenchView] = []

    def append(self, line: BenchLine) -> None:
        self.lines.append(line)

    def changed(self, view: BenchView) -> None:
        self.views.append(view)
