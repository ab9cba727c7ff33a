"""The client against llama.cpp's own server: what it counts, when it refuses, what a cancel frees."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Prompt, Scenario, Target
from rocmtui.core.request.record import ErrorKind
from rocmtui.core.request.trace import RequestTrace
from tests.adapters.wire.fixture import error_of, scenario
from tests.fakes.embedded_server import embedded_server

pytestmark = pytest.mark.llama


def patient(**values: object) -> Scenario:
    """A scenario that waits for a busy machine."""
    return scenario(timeout_s=60.0, **values)


async def send(url: str, count: int, chosen: Scenario, *texts: str) -> list[RequestTrace]:
    """Send `count` requests at once; their traces, ended."""
    async with LlamaClient(Target(url=url), chosen) as client:

        async def one(number: int) -> RequestTrace:
            trace = RequestTrace(LiveStats())
            await client.send(Prompt(text=texts[number % len(texts)]), trace)
            trace.end(time.monotonic_ns())
            return trace

        return await asyncio.gather(*(one(number) for number in range(count)))


@pytest.mark.parametrize("endpoint", ["chat", "completion", "completions"])
async def test_every_request_is_counted_by_the_server(tiny_model: Path, endpoint: str) -> None:
    with embedded_server(tiny_model) as url:
        traces = await send(url, 40, patient(endpoint=endpoint, max_tokens=9), "a b", "c d e")
    assert [trace.error for trace in traces] == [None] * 40
    assert {(trace.output_tokens, trace.cached_tokens) for trace in traces} == {(9, 0)}
    for trace in traces:
        assert trace.timings is not None
        assert trace.timings.predicted_n == 9
        assert trace.timings.prompt_n == trace.prompt_tokens
        assert trace.sent_ns is not None
        assert trace.headers_ns is not None
        assert trace.first_token_ns is not None
        assert trace.sent_ns < trace.headers_ns <= trace.first_token_ns
        assert (trace.first_token_ns - trace.sent_ns) / 1e6 >= trace.timings.prompt_ms


async def test_a_prompt_from_the_cache_is_seen_when_the_cache_is_wanted(tiny_model: Path) -> None:
    wanted = patient(cache_prompt=True)
    with embedded_server(tiny_model, slots=1) as url:
        for _ in range(2):
            (trace,) = await send(url, 1, wanted, "the same long prompt again and again " * 8)
    assert trace.prompt_tokens is not None
    assert trace.cached_tokens is not None
    assert trace.cached_tokens > trace.prompt_tokens // 2


async def test_requests_over_the_slots_wait_without_headers(tiny_model: Path) -> None:
    with embedded_server(tiny_model, slots=1) as url:
        traces = await send(url, 3, patient(max_tokens=200), "x")
    in_turn = sorted(traces, key=lambda trace: trace.headers_ns or 0)
    for earlier, later in pairwise(in_turn):
        half_ns = ((earlier.first_token_ns or 0) + (earlier.last_token_ns or 0)) // 2
        assert half_ns < (later.headers_ns or 0)


async def test_a_prompt_over_the_context_is_refused_with_a_remedy(tiny_model: Path) -> None:
    with embedded_server(tiny_model, slots=2, ctx=1024) as url:
        (trace,) = await send(url, 1, patient(), "word " * 2000)
    error = error_of(trace)
    assert (error.kind, error.status) == (ErrorKind.CONTEXT_EXCEEDED, 400)
    assert error.remedy is not None
    assert error.remedy.endswith("tokens > 512 per slot: raise -c or lower -np")


async def test_a_cancelled_request_frees_its_slot(tiny_model: Path) -> None:
    with embedded_server(tiny_model, slots=1, ctx=32768) as url:
        task = asyncio.create_task(send(url, 1, patient(max_tokens=30_000), "x"))
        await _until_busy(url, 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await _until_busy(url, 0)


async def test_a_server_that_dies_mid_stream_is_gone(tiny_model: Path) -> None:
    with embedded_server(tiny_model, slots=2, ctx=32768) as url:
        task = asyncio.create_task(send(url, 2, patient(max_tokens=15_000), "x"))
        await _until_busy(url, 2)
    traces = await task  # leaving the server's context killed it
    assert {error_of(trace).kind for trace in traces} == {ErrorKind.SERVER_GONE}


async def _until_busy(url: str, slots: int) -> None:
    async with httpx.AsyncClient(trust_env=False) as client, asyncio.timeout(10):
        while True:
            found = (await client.get(url + "/slots")).json()
            if sum(slot["is_processing"] for slot in found) == slots:
                return
            await asyncio.sleep(0.02)
