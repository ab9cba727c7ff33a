"""A load is ended while the server is still looked at: at once, and its run is kept."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Literal

import pytest

from rocmtui.adapters.load.process import ProcessSpawner
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.adapters.runs.folder import RunFolder
from rocmtui.adapters.runs.reader import read_run
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.cli.run.headless import HeadlessRun, run_headless
from rocmtui.core.answers.reading import Answer
from rocmtui.core.answers.reference import Way
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Machine, Report
from rocmtui.core.report.exit_code import exit_code_of
from rocmtui.core.server.state import LaunchPlan, ServerState
from rocmtui.errors import ExitCode, Interrupted
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.group import LoadGroup
from rocmtui.services.session.fit_watch import FitWatch
from rocmtui.services.session.fleet_watch import FleetWatch
from rocmtui.services.session.live import LiveSession
from rocmtui.services.session.parts import SessionParts
from rocmtui.services.session.run_keeper import RunKeeper
from tests.services.session.test_live import NoBook, StandInGpus, StandInServer, one_server

SCENARIO = Scenario(shape=ClosedLoop(concurrency=2), prompt=PromptPlan(text="hello"), requests=6)
NOWHERE = "http://127.0.0.1:9"


class SilentAsker:
    """Never answers; `asked` is set once it is asked."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.closed = False

    async def way(self) -> Way | None:
        self.asked.set()
        await asyncio.Event().wait()
        return None

    async def ask(
        self,
        prompt: str | Sequence[int],
        tokens: int,
        *,
        way: Way,
        top: int = 20,
        reuse: bool = False,
        slot: int | None = None,
    ) -> Answer | None:
        return None

    async def tokenize(self, text: str) -> tuple[int, ...] | None:
        return None

    async def parameters(self) -> int | None:
        return None

    async def close(self) -> None:
        self.closed = True


class Looking:
    """A session whose server is looked at for ever; nothing is sent to it. `built` holds prompts back."""

    def __init__(self, folder: Path) -> None:
        clock = SystemClock()
        self.asker = SilentAsker()
        self.servers: list[StandInServer] = []
        self.built = asyncio.Event()
        self.built.set()
        self.waits_for_prompts = asyncio.Event()

        async def prompts(scenario: Scenario, url: str, key: str | None, model: str | None) -> PromptSet:
            self.waits_for_prompts.set()
            await self.built.wait()
            return PromptSet(prompts=(Prompt(text="hello"),))

        self.session = LiveSession(
            SessionParts(
                clock=clock,
                server=lambda sink: self.servers.append(StandInServer(NOWHERE, sink)) or self.servers[0],
                load=lambda sink: LoadGroup(ProcessSpawner(), clock, sink),
                gpu=lambda _: StandInGpus(),
                keeper=RunKeeper(
                    lambda label, asked: RunFolder.create(folder, label, asked), clock, Machine()
                ),
                build_prompts=prompts,
                read_key=lambda _: None,
                read_baseline=lambda _: LiveSnapshot(at_ns=0, phase="done"),
                asker=lambda _target, _key: self.asker,
                find_target=one_server,
                fleet=lambda sink: FleetWatch(HttpProbe, lambda _: None, clock, sink),
                fit=lambda sink: FitWatch(NoBook(), clock, sink),
                ceiling=lambda _: None,
            )
        )

    async def begin(self) -> asyncio.Task[None]:
        """A load that is at its look."""
        await self.session.start_server(LaunchPlan(model="m"))
        beginning = asyncio.create_task(self.session.start_load(SCENARIO))
        await self.asker.asked.wait()
        return beginning


def only_report(folder: Path) -> Report:
    (run,) = folder.iterdir()
    report = read_run(run).report
    assert report is not None
    return report


async def test_a_load_is_ended_at_its_look_and_its_run_is_kept(tmp_path: Path) -> None:
    of = Looking(tmp_path)
    beginning = await of.begin()
    assert of.session.view().begins
    await of.session.stop_load()
    await beginning
    view = of.session.view()
    assert (view.begins, view.kept_dir, of.asker.closed) == (False, view.run_dir, True)
    report = only_report(tmp_path)
    assert (report.ended, report.requests.sent) == ("stopped", 0)
    assert "ended before its first request was sent" in report.audit.warnings
    assert await of.session.wait_load() == report
    await of.session.close()


Ender = Callable[[Looking, asyncio.Task[None]], Coroutine[object, object, object]]


async def close(of: Looking, _: asyncio.Task[None]) -> None:
    await of.session.close()


async def cancel(of: Looking, beginning: asyncio.Task[None]) -> None:
    beginning.cancel()


async def crash(of: Looking, _: asyncio.Task[None]) -> None:
    of.servers[0].become(ServerState.FAILED)


@pytest.mark.parametrize(
    ("ender", "ended"), [(close, "stopped"), (cancel, "interrupted"), (crash, "server_gone")]
)
async def test_whatever_ends_it_at_its_look_its_run_is_kept(
    tmp_path: Path, ender: Ender, ended: Literal["stopped", "interrupted", "server_gone"]
) -> None:
    of = Looking(tmp_path)
    beginning = await of.begin()
    await ender(of, beginning)
    await asyncio.gather(beginning, return_exceptions=True)
    assert beginning.cancelled() == (ender is cancel)
    assert only_report(tmp_path).ended == ended
    assert of.session.view().kept_dir is not None
    await of.session.close()


async def test_a_load_ended_before_its_prompts_are_built_leaves_nothing(tmp_path: Path) -> None:
    of = Looking(tmp_path)
    of.built.clear()
    await of.session.start_server(LaunchPlan(model="m"))
    beginning = asyncio.create_task(of.session.start_load(SCENARIO))
    await of.waits_for_prompts.wait()
    await of.session.stop_load()
    with pytest.raises(Interrupted, match="ended before it began"):
        await beginning
    assert list(tmp_path.iterdir()) == []
    await of.session.close()


async def test_a_signal_at_the_look_of_a_headless_run_reports_what_there_is(tmp_path: Path) -> None:
    of = Looking(tmp_path)

    async def begin() -> None:
        await (await of.begin())

    async def run() -> HeadlessRun:
        return await run_headless(of.session, begin)

    running = asyncio.create_task(run())
    await of.asker.asked.wait()
    signal.raise_signal(signal.SIGINT)
    done = await running
    assert (done.report.ended, done.path.is_dir()) == ("interrupted", True)
    assert exit_code_of(done.report) is ExitCode.INTERRUPTED
