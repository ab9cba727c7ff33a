"""Load processes whose clock, machine or carrier is another: a day ahead, silent, lost, over ssh."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from rocmtui.adapters.load.carrier import PipeCarrier
from rocmtui.adapters.load.engines import EngineSpawner
from rocmtui.adapters.load.process import MODULE, ChildLoadProcess, ProcessSpawner
from rocmtui.adapters.load.ssh import spawn_over_ssh, ssh_command
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.core.load.far.engine import Engine, SshEngine
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.report.from_events import RunTally
from rocmtui.core.session.commands import Pause, Resume, SetConcurrency
from rocmtui.core.session.events import Event
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.errors import LoadProcessError
from rocmtui.services.load.group import LoadGroup
from tests.fakes.shifted_carrier import ShiftedCarrier

DAY_NS = 86_400 * 10**9
FAST = KnownBehaviour(ttft_ms=5.0, itl_ms=1.0)


class DayAhead:
    """Process 0 is of this machine, the others of one whose clock is a day ahead."""

    def __init__(self) -> None:
        self.children: dict[int, ChildLoadProcess] = {}

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
        if number == 0:
            child = await ProcessSpawner().spawn(number, engine, api_key)
        else:
            pipe = await PipeCarrier.start((sys.executable, "-m", MODULE))
            child = ChildLoadProcess(ShiftedCarrier(pipe, DAY_NS), "far")
            await child.ready(api_key)
        self.children[number] = child
        return child


class Sink(RunTally):
    """A report in the making that also keeps the events."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)
        super().emit(event)


def scenario(**values: object) -> Scenario:
    chosen = {"shape": ClosedLoop(concurrency=4), "max_tokens": 8, "processes": 2, **values}
    return Scenario(prompt=PromptPlan(text="x"), **chosen)  # type: ignore[arg-type]


async def test_a_clock_a_day_ahead_changes_no_figure() -> None:
    load = scenario(requests=40)
    sink = Sink(load)
    group = LoadGroup(DayAhead(), SystemClock(), sink)
    async with KnownServer(FAST) as server:
        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        await group.wait()
        assert server.completed == 40
    report = sink.report()
    (host,) = report.audit.hosts
    assert (host.host, host.requests, host.lost) == ("far", 20, False)
    assert host.clock_offset_ms is not None
    assert host.clock_uncertainty_ms is not None
    assert abs(host.clock_offset_ms - DAY_NS / 1e6) <= host.clock_uncertainty_ms + 1e-6
    assert report.measured_seconds is not None
    assert report.measured_seconds < 10
    assert max(event.at_ns for event in sink.events) - min(event.at_ns for event in sink.events) < 10**10
    assert report.metrics["ttft"].min >= 5.0


async def test_all_follow_one_plan_of_arrivals() -> None:
    """Two clocks, one plan: each is sent when it was planned, every other one from the far process."""
    load = scenario(shape=OpenLoop(rate=40.0), requests=20)
    sink = Sink(load)
    group = LoadGroup(DayAhead(), SystemClock(), sink)
    async with KnownServer(FAST) as server:
        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        await group.wait()
    records = sorted(
        (record for event in sink.events for record in getattr(event, "records", ())), key=lambda r: r.id
    )
    planned = [record.scheduled_ns for record in records]
    assert planned == sorted(planned), "a busy machine compares clocks badly, not so badly as that"
    for own in (planned[::2], planned[1::2]):
        assert {round((later - earlier) / 1e6) for earlier, later in pairwise(own)} == {50}
    assert {record.process for record in records} == {0, 1}


async def test_a_lost_host_leaves_an_incomplete_run() -> None:
    stalled = KnownBehaviour(ttft_ms=5.0, itl_ms=1.0, fault=Fault.STALL, fault_every=5)
    load, spawner = scenario(requests=40, timeout_s=0.7), DayAhead()
    sink = Sink(load)
    group = LoadGroup(spawner, SystemClock(), sink)
    async with KnownServer(stalled) as server:
        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        async with asyncio.timeout(10):
            while not any(getattr(event, "in_flight", 0) >= 4 for event in sink.events):
                await asyncio.sleep(0.01)
        os.kill(spawner.children[1].pid, signal.SIGKILL)
        outcome = await group.wait()
    report = sink.report()
    assert (report.ended, outcome.lost > 0) == ("incomplete", True)
    assert report.requests.by_error["lost"] == outcome.lost
    assert [host.lost for host in report.audit.hosts] == [True]
    assert any("load process 2 of 2 on far was killed" in warning for warning in report.audit.warnings)


