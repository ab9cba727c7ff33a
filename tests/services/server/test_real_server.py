"""The real llama.cpp server, supervised through everything that happens to it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rocmtui.adapters.server.finder import find_servers
from rocmtui.adapters.server.launcher import LlamaLauncher
from rocmtui.adapters.wire.llama_status import HttpProbe
from rocmtui.core.server.state import LaunchPlan, ServerState
from rocmtui.core.session.events import SlotsRead
from tests.services.server.desk import Streams, alive, plan, supervised, until_gone

pytestmark = pytest.mark.llama
FOLDER = Path(__file__).parents[3]
SECOND_SIGTERM_S, SIGKILL_S = 3.0, 5.0
"""A server that ends before these came was not made to."""


async def test_the_whole_life(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, parallel=3))
        assert status.state is ServerState.READY
        assert (status.facts.parallel, status.facts.n_ctx, status.facts.backend) == (3, 512, "CPU")
        assert status.facts.memory[0].kv_bytes > 0
        assert status.facts.memory[0].weights_bytes > 0
        names = [mark.name for mark in status.stages]
        assert names[0] == "process"
        assert names[-1] == "listening"
        assert {"header", "reading weights", "kv cache", "compute", "slots"} <= set(names)
        assert status.binary_source == "embedded"
        replaced = await desk.supervisor.restart(plan(tiny_model, parallel=1))
        assert (replaced.facts.parallel, replaced.pid != status.pid) == (1, True)
        assert (await desk.supervisor.stop()).state is ServerState.STOPPED
        assert replaced.pid is not None
        assert not alive(replaced.pid)


async def test_slots_show_what_streams_do(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, parallel=2, ctx_per_slot=32768))
        streams = Streams(str(status.url), 2)
        await streams.flow()

        def busy() -> list[SlotsRead]:
            reads = [event for event in desk.events if isinstance(event, SlotsRead)]
            return [read for read in reads if all(slot.tps for slot in read.slots)]

        async with asyncio.timeout(10):
            while not busy():
                await asyncio.sleep(0.05)
        reading = busy()[-1]
        assert [slot.phase for slot in reading.slots] == ["generate", "generate"]
        assert all(slot.ctx_tokens and slot.ctx_tokens >= slot.decoded for slot in reading.slots)
        await streams.close()


async def test_a_stop_under_load_is_quick_once_our_streams_are_closed(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, ctx_per_slot=32768))
        streams = Streams(str(status.url), 4)
        await streams.flow()
        began = time.monotonic()
        await streams.close()
        await desk.supervisor.stop()
        assert time.monotonic() - began < SECOND_SIGTERM_S


async def test_a_stop_ends_the_streams_of_others_as_well(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, ctx_per_slot=32768))
        streams = Streams(str(status.url), 4)
        await streams.flow()
        began = time.monotonic()
        assert (await desk.supervisor.stop()).state is ServerState.STOPPED
        assert time.monotonic() - began < 5
        await streams.close()


async def test_sigkill_under_load(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, ctx_per_slot=32768))
        streams = Streams(str(status.url), 4)
        await streams.flow()
        assert status.pid is not None
        os.kill(status.pid, signal.SIGKILL)
        await desk.until(ServerState.FAILED, 10)
        assert desk.status.diagnosis is not None
        assert (desk.status.diagnosis.code, desk.status.diagnosis.exit_status) == ("killed", "SIGKILL")
        assert desk.status.diagnosis.proof
        await streams.close()
        assert streams.broken == 4


async def test_sigstop_under_load_and_back(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, ctx_per_slot=32768))
        streams = Streams(str(status.url), 2)
        await streams.flow()
        assert status.pid is not None
        os.kill(status.pid, signal.SIGSTOP)
        await desk.until(ServerState.UNRESPONSIVE, 30)
        assert "SIGSTOP" in str(desk.status.note)
        os.kill(status.pid, signal.SIGCONT)
        await desk.until(ServerState.READY, 30)
        await streams.close()


async def test_a_suspended_server_can_be_stopped(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model))
        assert status.pid is not None
        os.kill(status.pid, signal.SIGSTOP)
        began = time.monotonic()
        assert (await desk.supervisor.stop()).state is ServerState.STOPPED
        assert time.monotonic() - began < SIGKILL_S
        assert not alive(status.pid)


async def test_a_crash_is_followed_by_a_restart_if_wanted(tiny_model: Path) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, restart_on_crash=True))
        assert status.pid is not None
        os.kill(status.pid, signal.SIGSEGV)
        await desk.until(ServerState.FAILED, 20)
        assert desk.status.note == "starting again in 1 s (1 of 5)"
        await desk.until(ServerState.READY, 30)
        assert desk.status.pid != status.pid


async def test_a_load_is_cancelled_at_once(demo_model: Path) -> None:
    async with supervised() as desk:
        wanted = asyncio.create_task(desk.supervisor.ensure_ready(plan(demo_model)))
        await desk.until_log("loaded meta data")
        began = time.monotonic()
        stopped = await desk.supervisor.stop()
        assert time.monotonic() - began < SECOND_SIGTERM_S
        assert (stopped.state, stopped.diagnosis) == (ServerState.STOPPED, None)
        assert (await wanted).state is ServerState.STOPPED


async def _health_ok(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Another server that thrives on the port."""
    body = b'{"total_slots":4}'
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
    writer.close()
    await writer.wait_closed()


