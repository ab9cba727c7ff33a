"""Real load processes: a whole load, the death of one, of its parent, and what may not leak."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from rocmtui.adapters.load.process import ChildLoadProcess, ProcessSpawner
from rocmtui.core.load.said import LoadFailed, LoadFinished, Requests
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.commands import SetConcurrency, StartLoad, StopLoad
from rocmtui.core.session.events import Event
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.errors import LoadProcessError

FAST = {"ttft_ms": 2.0, "itl_ms": 0.5}


def start(url: str, **values: object) -> StartLoad:
    chosen = {"shape": ClosedLoop(concurrency=4), "max_tokens": 5, **values}
    scenario = Scenario(prompt=PromptPlan(text="x"), **chosen)  # type: ignore[arg-type]
    return StartLoad(scenario=scenario, target=Target(url=url), prompts=(Prompt(text="hello"),))


@asynccontextmanager
async def running(
    server: KnownServer, key: str | None = None, **values: object
) -> AsyncIterator[ChildLoadProcess]:
    command = start(server.url, **values)
    process = await ProcessSpawner().spawn(0, None, key)
    try:
        await process.send(command)
        yield process
    finally:
        await process.close()


async def everything(process: ChildLoadProcess) -> list[Event]:
    return [event async for event in process.events()]


def records(events: list[Event]) -> list[RequestRecord]:
    return [record for event in events if isinstance(event, Requests) for record in event.records]


async def wait_for_tokens(server: KnownServer, tokens: int) -> None:
    async with asyncio.timeout(10):
        while server.tokens < tokens:
            await asyncio.sleep(0.005)


async def test_a_load_to_its_end() -> None:
    async with KnownServer(KnownBehaviour(**FAST)) as server, running(server, requests=50) as process:
        events = await everything(process)
    last = events[-1]
    assert isinstance(last, LoadFinished)
    assert last.reason == "requests"
    assert last.cpu_seconds > 0
    assert sorted(record.id for record in records(events)) == list(range(50))
    assert {(record.completed, record.output_tokens) for record in records(events)} == {(True, 5)}
    snapshot = [event for event in events if isinstance(event, LiveSnapshot)][-1]
    assert (snapshot.phase, snapshot.completed, snapshot.output_tokens) == ("done", 50, 250)
    assert server.completed == 50


async def test_commands_are_obeyed_while_it_runs() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALL, **FAST)
    async with KnownServer(behaviour) as server, running(server, shape=ClosedLoop(concurrency=1)) as process:
        await wait_for_tokens(server, 3)
        await process.send(SetConcurrency(concurrency=3))
        await wait_for_tokens(server, 9)
        await process.send(StopLoad(reason="interrupted"))
        events = await everything(process)
    assert [record.cancelled for record in records(events)] == [True] * 3
    assert isinstance(events[-1], LoadFinished)
    assert events[-1].reason == "interrupted"


async def test_a_killed_process_fails_with_its_signal() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALL, **FAST)
    async with KnownServer(behaviour) as server, running(server) as process:
        await wait_for_tokens(server, 3)
        os.kill(process.pid, signal.SIGKILL)
        events = await everything(process)
    assert isinstance(events[-1], LoadFailed)
    assert events[-1].message == "was killed by SIGKILL"


async def test_an_interrupt_of_the_terminal_leaves_it_to_its_parent() -> None:
    async with KnownServer(KnownBehaviour(**FAST)) as server, running(server, requests=40) as process:
        await wait_for_tokens(server, 3)
        os.kill(process.pid, signal.SIGINT)
        events = await everything(process)
    assert len(records(events)) == 40


async def test_closing_ends_it_and_its_requests() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALL, **FAST)
    async with KnownServer(behaviour) as server:
        async with running(server) as process:
            await wait_for_tokens(server, 3)
        with pytest.raises(ProcessLookupError):
            os.kill(process.pid, 0)
        async with asyncio.timeout(20):
            while server.busy:
                await asyncio.sleep(0.005)


async def test_the_key_is_used_and_seen_nowhere() -> None:
    behaviour = KnownBehaviour(api_key="s3cret", fault=Fault.STALL, **FAST)
    async with KnownServer(behaviour) as server, running(server, key="s3cret") as process:
        await wait_for_tokens(server, 3)
        command_line = Path(f"/proc/{process.pid}/cmdline").read_bytes()
        await process.send(StopLoad())
        events = await everything(process)
    assert b"s3cret" not in command_line
    assert "s3cret" not in repr(events)


async def test_a_first_command_that_is_no_start_is_refused_in_words() -> None:
    process = await ProcessSpawner().spawn(0, None, None)
    await process.send(SetConcurrency(concurrency=1))
    events = await everything(process)
    await process.close()
    assert isinstance(events[-1], LoadFailed)
    assert "the first command must be `start`" in events[-1].message


@pytest.mark.parametrize(
    ("program", "words"),
    [
        ("/bin/false", "a load process ended with exit code 1"),
        ("/nowhere/python", "cannot start a load process: [Errno 2] No such file or directory"),
    ],
)
async def test_a_process_that_does_not_come_up_says_why(
    monkeypatch: pytest.MonkeyPatch, program: str, words: str
) -> None:
    monkeypatch.setattr(sys, "executable", program)
    with pytest.raises(LoadProcessError) as told:
        await ProcessSpawner().spawn(0, None, None)
    assert told.value.message.startswith(words)


async def test_it_dies_with_its_parent() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALL, **FAST)
    async with KnownServer(behaviour) as server:
        program = (
            "import asyncio, sys\n"
            "from tests.adapters.load.test_process import start\n"
            "from rocmtui.adapters.load.process import ProcessSpawner\n"
            "async def main():\n"
            "    command = start(sys.argv[1])\n"
            "    process = await ProcessSpawner().spawn(0, None, None)\n"
            "    await process.send(command)\n"
            "    print(process.pid, flush=True)\n"
            "    await asyncio.sleep(60)\n"
            "asyncio.run(main())\n"
        )
        parent = await asyncio.create_subprocess_exec(
            sys.executable, "-c", program, server.url, stdout=asyncio.subprocess.PIPE
        )
        assert parent.stdout is not None
        child = int(await parent.stdout.readline())
        await wait_for_tokens(server, 3)
        parent.kill()
        await parent.wait()
        async with asyncio.timeout(20):
            while (
                Path(f"/proc/{child}/stat").exists() and " Z " not in Path(f"/proc/{child}/stat").read_text()
            ):
                await asyncio.sleep(0.01)
