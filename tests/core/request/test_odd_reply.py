"""What servers and proxies were seen to stream besides the usual: how each is read."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.request.reply import ReplyEvent, read_event


def delta(**fields: object) -> bytes:
    return msgspec.json.encode({"id": "c", "choices": [{"index": 0, "delta": fields}]})


def end(**fields: object) -> ReplyEvent:
    return read_event(msgspec.json.encode({"choices": [], **fields}))


@pytest.mark.parametrize(
    "payload",
    [
        delta(content="", thinking="I"),
        delta(content=None, reasoning_text="I"),
        delta(reasoning_details=[{"type": "reasoning.text", "text": "I"}]),
        delta(function_call={"arguments": "{"}),
        delta(content=[{"type": "text", "text": "I"}]),
        delta(thought="I"),
        delta(role="assistant", thinking="I"),
        b'{"choices":[{"index":0,"delta":{"content":"a"},"logprobs":{"x":-Infinity}}]}',
    ],
)
def test_reasoning_and_calls_are_content_under_any_name(payload: bytes) -> None:
    assert read_event(payload).has_content is True


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b"",
        b" ",
        delta(role="assistant", content=[{"type": "text", "text": ""}]),
        delta(role="assistant", channel="final"),
        delta(role="assistant", content="", signature="abc"),
        b'{"choices":{}}',
        b'{"choices":null}',
        b'{"choices":[null]}',
    ],
)
def test_beats_roles_and_empty_parts_are_nothing(payload: bytes) -> None:
    assert read_event(payload) == ReplyEvent(is_plain=True)


def test_done_with_blanks_ends() -> None:
    assert read_event(b"[DONE] ").ends


@pytest.mark.parametrize(
    "payload",
    [
        b'{"error":"out of memory"}',
        b'{"object":"error","message":"too many","code":429}',
        b'{"type":"error","error":{"message":"overloaded"}}',
        b'{"detail":"engine died"}',
        b'{"message":"boom","code":500}',
        b'{"choices":[{"delta":{},"finish_reason":"error","error":{"message":"gone"}}]}',
        b'{"choices":[{"delta":{},"finish_reason":"abort"}]}',
        b'{"choices":[{"delta":{},"finish_reason":{"type":"abort","message":"killed"}}]}',
        b'{"choices":[{"delta":{"content":"a"},"finish_reason":"error"}]}',
        b'{"choices":[{"delta":{"content":"a"},"finish_reason":null}],"error":{"message":"gone"}}',
        b'{"choices":[{"delta":{"error":{"message":"gone"}}}]}',
        b'{"choices":[{"delta":{},"finish_reason":"NETWORK_ERROR"}]}',
        b'{"choices":[{"delta":{},"finish_reason":"insufficient_system_resource"}]}',
        b'{"choices":[{"text":"a","finish_reason":"timeout"}]}',
        b'{"choices":[],"object":"error","message":"gone"}',
        b'{"type":"response.failed","response":{"error":{"message":"gone"}}}',
        b'{"error_code":336100,"error_msg":"try again"}',
        b'{"errors":[{"message":"gone"}]}',
    ],
)
def test_every_spelling_of_a_failure_is_one(payload: bytes) -> None:
    assert read_event(payload).error


@pytest.mark.parametrize(
    "payload",
    [
        b'{"choices":[{"delta":{"content":"a"}}],"error":null}',
        b'{"choices":[{"delta":{},"finish_reason":"stop"}],"error":{"code":0,"message":null}}',
        b'{"error_code":0,"error_msg":""}',
        b'{"message":{"role":"assistant"},"done":false}',
        b'{"choices":[],"usage":{"completion_tokens":1}}',
        b'{"content":"a","message":"words"}',
        b'{"id":"x","object":"chat.completion.chunk"}',
        b'{"choices":[{"delta":{},"finish_reason":"content_filter"}]}',
    ],
)
def test_what_is_no_failure(payload: bytes) -> None:
    assert read_event(payload).error is None


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ('"null"', None),
        ('""', None),
        ('"stop"', "stop"),
        ('{"type":"length","length":12}', "length"),
        ("7", "7"),
    ],
)
def test_reasons_to_finish(said: str, reason: str | None) -> None:
    payload = b'{"choices":[{"delta":{},"finish_reason":%s}]}' % said.encode()
    assert read_event(payload).finish_reason == reason


@pytest.mark.parametrize("count", [12, 12.0, "12"])
def test_whole_numbers_in_disguise_are_counts(count: object) -> None:
    event = end(usage={"prompt_tokens": count, "completion_tokens": count})
    assert (event.prompt_tokens, event.output_tokens, event.odd) == (12, 12, False)


@pytest.mark.parametrize("count", [12.5, "twelve", [], -1, 1e308, True])
def test_other_counts_are_left_out_and_noted(count: object) -> None:
    event = end(usage={"prompt_tokens": 9, "completion_tokens": count})
    assert (event.prompt_tokens, event.output_tokens, event.odd) == (9, None, True)


def test_usage_within_a_choice_and_details_of_odd_types() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "prompt_tokens_details": []}
    event = read_event(
        msgspec.json.encode({"choices": [{"delta": {}, "finish_reason": "stop", "usage": usage}]})
    )
    assert (event.prompt_tokens, event.output_tokens, event.cached_tokens) == (9, 5, None)


@pytest.mark.parametrize("ms", [b"1e308", b"-1", b"NaN", b'"fast"', b"1e999"])
def test_times_that_cannot_be_are_no_timings(ms: bytes) -> None:
    payload = (
        b'{"choices":[],"timings":{"prompt_n":1,"prompt_ms":1.0,"predicted_n":2,"predicted_ms":%s}}' % ms
    )
    event = read_event(payload)
    assert (event.timings, event.odd) == (None, True)


def test_unsigned_reasoning_is_doubtful() -> None:
    assert read_event(b'{"choices":[{"delta":{"reasoning_content":"loading model ..."}}]}').doubtful
    assert not read_event(b'{"id":"c","choices":[{"delta":{"reasoning_content":"I"}}]}').doubtful
    assert not read_event(b'{"choices":[{"delta":{"content":"a"}}]}').doubtful