class ThiefLauncher(LlamaLauncher):
    """A launcher whose port is taken by somebody else between choice and bind, `thefts` times."""

    def __init__(self, thefts: int) -> None:
        super().__init__()
        self.left = thefts
        self.thieves: list[asyncio.Server] = []

    async def launch(self, plan: LaunchPlan):  # type: ignore[no-untyped-def]
        if self.left == 0:
            return await super().launch(plan)
        self.left -= 1
        thief = await asyncio.start_server(_health_ok, "127.0.0.1", 0)
        self.thieves.append(thief)
        port = thief.sockets[0].getsockname()[1]
        import rocmtui.adapters.server.launcher as module

        honest = module.free_port
        module.free_port = lambda *_: port
        try:
            return await super().launch(plan)
        finally:
            module.free_port = honest


@pytest.mark.parametrize(("thefts", "state"), [(2, ServerState.READY), (3, ServerState.FAILED)])
async def test_a_port_stolen_before_bind(tiny_model: Path, thefts: int, state: ServerState) -> None:
    launcher = ThiefLauncher(thefts)
    async with supervised(launcher) as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model))
        assert status.state is state
        assert desk.notices.count("port_taken") == 2
        if status.diagnosis is not None:
            assert status.diagnosis.code == "port_taken"
    for thief in launcher.thieves:
        thief.close()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (None, "model_missing"),
        (b"", "model_empty"),
        (b"PK\3\4 an archive of something else entirely", "not_gguf"),
        (800, "model_header_cut"),
        (1_000_000, "model_cut"),
    ],
)
async def test_model_files_that_are_none(
    tiny_model: Path, tmp_path: Path, make: bytes | int | None, code: str
) -> None:
    path = tmp_path / "model.gguf"
    if make is not None:
        path.write_bytes(make if isinstance(make, bytes) else tiny_model.read_bytes()[:make])
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(path))
        assert status.diagnosis is not None
        assert (status.state, status.diagnosis.code) == (ServerState.FAILED, code)
        assert status.diagnosis.exit_status == "exit 1"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"extra_args": ("--frobnicate",)}, "unknown_flag"),
        ({"extra_args": ("-c", "many")}, "no_number"),
        ({"cache_type_k": "q9"}, "bad_value"),
        ({"cache_type_v": "q8_0", "flash_attn": "off"}, "v_cache_needs_flash_attention"),
    ],
)
async def test_settings_it_refuses(tiny_model: Path, changes: dict[str, object], code: str) -> None:
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, **changes))
        assert status.diagnosis is not None
        assert (status.state, status.diagnosis.code) == (ServerState.FAILED, code)


