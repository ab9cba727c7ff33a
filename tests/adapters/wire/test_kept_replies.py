"""What a request of its own says to the server, and what is kept of the reply: text, and calls of tools."""

from __future__ import annotations

import httpx
import msgspec

from rocmtui.adapters.wire.llama_client import LlamaClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Message, Prompt, Target
from rocmtui.core.request.record import Phase
from rocmtui.core.request.trace import RequestTrace
from tests.adapters.wire.fixture import scenario

TOOL = {"type": "function", "function": {"name": "weather"}}
HI = (Message("user", "hi"),)


def event(**delta: object) -> bytes:
    return b"data: " + msgspec.json.encode({"id": "x", "choices": [{"index": 0, "delta": delta}]}) + b"\n\n"


async def asked(prompt: Prompt, *events: bytes) -> tuple[dict[str, object], RequestTrace]:
    """The body that was sent, and the trace."""
    bodies = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(msgspec.json.decode(request.content, type=dict[str, object]))
        headers = {"content-type": "text/event-stream"}
        return httpx.Response(200, headers=headers, content=b"".join(events) + b"data: [DONE]\n\n")

    async with LlamaClient(
        Target(url="http://x"), scenario(), transport=httpx.MockTransport(answer)
    ) as llama:
        trace = RequestTrace(LiveStats())
        await llama.send(prompt, trace)
        trace.end(0)
    return bodies[0], trace


async def test_length_tools_and_parts_of_a_prompt_are_sent_as_they_are() -> None:
    parts = ({"type": "text", "text": "hi"}, {"type": "image_url", "image_url": {"url": "data:,"}})
    prompt = Prompt(
        messages=(Message("user", parts),), max_tokens=3, extras={"tools": [TOOL], "temperature": 0.5}
    )
    body, _ = await asked(prompt, event(content="x"))
    assert body["messages"] == [{"role": "user", "content": list(parts)}]
    assert (body["max_tokens"], body["tools"], body["temperature"]) == (3, [TOOL], 0.5)


async def test_a_reply_is_kept_where_it_is_asked_for() -> None:
    _, kept = await asked(Prompt(messages=HI, keeps_reply=True), event(content="he"), event(content="y"))
    _, left = await asked(Prompt(messages=HI), event(content="hey"))
    assert kept.reply is not None
    assert (kept.reply.text, left.reply, kept.content_events) == ("hey", None, 2)


async def test_calls_of_tools_are_counted_where_tools_were_offered() -> None:
    pieces = (
        event(tool_calls=[{"index": 0, "id": "1", "function": {"name": "weather", "arguments": '{"city"'}}]),
        event(tool_calls=[{"index": 0, "function": {"arguments": ': "Paris"}'}}]),
        event(tool_calls=[{"index": 1, "id": "2", "function": {"name": "weather", "arguments": "{"}}]),
    )
    _, trace = await asked(Prompt(messages=HI, extras={"tools": [TOOL]}), *pieces)
    record = trace.record(id=0, worker=0, process=0, phase=Phase.MEASURED, scheduled_ns=None, cancelled=False)
    assert (record.tool_calls, record.tool_calls_parsed, record.content_events) == (2, 1, 3)
