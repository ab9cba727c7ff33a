"""The server of known latencies is itself held to what it says."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
import time
from itertools import pairwise
from pathlib import Path

import httpx
import msgspec

from rocmtui.core.doctor.known_truth import ServedReply
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour, parse_arguments
from rocmtui.embedded.known.precise_timer import PreciseTimer
from rocmtui.embedded.known.server import KnownServer
from tests.adapters.wire.fixture import send_one


async def test_the_timer_never_fires_early_and_in_order() -> None:
    timer = PreciseTimer(asyncio.get_running_loop())
    fired: list[tuple[int, bool]] = []
    done = asyncio.Event()

    def note(due_ns: int) -> None:
        fired.append((due_ns - began_ns, time.monotonic_ns() >= due_ns))
        if len(fired) == 4:
            done.set()

    began_ns = time.monotonic_ns()
    for after_ms in (8, 2, 5):
        timer.at(began_ns + after_ms * 1_000_000, note)
    timer.at(began_ns - 1, note)
    async with asyncio.timeout(20):
        await done.wait()
    timer.close()
    assert fired == [(-1, True), (2_000_000, True), (5_000_000, True), (8_000_000, True)]


async def test_its_stamps_say_when_it_wrote() -> None:
    async with KnownServer(KnownBehaviour(ttft_ms=30, itl_ms=4)) as server:
        trace = await send_one(server.url, max_tokens=6)
        truth = server.truth()
    assert trace.timings is not None
    assert trace.timings.prompt_ms >= 30
    assert (truth["requests"], truth["completed"], truth["tokens"]) == (1, 1, 6)
    assert truth["lateness_ms_mean"] >= 0


async def test_prompts_are_counted_by_its_own_tokenizer() -> None:
    async with KnownServer(KnownBehaviour(ttft_ms=1, itl_ms=0.1)) as server, httpx.AsyncClient() as client:
        tokens = (await client.post(server.url + "/tokenize", json={"content": "one two  three"})).json()
        text = (await client.post(server.url + "/detokenize", json=tokens)).json()
        turn = {"role": "user", "content": "hi"}
        prompt = (await client.post(server.url + "/apply-template", json={"messages": [turn]})).json()
        trace = await send_one(server.url, endpoint="completion")
    assert tokens == {"tokens": [0, 1, 2]}
    assert text == {"content": "one two  three"}
    assert prompt == {"prompt": "<user> hi </turn> <assistant>"}
    assert trace.prompt_tokens == 3


async def test_it_answers_what_a_server_is_asked() -> None:
    behaviour = KnownBehaviour(fault=Fault.STALL, slots=2, ttft_ms=1, itl_ms=0.1)
    async with KnownServer(behaviour) as server, httpx.AsyncClient() as client:
        request = asyncio.create_task(send_one(server.url))
        while server.tokens < 3:
            await asyncio.sleep(0.001)
        slots = (await client.get(server.url + "/slots")).json()
        props = (await client.get(server.url + "/props")).json()
        health = await client.get(server.url + "/health")
        missing = await client.get(server.url + "/nothing")
        request.cancel()
        await asyncio.gather(request, return_exceptions=True)
    assert [slot["is_processing"] for slot in slots] == [True, False]
    assert props["total_slots"] == 2
    assert (health.status_code, missing.status_code) == (200, 404)


async def test_as_a_process_it_greets_and_tells_the_truth_at_its_end() -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "rocmtui.embedded.known.server", "--ttft-ms=2", "--itl-ms=0.5"),
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    greeting = (await process.stdout.readline()).decode()
    trace = await send_one(greeting.removeprefix("listening on ").strip())
    process.send_signal(signal.SIGTERM)
    rest, _ = await process.communicate()
    assert trace.error is None
    assert json.loads(rest)["tokens"] == 8
    assert process.returncode == 0


def test_its_command_line_sets_its_behaviour() -> None:
    words = ["--port=81", "--ttft-ms=7", "-np", "3", "--fault=cut", "--fault-every=2", "--plain-openai"]
    behaviour, host, port = parse_arguments(words)
    assert (host, port) == ("127.0.0.1", 81)
    assert behaviour == KnownBehaviour(ttft_ms=7.0, slots=3, fault=Fault.CUT, fault_every=2, llama=False)


async def test_its_log_counts_from_the_arrival_and_tells_each_token(tmp_path: Path) -> None:
    log = tmp_path / "served.jsonl"
    behaviour = KnownBehaviour(ttft_ms=20, itl_ms=2, log=str(log))
    async with KnownServer(behaviour) as server:
        trace = await send_one(server.url, max_tokens=4)
    reply = msgspec.json.decode(log.read_bytes(), type=ServedReply)
    assert reply.number is None  # no number in its prompt
    assert len(reply.written_ns) == 4
    assert trace.sent_ns is not None
    assert trace.first_token_ns is not None
    assert abs(reply.arrived_ns - trace.sent_ns) < 20_000_000
    assert reply.ttft_ms >= 20 - 0.1
    assert reply.written_ns[0] - 100_000 <= trace.first_token_ns


async def test_a_server_held_up_never_writes_two_tokens_at_once(tmp_path: Path) -> None:
    log = tmp_path / "served.jsonl"
    async with KnownServer(KnownBehaviour(ttft_ms=5, itl_ms=10, log=str(log))) as server:
        request = asyncio.create_task(send_one(server.url, max_tokens=8))
        while not server.tokens:
            await asyncio.sleep(0)
        time.sleep(0.06)
        await request
    times_ns = msgspec.json.decode(log.read_bytes(), type=ServedReply).written_ns
    assert all(later - earlier >= 5_000_000 for earlier, later in pairwise(times_ns))