async def test_a_process_nobody_asks_any_more_ends_by_itself() -> None:
    pipe = await PipeCarrier.start((sys.executable, "-m", MODULE, "--lease", "0.2"))
    child = ChildLoadProcess(pipe, "far")
    await child.ready()
    async with asyncio.timeout(10):
        assert await pipe.ending() == "ended with exit code 0"


@pytest.fixture
def ssh(tmp_path: Path) -> str:
    """Stands for ssh: notes its words, greets as login shells do, and runs the command here."""
    program = tmp_path / "ssh"
    program.write_text(
        "#!/bin/sh\n"
        f'printf "%s\\n" "$@" > {tmp_path}/words\n'
        'while [ "$1" != -- ]; do shift; done\n'
        'if [ "$2" = closed ]; then echo "closed: Connection refused" >&2; exit 255; fi\n'
        'echo "Welcome to $2"\n'
        'exec sh -c "$3"\n'
    )
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return str(program)


async def whole_load(engine: SshEngine, behaviour: KnownBehaviour, key: str | None = None) -> Sequence[Event]:
    load = scenario(requests=10, engine=engine)
    sink = Sink(load)

    class Spawner:
        async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
            assert isinstance(engine, SshEngine)
            return await spawn_over_ssh(engine, number, api_key)

    group = LoadGroup(Spawner(), SystemClock(), sink)
    async with KnownServer(behaviour) as server:
        await group.start(load, Target(url=server.url), [Prompt(text="hello")], key)
        await group.wait()
    assert sink.report().requests.completed == 10
    assert [host.host for host in sink.report().audit.hosts] == list(engine.hosts)
    return sink.events


async def test_hosts_are_reached_over_ssh_and_the_key_is_on_no_command_line(ssh: str, tmp_path: Path) -> None:
    engine = SshEngine(hosts=("a", "me@b"), ssh=f"{ssh} -p 2222", python=sys.executable)
    events = await whole_load(engine, KnownBehaviour(ttft_ms=5.0, itl_ms=1.0, api_key="s3cret"), "s3cret")
    words = (tmp_path / "words").read_text()
    assert words.startswith("-p\n2222\n-o\nBatchMode=yes\n")
    assert "s3cret" not in words + repr(events)


async def test_steering_reaches_every_host_within_a_second(ssh: str) -> None:
    load = scenario(
        shape=ClosedLoop(concurrency=2),
        duration_s=60.0,
        engine=SshEngine(hosts=("a", "b"), ssh=ssh, python=sys.executable),
    )
    group = LoadGroup(EngineSpawner(), SystemClock(), Sink(load))
    async with KnownServer(KnownBehaviour(ttft_ms=100.0, itl_ms=1.0)) as server:

        async def busy(wanted: int) -> None:
            async with asyncio.timeout(1):
                while server.busy != wanted:
                    await asyncio.sleep(0.005)

        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        await busy(2)
        await group.tell(SetConcurrency(concurrency=6))
        await busy(6)
        await group.tell(Pause())
        await busy(0)
        paused_at = server.requests
        await asyncio.sleep(0.05)
        assert server.requests == paused_at
        await group.tell(Resume())
        await busy(6)
        await group.stop()
        await busy(0)
        await group.wait()


@pytest.mark.parametrize(
    ("host", "python", "words", "remedy"),
    [
        (
            "closed",
            "python3",
            "on closed ended with exit code 255: closed: Conn",
            "try `ssh HOST",
        ),
        ("open", "/nowhere/python", "on open ended with exit code 127", "--remote-python"),
        ("open", "false", "on open ended with exit code 1", "--remote-python"),
    ],
)
async def test_a_host_that_starts_none_says_why(
    ssh: str, host: str, python: str, words: str, remedy: str
) -> None:
    with pytest.raises(LoadProcessError) as told:
        await spawn_over_ssh(SshEngine(hosts=(host,), ssh=ssh, python=python), 0, None)
    assert words in told.value.message
    assert remedy in (told.value.remedy or "")


async def test_another_version_is_refused(ssh: str, tmp_path: Path) -> None:
    old = tmp_path / "old"
    hello = '{"type":"hello","at_ns":1,"version":"0.0.1","host":"x","cores":1}'
    old.write_text(f"#!/bin/sh\necho '{hello}'\nexec cat >/dev/null\n")
    old.chmod(0o755)
    with pytest.raises(LoadProcessError) as told:
        await spawn_over_ssh(SshEngine(hosts=("old",), ssh=ssh, python=str(old)), 0, None)
    assert "is 0.0.1, here it is" in told.value.message


def test_processes_are_dealt_to_hosts_in_turn() -> None:
    engine = SshEngine(hosts=("a", "b"))
    assert [ssh_command(engine, number)[-2] for number in range(3)] == ["a", "b", "a"]
