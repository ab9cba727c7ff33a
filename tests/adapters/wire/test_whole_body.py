"""Embeddings and rerank against the server of known latencies."""

from __future__ import annotations

import pytest

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import ClosedLoop, Endpoint, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.request.record import ErrorKind, Phase, RequestRecord
from rocmtui.core.request.trace import RequestTrace
from rocmtui.core.request.values import queue_wait, request_latency
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer

INPUTS = ("one two", "three", "four five six")


async def asked(endpoint: Endpoint, **behaviour: object) -> RequestRecord:
    known = KnownBehaviour(ttft_ms=30, **behaviour)  # type: ignore[arg-type]
    scenario = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), endpoint=endpoint)
    trace = RequestTrace(LiveStats())
    async with KnownServer(known) as server, LlamaClient(Target(url=server.url), scenario) as client:
        await client.send(Prompt(text="two", inputs=INPUTS), trace)
    trace.end(trace.done_ns or 0)
    return trace.record(id=1, worker=0, process=0, phase=Phase.MEASURED, scheduled_ns=None, cancelled=False)


@pytest.mark.parametrize("endpoint", ["embeddings", "rerank"])
async def test_a_batch_is_one_request_with_its_inputs_and_tokens(endpoint: Endpoint) -> None:
    record = await asked(endpoint, embeddings=True)
    assert (record.completed, record.inputs, record.prompt_tokens, record.empty) == (True, 3, 6, False)
    assert (request_latency(record) or 0) >= 30
    assert queue_wait(record) is None


async def test_a_server_without_the_flag_says_so() -> None:
    record = await asked("embeddings")
    assert record.error is not None
    assert (record.error.kind, record.error.status) == (ErrorKind.HTTP_5XX, 501)
    assert "Start it with `--embeddings`" in record.error.message
