"""The transport and client against a server of known latencies, in one process."""

from __future__ import annotations

import pytest

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer


@pytest.mark.parametrize("endpoint", ["chat", "completion", "completions"])
async def test_a_reply_is_timed_and_counted(endpoint: str) -> None:
    scenario = Scenario(
        shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"), endpoint=endpoint, max_tokens=8
    )
    async with (
        KnownServer(KnownBehaviour(ttft_ms=30, itl_ms=3, headers_ms=10)) as server,
        LlamaClient(Target(url=server.url), scenario) as client,
    ):
        trace = RequestTrace(LiveStats())
        await client.send(Prompt(text="one two three"), trace)
        trace.end(0)
    assert trace.error is None
    assert (trace.content_events, trace.output_tokens) == (8, 8)
    assert trace.timings is not None
    assert trace.timings.predicted_n == 8
    assert trace.sent_ns is not None
    assert trace.headers_ns is not None
    assert trace.first_token_ns is not None
    assert trace.last_token_ns is not None
    assert trace.headers_ns - trace.sent_ns >= 10_000_000
    assert trace.first_token_ns - trace.sent_ns >= 30_000_000
    assert trace.last_token_ns - trace.sent_ns >= 51_000_000
