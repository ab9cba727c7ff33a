"""A session over real load processes and a real run folder; server and GPUs are stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rocmtui.adapters.load.process import ProcessSpawner
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.adapters.runs.reader import read_run
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.cli.run.headless import run_headless
from rocmtui.core.answers.ports import Asker
from rocmtui.core.gpu.memory.taken import Taken
from rocmtui.core.gpu.reading import GpuReading, GpuSample, GpuSummary
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Machine
from rocmtui.core.report.exit_code import exit_code_of
from rocmtui.core.report.from_events import report_of_events
from rocmtui.core.server.replies import DraftCounts
from rocmtui.core.server.state import (
    LaunchPlan,
    ServerFacts,
    ServerState,
    ServerStatus,
    SlotReading,
)
from rocmtui.core.session.events import Event, FleetRead, LogRead, ServerChanged, SlotsRead
from rocmtui.core.session.ports import EventSink
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.errors import ExitCode, RocmtuiError, ServerError, ServerStartError, UsageError
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.group import LoadGroup
from rocmtui.services.session.fit_watch import FitWatch
from rocmtui.services.session.fleet_watch import FleetWatch
from rocmtui.services.session.live import LiveSession
from rocmtui.services.session.parts import SessionParts
from rocmtui.services.session.run_keeper import RunKeeper

SCENARIO = Scenario(
    shape=ClosedLoop(concurrency=2), prompt=PromptPlan(text="hello"), requests=6, max_tokens=4, verify=False
)


class StandInServer:
    """Says it is ready at once, at the given address."""

    def __init__(self, url: str, sink: EventSink) -> None:
        self._url = url
        self._sink = sink
        self.status = ServerStatus()
        self.calls: list[str] = []
        self.silent: str | None = None

    def become(self, state: ServerState) -> ServerStatus:
        self.status = ServerStatus(state=state, url=self._url, pid=1, facts=ServerFacts(model="known"))
        self._sink.emit(ServerChanged(at_ns=SystemClock().monotonic_ns(), status=self.status))
        return self.status

    async def ensure_ready(self, plan: LaunchPlan) -> ServerStatus:
        self.calls.append("start")
        return self.become(ServerState.READY)

    async def restart(self, plan: LaunchPlan) -> ServerStatus:
        self.calls.append("restart")
        return self.become(ServerState.READY)

    async def wake(self, timeout_s: float) -> None:
        """It serves one model, which is loaded."""

    async def attach(
        self, url: str, api_key: str | None = None, *, model: str | None = None, timeout_s: float = 600.0
    ) -> ServerStatus:
        self.calls.append(f"attach {url}")
        return self.become(ServerState.READY)

    async def stop(self) -> ServerStatus:
        self.calls.append("stop")
        return self.become(ServerState.STOPPED)

    async def release(self) -> str:
        self.calls.append("release")
        return ""

    async def drafts(self) -> DraftCounts | None:
        return None

    async def silence(self) -> str | None:
        return self.silent

    def error(self) -> RocmtuiError:
        return ServerStartError("no")

    async def close(self) -> None:
        self.calls.append("close")


class StandInGpus:
    """One card that had 1,000 bytes in use, and 400 of them back once it is asked again."""

    def __init__(self) -> None:
        self.asked = 0
        card = GpuReading(pci="0000:03:00.0", name="card")
        self.sample: GpuSample | None = GpuSample(at_ns=1 << 62, gpus=(card,))

    async def run(self) -> None:
        await asyncio.Event().wait()

    def observe(self, event: Event) -> None: ...

    def summary(self, output_tokens: int | None = None, scope: str = "load") -> tuple[GpuSummary, ...]:
        self.asked += 1
        after = None if self.asked == 1 else 400
        return (GpuSummary(pci="0000:03:00.0", name="card", vram_peak_bytes=1000, vram_after_bytes=after),)

    async def close(self) -> None: ...


class Heard:
    """A listener; `under_way` is set once requests are."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.under_way = asyncio.Event()
        self._awaited: list[tuple[Callable[[Event], bool], asyncio.Event]] = []

    async def until(self, wanted: Callable[[Event], bool]) -> None:
        """Wait for the next such event."""
        come = asyncio.Event()
        self._awaited.append((wanted, come))
        async with asyncio.timeout(20):
            await come.wait()

    def emit(self, event: Event) -> None:
        self.events.append(event)
        for wanted, come in self._awaited:
            if wanted(event):
                come.set()
        if isinstance(event, LiveSnapshot) and event.in_flight:
            self.under_way.set()


class NoBook:
    """Nothing can be estimated."""

    def estimate(self, plan: LaunchPlan) -> None: ...
    def resident_bytes(self, pid: int) -> None: ...
    def keep(self, taken: Taken) -> None: ...


