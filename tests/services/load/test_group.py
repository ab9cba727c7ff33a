"""One load over several processes: merged, split, stopped, and survived when one dies."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TypeVar

import pytest

from rocmtui.core.load.far.engine import Engine
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished, Requests
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord
from rocmtui.core.session.commands import Begin, LoadCommand, SetConcurrency, StartLoad, StopLoad
from rocmtui.core.session.events import Event, Noticed
from rocmtui.core.stats.histogram import Histogram
from rocmtui.errors import LoadProcessError, UsageError
from rocmtui.services.load.group import LoadGroup
from tests.fakes.manual_clock import ManualClock

T = TypeVar("T")
TARGET = Target(url="http://x")
PROMPTS = [Prompt(text="x")]


class FakeProcess:
    """Says what a test lets it say."""

    hello = Hello(at_ns=0, version="1", host="here", cores=2)
    is_far = False

    def __init__(self) -> None:
        self.commands: list[LoadCommand] = []
        self._said: asyncio.Queue[Event | None] = asyncio.Queue()
        self.closed = False

    async def send(self, command: LoadCommand) -> None:
        self.commands.append(command)

    async def events(self) -> AsyncIterator[Event]:
        while (event := await self._said.get()) is not None:
            yield event

    async def close(self) -> None:
        self.closed = True
        self._said.put_nowait(None)

    def say(self, *events: Event) -> None:
        for event in events:
            self._said.put_nowait(event)

    def end(self, reason: str = "requests") -> None:
        process = next(c.process for c in self.commands if isinstance(c, StartLoad))
        self.say(finished(process, reason))
        self._said.put_nowait(None)

    def die(self) -> None:
        self.say(LoadFailed(at_ns=9, process=1, message="was killed by SIGKILL"))
        self._said.put_nowait(None)


class FakeSpawner:
    def __init__(self) -> None:
        self.processes: list[FakeProcess] = []
        self.keys: list[str | None] = []
        self.fails_after: int | None = None

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> FakeProcess:
        if len(self.processes) == self.fails_after:
            raise LoadProcessError("a load process ended with exit code 1")
        self.processes.append(FakeProcess())
        self.keys.append(api_key)
        return self.processes[-1]


class Sink:
    def __init__(self) -> None:
        self.events: list[Event] = []

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[T]) -> list[T]:
        return [event for event in self.events if isinstance(event, kind)]


def finished(process: int, reason: str) -> LoadFinished:
    return LoadFinished(
        at_ns=9,
        process=process,
        first_sent_ns=1,
        last_done_ns=8,
        cpu_seconds=0.1,
        wall_seconds=1.0,
        loop_lag_ms_p99=None,
        loop_lag_ms_max=None,
        icl=Histogram(),
        reason=reason,  # type: ignore[arg-type]
    )


def snapshot(at_ns: int = 1, **values: object) -> LiveSnapshot:
    return LiveSnapshot(at_ns=at_ns, **{"phase": "measured", **values})  # type: ignore[arg-type]


def records(*ids: int) -> Requests:
    done = tuple(
        RequestRecord(id=i, worker=0, phase=Phase.MEASURED, sent_ns=0, first_token_ns=10**6, done_ns=5)
        for i in ids
    )
    return Requests(at_ns=5, records=done)


def failures(*ids: int) -> Requests:
    error = RequestError(kind=ErrorKind.HTTP_5XX, message="no")
    return Requests(
        at_ns=5,
        records=tuple(
            RequestRecord(id=i, worker=0, phase=Phase.MEASURED, done_ns=5, error=error) for i in ids
        ),
    )


class Setup:
    def __init__(self) -> None:
        self.spawner, self.sink = FakeSpawner(), Sink()
        self.group = LoadGroup(self.spawner, ManualClock(), self.sink)

    async def start(self, processes: int = 1, concurrency: int = 8, **scenario: object) -> list[FakeProcess]:
        values = {"shape": ClosedLoop(concurrency=concurrency), **scenario}
        whole = Scenario(prompt=PromptPlan(text="x"), processes=processes, **values)  # type: ignore[arg-type]
        await self.group.start(whole, TARGET, PROMPTS, "secret")
        return self.spawner.processes


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_one_process_is_passed_through() -> None:
    setup = Setup()
    (process,) = await setup.start(requests=2)
    assert setup.group.running
    process.say(records(0, 1), snapshot(completed=2))
    process.end()
    outcome = await setup.group.wait()
    assert (outcome.reason, outcome.lost, len(outcome.finished)) == ("requests", 0, 1)
    assert setup.sink.of(Requests) == [records(0, 1)]
    assert setup.sink.of(LiveSnapshot)[-1] == snapshot(completed=2)
    assert setup.spawner.keys == ["secret"]
    assert process.closed
    assert not setup.group.running


async def test_every_process_gets_the_whole_scenario_its_number_and_the_same_start() -> None:
    setup = Setup()
    processes = await setup.start(processes=3, requests=7)
    starts = [p.commands[0] for p in processes]
    assert [s.process for s in starts if isinstance(s, StartLoad)] == [0, 1, 2]
    assert {s.scenario.requests for s in starts if isinstance(s, StartLoad)} == {7}
    assert {p.commands[1] for p in processes} == {Begin(start_ns=100_000_000)}
    await setup.group.close()


async def test_snapshots_are_added_up() -> None:
    setup = Setup()
    first, second = await setup.start(processes=2)
    second.say(
        snapshot(1, completed=5, in_flight=4, output_tps=100.0, by_error={"connect": 1}, phase="warmup")
    )
    await settle()
    first.say(snapshot(2, completed=3, in_flight=2, output_tps=None, by_error={"connect": 2}))
    await settle()
    merged = setup.sink.of(LiveSnapshot)[-1]
    assert (merged.at_ns, merged.phase, merged.completed, merged.in_flight) == (2, "measured", 8, 6)
    assert (merged.output_tps, merged.by_error) == (100.0, {"connect": 3})
    await setup.group.close()


async def test_commands_reach_every_process() -> None:
    setup = Setup()
    processes = await setup.start(processes=2)
    await setup.group.tell(SetConcurrency(concurrency=5))
    await setup.group.stop("interrupted")
    for process in processes:
        assert process.commands[2:] == [SetConcurrency(concurrency=5), StopLoad(reason="interrupted")]
    await setup.group.close()


async def test_a_dead_process_is_told_of_and_its_requests_are_lost() -> None:
    setup = Setup()
    first, second = await setup.start(processes=2, requests=20)
    second.say(records(1, 5), snapshot(2, sent=2, completed=2, in_flight=3, phase="measured"))
    await settle()
    second.die()
    await settle()
    first.say(snapshot(3, completed=4, in_flight=4, sent=4))
    first.end()
    outcome = await setup.group.wait()
    assert (outcome.reason, outcome.lost, outcome.failed[0].process) == ("requests", 3, 1)
    lost = setup.sink.of(Requests)[-1].records
    assert [(record.id, record.error.kind) for record in lost if record.error] == [
        (3, ErrorKind.LOST),
        (7, ErrorKind.LOST),
        (9, ErrorKind.LOST),
    ]
    last = setup.sink.of(LiveSnapshot)[-1]
    assert (last.completed, last.failed, last.by_error, last.in_flight) == (6, 3, {"lost": 3}, 4)
    assert setup.sink.of(Noticed)[-1].text == (
        "load process 2 of 2 was killed by SIGKILL; 3 requests under way are lost, "
        "the others go on without its share"
    )


async def test_nothing_is_left_when_the_only_process_dies() -> None:
    setup = Setup()
    (process,) = await setup.start(requests=20)
    process.die()
    outcome = await setup.group.wait()
    assert (outcome.reason, outcome.message) == ("failed", "was killed by SIGKILL")


async def test_a_process_that_finds_the_server_gone_stops_the_others() -> None:
    setup = Setup()
    first, second = await setup.start(processes=2)
    second.end("server_gone")
    await settle()
    assert first.commands[-1] == StopLoad(reason="server_gone")
    first.end("server_gone")
    assert (await setup.group.wait()).reason == "server_gone"


async def test_the_error_rate_is_that_of_the_whole_load() -> None:
    """One failure of 100 requests is 1 %, whichever process had it."""
    setup = Setup()
    first, second = await setup.start(processes=2, requests=100, max_error_rate=0.01)
    first.say(failures(0), records(2, 4, 6))
    await settle()
    assert not any(isinstance(command, StopLoad) for command in (*first.commands, *second.commands))
    second.say(failures(1))
    await settle()
    stop = StopLoad(reason="error_rate", message="2 of 5 requests failed, over 1 %")
    assert first.commands[-1] == second.commands[-1] == stop
    await setup.group.close()


async def test_there_are_never_more_processes_than_workers() -> None:
    setup = Setup()
    processes = await setup.start(processes=8, concurrency=2)
    assert len(processes) == 2
    assert setup.sink.of(Noticed)[0].text == "2 load processes instead of 8: there are only 2 workers"
    await setup.group.close()


async def test_there_are_never_more_processes_than_requests_may_be_in_flight() -> None:
    setup = Setup()
    assert len(await setup.start(processes=4, shape=OpenLoop(rate=1.0, max_in_flight=2))) == 2
    assert setup.sink.of(Noticed)[0].text == "2 load processes instead of 4: only 2 may be in flight"
    await setup.group.close()


async def test_an_open_loop_may_have_any_number_of_processes() -> None:
    setup = Setup()
    assert len(await setup.start(processes=3, shape=OpenLoop(rate=1.0))) == 3
    await setup.group.close()


async def test_slos_are_judged_as_the_load_runs() -> None:
    setup = Setup()
    (process,) = await setup.start(slo=("ttft_p95<5ms", "goodput>1", "error_rate<10%"))
    ttft = Histogram()
    ttft.add(7.0)
    process.say(records(0), snapshot(ttft=ttft, completed=1, elapsed_ns=2 * 10**9))
    await settle()
    states = setup.sink.of(LiveSnapshot)[-1].slo
    assert [(state.expression, state.value, state.met) for state in states] == [
        ("ttft_p95<5ms", 7.0, False),
        ("goodput>1", 0.5, False),
        ("error_rate<10%", 0.0, True),
    ]
    await setup.group.close()


async def test_a_second_load_is_refused_while_one_runs() -> None:
    setup = Setup()
    await setup.start()
    with pytest.raises(UsageError):
        await setup.start()
    await setup.group.close()
    await setup.start()
    await setup.group.close()


async def test_when_one_process_does_not_come_up_none_is_left() -> None:
    setup = Setup()
    setup.spawner.fails_after = 1
    with pytest.raises(LoadProcessError):
        await setup.start(processes=3)
    assert [process.closed for process in setup.spawner.processes] == [True]
    assert not setup.group.running


async def test_a_load_without_prompts_is_refused() -> None:
    setup = Setup()
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan())
    with pytest.raises(UsageError):
        await setup.group.start(scenario, TARGET, [])
