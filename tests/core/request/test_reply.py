"""What counts as a token, and where the server's own counts are found."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.request.record import ServerTimings
from rocmtui.core.request.reply import ReplyEvent, read_event

TIMINGS = {"cache_n": 1, "prompt_n": 25, "prompt_ms": 39.6, "predicted_n": 64, "predicted_ms": 1010.5}


def chat(**delta: object) -> bytes:
    return msgspec.json.encode({"choices": [{"index": 0, "finish_reason": None, "delta": delta}]})


@pytest.mark.parametrize(
    "payload",
    [
        chat(role="assistant", content=None),
        chat(content=""),
        chat(),
        msgspec.json.encode(
            {
                "choices": [{"delta": {"role": "assistant", "content": None}}],
                "prompt_progress": {"total": 26, "cache": 21, "processed": 22, "time_ms": 37},
            }
        ),
        b'{"index":0,"content":"","tokens":[],"stop":false,"tokens_predicted":1}',
        b'{"choices":[{"text":"","index":0}]}',
        b"{}",
    ],
)
def test_role_progress_and_empty_events_are_no_tokens(payload: bytes) -> None:
    assert read_event(payload).has_content is False


@pytest.mark.parametrize(
    "payload",
    [
        chat(content="Hello"),
        chat(content=" "),
        chat(reasoning_content="I"),
        chat(reasoning="I"),
        chat(content=None, tool_calls=[{"index": 0, "function": {"name": "f", "arguments": ""}}]),
        b'{"index":0,"content":" the","tokens":[506],"stop":false,"id_slot":-1,"tokens_predicted":1}',
        b'{"choices":[{"text":" the","index":0,"logprobs":null,"finish_reason":null}]}',
        b'{"choices":[{"delta":{"content":"\xf0\x9f"}}]}',  # half of a character
    ],
)
def test_content_reasoning_and_tool_calls_are_tokens(payload: bytes) -> None:
    assert read_event(payload) == ReplyEvent(has_content=True, is_plain=True)


def test_the_end_of_a_chat_carries_usage_and_timings() -> None:
    usage = {
        "completion_tokens": 64,
        "prompt_tokens": 26,
        "total_tokens": 90,
        "prompt_tokens_details": {"cached_tokens": 1},
    }
    assert read_event(msgspec.json.encode({"choices": [], "usage": usage, "timings": TIMINGS})) == ReplyEvent(
        timings=ServerTimings(prompt_n=25, prompt_ms=39.6, predicted_n=64, predicted_ms=1010.5, cache_n=1),
        prompt_tokens=26,
        cached_tokens=1,
        output_tokens=64,
    )


def test_the_end_of_a_completion_closes_the_stream_and_names_the_slot() -> None:
    payload = {
        "content": "",
        "stop": True,
        "stop_type": "limit",
        "id_slot": 3,
        "tokens_predicted": 64,
        "tokens_evaluated": 26,
        "timings": TIMINGS,
    }
    event = read_event(msgspec.json.encode(payload))
    assert (event.ends, event.finish_reason, event.slot) == (True, "limit", 3)
    assert (event.prompt_tokens, event.cached_tokens, event.output_tokens) == (26, 1, 64)


def test_usage_of_another_server_without_timings() -> None:
    event = read_event(
        b'{"choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":9,"completion_tokens":5}}'
    )
    assert event == ReplyEvent(finish_reason="stop", prompt_tokens=9, output_tokens=5)


def test_an_error_in_the_stream() -> None:
    event = read_event(b'{"error":{"code":500,"message":"boom","type":"server_error"}}')
    assert event.error == b'{"code":500,"message":"boom","type":"server_error"}'


def test_done_closes_the_stream() -> None:
    assert read_event(b"[DONE]") == ReplyEvent(ends=True)


@pytest.mark.parametrize("payload", [b"hello", b"[1]", b'{"choices": 5}', b'{"choices":[{"delta":'])
def test_what_is_no_event_is_refused(payload: bytes) -> None:
    with pytest.raises(msgspec.DecodeError):
        read_event(payload)


@pytest.mark.parametrize("count", [-1, 2**53])
def test_a_count_of_tokens_that_cannot_be_is_none(count: int) -> None:
    details = {"cached_tokens": count}
    usage = {"prompt_tokens": count, "completion_tokens": count, "prompt_tokens_details": details}
    event = read_event(msgspec.json.encode({"choices": [], "usage": usage}))
    assert (event.prompt_tokens, event.output_tokens, event.cached_tokens) == (None, None, None)
    timings = {"prompt_n": float(count), "prompt_ms": 1.0, "predicted_n": 1, "predicted_ms": 1.0}
    assert read_event(msgspec.json.encode({"choices": [], "timings": timings})).timings is None