async def one_server(url: str, key: str | None) -> Target:
    return Target(url=url, model="known")


def nobody_asks(target: Target, key: str | None) -> Asker:
    raise AssertionError("nothing is verified")


async def prompts(scenario: Scenario, url: str, key: str | None, model: str | None) -> PromptSet:
    return PromptSet(prompts=(Prompt(text="hello"),), notices=("this prompt is short",))


class Made:
    """A session and its stand-ins."""

    def __init__(self, url: str, folder: Path) -> None:
        clock = SystemClock()
        self.heard = Heard()
        self.servers: list[StandInServer] = []

        def server(sink: EventSink) -> StandInServer:
            self.servers.append(StandInServer(url, sink))
            return self.servers[0]

        def open_run(label: str, scenario: Scenario) -> RunFolder:
            return RunFolder.create(folder, label, scenario)

        self.session = LiveSession(
            SessionParts(
                clock=clock,
                server=server,
                load=lambda sink: LoadGroup(ProcessSpawner(), clock, sink),
                gpu=lambda _: StandInGpus(),
                keeper=RunKeeper(open_run, clock, Machine()),
                build_prompts=prompts,
                read_key=lambda _: None,
                read_baseline=lambda _: LiveSnapshot(at_ns=0, phase="done", completed=7),
                find_target=one_server,
                fleet=lambda sink: FleetWatch(HttpProbe, lambda _: None, clock, sink),
                fit=lambda sink: FitWatch(NoBook(), clock, sink),
                ceiling=lambda _: None,
                asker=nobody_asks,
            ),
            (self.heard,),
        )


@asynccontextmanager
async def made(folder: Path, **behaviour: float) -> AsyncIterator[Made]:
    async with KnownServer(KnownBehaviour(ttft_ms=5, itl_ms=1, **behaviour)) as known:
        of = Made(known.url, folder)
        try:
            yield of
        finally:
            await of.session.close()


async def begin_endless(of: Made, workers: int) -> None:
    """A server, and a load on it that is under way and does not end by itself."""
    shape = ClosedLoop(concurrency=workers)
    await of.session.start_server(LaunchPlan(model="m"))
    await of.session.start_load(
        Scenario(shape=shape, prompt=PromptPlan(text="x"), max_tokens=400, verify=False)
    )
    await of.heard.under_way.wait()


