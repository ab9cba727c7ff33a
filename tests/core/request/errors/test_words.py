"""The words of errors, out of the shapes that servers, gateways and proxies give them."""

from __future__ import annotations

import pytest

from rocmtui.core.request.errors.typed import bad_reply, compressed, http_error, in_stream_error, undecodable
from rocmtui.core.request.record import ErrorKind

NGINX = (
    b"<html>\r\n<head><title>%s</title></head>\r\n<body><center><h1>%s</h1></center><hr>nginx</body></html>"
)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b'{"detail":[{"loc":["body","top_k"],"msg":"Extra inputs"},{"msg":"b"}]}',
            "body.top_k: Extra inputs; b",
        ),
        (b'{"detail":{"msg":"busy","type":"x"}}', "busy"),
        (b'[{"error":{"code":400,"message":"API key not valid."}}]', "API key not valid."),
        (b'{"error":"overloaded","error_type":"overloaded"}', "overloaded"),
        (b'"just words"', "just words"),
        (b"plain\n words", "plain words"),
        (b'{"errors":["a","b"]}', "a; b"),
    ],
)
def test_the_words_are_found(body: bytes, message: str) -> None:
    assert http_error(400, body).message == message
    assert in_stream_error(body).message == message


@pytest.mark.parametrize(
    ("status", "body", "message", "remedy"),
    [
        (
            502,
            NGINX % (b"502 Bad Gateway", b"502 Bad Gateway"),
            "a proxy cannot reach the server behind it: 502 Bad Gateway",
            "is the server behind it running?",
        ),
        (
            413,
            NGINX % (b"413 Request Entity Too Large", b"x"),
            "a proxy refuses a request of this size: 413 Request Entity Too Large",
            "raise its body limit (nginx: client_max_body_size)",
        ),
        (
            524,
            b"error code: 524",
            "a proxy gave up waiting for the server (100 s): error code: 524",
            "measure past the proxy, or with shorter prompts",
        ),
        (500, NGINX % (b"Oops &amp; sorry", b"x"), "Oops & sorry", None),
    ],
)
def test_a_page_of_a_proxy_becomes_words(status: int, body: bytes, message: str, remedy: str | None) -> None:
    error = http_error(status, body)
    assert (error.message, error.remedy, error.status) == (message, remedy, status)


def test_a_redirect_names_where_it_points() -> None:
    error = http_error(308, b"", "https://llm.lan/v1")
    assert error.message == "the server sends requests elsewhere (HTTP 308): https://llm.lan/v1"


def test_a_model_that_is_not_there_has_its_remedy() -> None:
    for body in (
        b'{"error":{"message":"The model `x` does not exist."}}',
        b'{"error":"model \'x\' not found"}',
    ):
        assert http_error(404, body).remedy == "name a model it serves with -a NAME"


def test_an_error_that_came_with_200() -> None:
    error = bad_reply("application/json", b'{"error":{"message":"backend down"}}')
    assert (error.kind, error.message) == (ErrorKind.IN_STREAM, "backend down")
    whole = b'{"choices":[{"message":{"content":"an \\"error\\" in words"}}]}'
    assert bad_reply("application/json", whole).kind is ErrorKind.BAD_REPLY


def test_what_could_not_be_read_is_quoted_and_cut() -> None:
    assert "': PROCESSING' no JSON" in undecodable("no JSON", b": PROCESSING").message
    assert len(undecodable("x", b"\xff" * 9999).message) < 500
    assert "(br)" in compressed("br").message


@pytest.mark.parametrize(
    "words",
    [
        "Input prompt is too big compared to KV size",
        "The input is longer than the model's context length",
        "This model's maximum context length is 4096 tokens",
    ],
)
def test_other_words_for_too_long(words: str) -> None:
    assert in_stream_error(b'{"message":"%s"}' % words.encode()).kind is ErrorKind.CONTEXT_EXCEEDED
