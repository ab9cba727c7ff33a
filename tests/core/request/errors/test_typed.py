"""A server's refusals become typed errors with remedies."""

from __future__ import annotations

import pytest

from rocmtui.core.request.errors.remedies import NO_POOLING
from rocmtui.core.request.errors.typed import bad_reply, http_error, in_stream_error
from rocmtui.core.request.record import ErrorKind, RequestError

TOO_LONG = (
    b'{"error":{"code":400,"message":"request (3002 tokens) exceeds the available context size (2048 '
    b'tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":3002,"n_ctx":2048}}'
)


def test_a_prompt_longer_than_its_slot() -> None:
    assert http_error(400, TOO_LONG) == RequestError(
        kind=ErrorKind.CONTEXT_EXCEEDED,
        message="request (3002 tokens) exceeds the available context size (2048 tokens), try increasing it",
        status=400,
        remedy="3002 tokens > 2048 per slot: raise -c or lower -np",
    )


def test_the_context_runs_out_in_the_stream() -> None:
    error = in_stream_error(b'{"code":500,"message":"Context size has been exceeded.","type":"server_error"}')
    assert error.kind is ErrorKind.CONTEXT_EXCEEDED
    assert error.remedy == "the slots share one context and it is full: raise -c, or give -np to split it"


@pytest.mark.parametrize(
    ("status", "body", "kind", "message"),
    [
        (401, b'{"error":{"message":"Invalid API Key","code":401}}', ErrorKind.HTTP_4XX, "Invalid API Key"),
        (503, b'{"error":{"message":"Loading model","code":503}}', ErrorKind.HTTP_5XX, "Loading model"),
        (500, b"<h1>Internal\n  Server Error</h1>", ErrorKind.HTTP_5XX, "Internal Server Error"),
        (404, b'{"detail":"Not Found"}', ErrorKind.HTTP_4XX, "Not Found"),
        (400, b'{"error":"just words"}', ErrorKind.HTTP_4XX, "just words"),
        (
            400,
            b'{"error":{"message":null,"code":"x"}}',
            ErrorKind.HTTP_4XX,
            "HTTP status 400 without a message",
        ),
        (418, b"", ErrorKind.HTTP_4XX, "HTTP status 418 without a message"),
    ],
)
def test_the_servers_own_words_are_kept(status: int, body: bytes, kind: ErrorKind, message: str) -> None:
    error = http_error(status, body)
    assert (error.kind, error.message, error.status) == (kind, message, status)


@pytest.mark.parametrize(
    "body",
    [
        b'{"error":{"message":"caf\xc3"}}',
        b'{"error":{"message":' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
        b'{"error":{"message":1e999}}',
    ],
)
def test_words_that_cannot_be_read_are_quoted_as_they_came(body: bytes) -> None:
    error = http_error(500, body)
    assert (error.kind, error.message[:20]) == (ErrorKind.HTTP_5XX, body[:20].decode())


def test_another_servers_word_for_too_long() -> None:
    body = b'{"error":{"message":"too long","type":"invalid_request_error","code":"context_length_exceeded"}}'
    assert http_error(400, body).kind is ErrorKind.CONTEXT_EXCEEDED


def test_other_errors_in_the_stream() -> None:
    error = in_stream_error(b'{"code":500,"message":"boom"}')
    assert (error.kind, error.message) == (ErrorKind.IN_STREAM, "boom")
    assert in_stream_error(b'"plain words"').message == "plain words"


def test_long_messages_are_cut() -> None:
    assert len(http_error(500, b"x" * 5000).message) == 500


def test_a_page_instead_of_a_reply() -> None:
    error = bad_reply("text/html; charset=utf-8")
    assert error.message == "the server answered with a web page, not an LLM reply"
    assert bad_reply("").message == "the server answered with no content type, not with an event stream"


def test_a_model_that_makes_text_is_to_be_given_a_pooling() -> None:
    body = b'{"error":{"message":"Pooling type \'none\' is not OAI compatible. Please use a different one"}}'
    assert http_error(400, body).remedy == NO_POOLING