async def test_a_load_ends_with_its_run_on_disk(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        of.session.emit(LogRead(at_ns=SystemClock().monotonic_ns(), lines=("before the load",)))
        await of.session.start_server(LaunchPlan(model="m"))
        await of.session.start_load(SCENARIO)
        report = await of.session.wait_load()
    assert report is not None
    assert (report.requests.completed, report.ended) == (6, "requests")
    assert "this prompt is short" in report.audit.warnings
    (folder,) = tmp_path.iterdir()
    run = read_run(folder)
    assert len(list(run.records())) == 6
    assert LogRead in {type(event) for event in run.events_only()}
    assert run.report is not None


async def test_what_the_gpu_got_back_is_told_after_the_stop(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        await of.session.start_load(SCENARIO)
        report = await of.session.wait_load()
        assert report is not None
        assert report.gpu[0].vram_after_bytes is None
    (folder,) = tmp_path.iterdir()
    saved = read_run(folder).report
    assert saved is not None
    assert saved.gpu[0].vram_after_bytes == 400


async def test_a_headless_run_reports_what_the_gpu_got_back(tmp_path: Path) -> None:
    async with made(tmp_path) as of:

        async def begin() -> None:
            await of.session.start_server(LaunchPlan(model="m"))
            await of.session.start_load(SCENARIO)

        done = await run_headless(of.session, begin)
    assert done.report == read_run(done.path).report
    assert done.report.gpu[0].vram_after_bytes == 400


async def test_closing_in_the_middle_saves_the_run_and_stops_the_server(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await begin_endless(of, workers=2)
        await of.session.close()
        await of.session.close()
    (folder,) = tmp_path.iterdir()
    saved = read_run(folder).report
    assert saved is not None
    assert saved.ended == "stopped"
    assert of.servers[0].calls == ["start", "close"]


async def test_a_second_load_is_a_second_run(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        for _ in range(2):
            await of.session.start_load(SCENARIO)
        await of.session.wait_load()
    assert sorted(read_run(folder).report is not None for folder in tmp_path.iterdir()) == [True, True]


async def test_a_load_asked_for_while_another_begins_waits_for_it_and_each_has_its_report(
    tmp_path: Path,
) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        await asyncio.gather(of.session.start_load(SCENARIO), of.session.start_load(SCENARIO))
        await of.session.wait_load()
        assert of.session.view().kept_dir is not None
    assert [read_run(path).report is not None for path in sorted(tmp_path.iterdir())] == [True, True]


async def test_a_load_needs_a_ready_server(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        with pytest.raises(ServerError, match="the server is stopped, not ready"):
            await of.session.start_load(SCENARIO)
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_crashes_ends_the_load(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await begin_endless(of, workers=1)
        of.servers[0].become(ServerState.FAILED)
        report = await of.session.wait_load()
    assert report is not None
    assert report.ended == "server_gone"


async def test_a_kept_server_is_let_go(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        await of.session.close(keep_server=True)
    assert of.servers[0].calls == ["start", "release", "close"]


async def test_a_server_that_died_cannot_be_kept(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        of.servers[0].become(ServerState.FAILED)
        await of.session.close(keep_server=True)
    assert of.servers[0].calls == ["start", "close"]


async def test_a_worker_at_least_stays(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        with pytest.raises(UsageError, match="at least one worker"):
            await of.session.set_concurrency(0)


async def test_a_load_that_ended_cannot_be_changed(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        await of.session.start_load(SCENARIO)
        await of.session.wait_load()
        told = of.session.view().notices
        for change in (of.session.set_concurrency(3), of.session.set_rate(2.0), of.session.pause()):
            with pytest.raises(UsageError, match="there is no load to change"):
                await change
        assert of.session.view().notices == told


async def test_a_load_changed_by_hand_says_so_in_its_report(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await begin_endless(of, workers=1)
        await of.session.set_concurrency(2)
        await of.session.pause()
        await of.session.stop_load()
        report = await of.session.wait_load()
    assert report is not None
    told = " ".join(report.audit.warnings)
    assert "the load was changed while it ran (2 workers, paused)" in told


async def test_slots_learn_the_length_of_their_prompts_from_the_log(tmp_path: Path) -> None:
    line = "slot operator(): id 0 | task 6 | new prompt, n_ctx_slot = 9, n_keep = 0, task.n_tokens = 120"
    slot = SlotReading(id=0, n_ctx=9, is_processing=True, task=6)
    async with made(tmp_path) as of:
        of.session.emit(LogRead(at_ns=1, lines=(line,)))
        of.session.emit(SlotsRead(at_ns=2, slots=(slot,)))
        assert of.session.view().slots[0].prompt_total == 120
        heard = of.heard.events[-1]
    assert isinstance(heard, SlotsRead)
    assert heard.slots[0].prompt_total == 120


async def test_further_servers_are_told_of_before_a_load(tmp_path: Path) -> None:
    async with made(tmp_path) as of, KnownServer(KnownBehaviour(slots=3)) as further:
        of.session.watch_fleet((further.url,))
        await of.heard.until(lambda event: isinstance(event, FleetRead))
        (server,) = of.session.view().fleet
    assert server.url == further.url
    assert server.said is not None
    assert (server.said.busy, server.said.slots) == (0, 3)


async def test_a_run_tells_how_full_the_further_servers_were(tmp_path: Path) -> None:
    slow = KnownBehaviour(ttft_ms=5, itl_ms=20, slots=2)
    async with made(tmp_path) as of, KnownServer(slow) as second, KnownServer(slow) as third:
        await of.session.start_server(LaunchPlan(model="m"))
        asked = Scenario(
            shape=ClosedLoop(concurrency=8),
            prompt=PromptPlan(text="x"),
            max_tokens=400,
            verify=False,
            fleet=(second.url, third.url),
        )
        await of.session.start_load(asked)
        for number in (1, 2):
            await of.heard.until(
                lambda event, number=number: (
                    isinstance(event, FleetRead)  # type: ignore[misc]
                    and (event.server, event.busy, event.slots) == (number, 2, 2)
                )
            )
        await of.session.stop_load()
        kept = read_run(Path(of.session.view().run_dir or "")).events_only()
    read = [event for event in kept if isinstance(event, FleetRead)]
    assert {event.server for event in read if event.busy == 2} == {1, 2}


async def test_a_server_that_no_longer_answers_when_the_load_ends_is_gone(tmp_path: Path) -> None:
    async with made(tmp_path) as of:
        await of.session.start_server(LaunchPlan(model="m"))
        of.servers[0].silent = "it refuses connections"
        await of.session.start_load(SCENARIO)
        report = await of.session.wait_load()
        assert report is not None
        assert report.ended == "server_gone"
        assert "the server no longer answers: it refuses connections" in report.audit.warnings
        assert exit_code_of(report) is ExitCode.SERVER
        again = read_run(Path(of.session.view().run_dir or "")).events_only()
        assert report_of_events(again, (), scenario=None).ended == "server_gone"