@pytest.mark.parametrize(
    ("limit_kib", "ctx_per_slot", "code"),
    [(4_000_000, 4_000_000, "ram_oom_kv"), (100_000, 512, "no_threads")],
)
async def test_too_little_memory(
    tiny_model: Path, tmp_path: Path, limit_kib: int, ctx_per_slot: int, code: str
) -> None:
    """By a limit on the address space: an allocation that could be tried would only end in the OOM killer."""
    path = tmp_path / "llama-server"
    command = f'exec {sys.executable} -m rocmtui.embedded.llama.server "$@"'
    path.write_text(f'#!/bin/sh\n[ "$1" = -m ] && ulimit -v {limit_kib}\n{command}\n')
    path.chmod(0o755)
    async with supervised() as desk:
        status = await desk.supervisor.ensure_ready(
            plan(tiny_model, server_bin=str(path), ctx_per_slot=ctx_per_slot)
        )
        assert status.diagnosis is not None
        assert (status.state, status.diagnosis.code) == (ServerState.FAILED, code)


async def test_an_api_key_is_needed_and_given(tiny_model: Path) -> None:
    launcher = LlamaLauncher(environ=os.environ | {"MY_KEY": "k1"})
    async with supervised(launcher) as desk:
        status = await desk.supervisor.ensure_ready(plan(tiny_model, api_key_env="MY_KEY"))
        assert status.state is ServerState.READY
        assert status.facts.parallel == 4
        assert "k1" not in str(status)
        stranger = HttpProbe(str(status.url))
        assert await stranger.slots() is None
        await stranger.close()


async def test_attached_to_and_found_and_left_alone(tiny_model: Path) -> None:
    async with supervised() as owner, supervised() as guest:
        ours = await owner.supervisor.ensure_ready(plan(tiny_model))
        found = {server.url: server for server in await find_servers()}
        assert (found[str(ours.url)].pid, found[str(ours.url)].how) == (ours.pid, "process")
        status = await guest.supervisor.attach(str(ours.url))
        assert (status.attached, status.pid, status.facts.parallel) == (True, ours.pid, 4)
        assert status.command == ours.command
        assert (await guest.supervisor.stop()).state is ServerState.STOPPED
        assert ours.pid is not None
        assert alive(ours.pid)


OWNER = """
import asyncio, json, sys
from tests.services.server.desk import Desk, plan
async def main():
    desk = Desk()
    status = await desk.supervisor.ensure_ready(plan(sys.argv[1]))
    if sys.argv[2] == "release":
        await desk.supervisor.release()
        await desk.supervisor.close()
    print(json.dumps([status.pid, status.url]), flush=True)
    if sys.argv[2] == "wait":
        await asyncio.sleep(60)
asyncio.run(main())
"""


def owner(model: Path, deed: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", OWNER, str(model), deed]
    return subprocess.Popen(command, cwd=FOLDER, stdout=subprocess.PIPE, text=True, start_new_session=True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
async def test_however_we_end_the_server_ends(tiny_model: Path, number: signal.Signals) -> None:
    with owner(tiny_model, "wait") as process:
        assert process.stdout is not None
        pid, _ = json.loads(await asyncio.to_thread(process.stdout.readline))
        assert alive(pid)
        os.kill(process.pid, number)
        await until_gone(pid, 20)


async def test_a_released_server_outlives_us_and_is_offered_again(tiny_model: Path) -> None:
    with owner(tiny_model, "release") as process:
        assert process.stdout is not None
        pid, url = json.loads(await asyncio.to_thread(process.stdout.read))
    try:
        assert alive(pid)
        (kept,) = [server for server in await find_servers() if server.url == url]
        assert (kept.how, kept.pid, kept.health) == ("left running", pid, "ok")
        async with supervised() as desk:
            status = await desk.supervisor.attach(url)
            assert (status.state, status.pid, status.attached) == (ServerState.READY, pid, True)
        assert alive(pid)
    finally:
        os.kill(pid, signal.SIGTERM)
    await until_gone(pid, 20)
