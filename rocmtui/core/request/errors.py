"""From what a server said, or did not say, to a typed error with a remedy."""

from __future__ import annotations

import re

import msgspec

from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.text.untrusted_json import UNREADABLE

MAX_MESSAGE_CHARS = 500
"""A server's own words are cut here; some send whole pages."""

_CONTEXT_TYPES = frozenset(("exceed_context_size_error", "context_length_exceeded"))
_CONTEXT_TEXT = re.compile(
    r"exceeds? the (?:available )?context|context size has been exceeded|maximum context", re.I
)


class _ErrorBody(msgspec.Struct):
    message: msgspec.Raw = msgspec.Raw(b"")
    type: msgspec.Raw = msgspec.Raw(b"")
    code: msgspec.Raw = msgspec.Raw(b"")
    n_prompt_tokens: int | None = None
    n_ctx: int | None = None


class _Wrapped(msgspec.Struct):
    error: _ErrorBody | str | None = None
    message: str | None = None
    detail: str | None = None


_REMEDIES = {
    ErrorKind.CONNECT: "is the server running at that address?",
    ErrorKind.TLS: "use http:// for a server without TLS; name a private authority with SSL_CERT_FILE",
    ErrorKind.TIMEOUT_CONNECT: "is the host right and reachable? A firewall may swallow packets",
    ErrorKind.TIMEOUT_FIRST_BYTE: (
        "more requests than slots queue in the server: lower the load or raise --timeout"
    ),
    ErrorKind.TIMEOUT_READ: "is the server overloaded or stuck? Raise --timeout if it is only slow",
    ErrorKind.IN_STREAM: "see the server's log",
    ErrorKind.TRUNCATED: "see the server's log around that time; a proxy in between may cut streams",
    ErrorKind.SERVER_GONE: "see the server's log: it may have crashed or been restarted",
    ErrorKind.LOST: "see the notice of its death",
}
_STATUS_REMEDIES = {
    401: "name the variable that holds the key with --api-key-env",
    403: "name the variable that holds the key with --api-key-env",
    404: "the server lacks this endpoint: try another --endpoint, or look at the path in --url",
    429: "the server limits requests: lower the load or use --max-rate",
    501: "the server was started without this endpoint",
    503: "the server is still loading its model or is overloaded: wait, or lower the load",
}


def failure(kind: ErrorKind, message: str, remedy: str | None = None) -> RequestError:
    """A failure with the remedy of its kind, or a closer one."""
    return RequestError(kind=kind, message=message, remedy=remedy or _REMEDIES[kind])


def http_error(status: int, body: bytes) -> RequestError:
    """A reply of another status than 200."""
    error, text = _read(body)
    return _typed(error, text or f"HTTP status {status} without a message", status=status)


def in_stream_error(payload: bytes) -> RequestError:
    """`payload` is the JSON of the `error` an event of the stream carried."""
    error, text = _read(b'{"error":' + payload + b"}")
    return _typed(error, text or "the server reported an error in the stream", status=None)


def _typed(error: _ErrorBody, message: str, status: int | None) -> RequestError:
    message = message[:MAX_MESSAGE_CHARS]
    if {_text(error.type), _text(error.code)} & _CONTEXT_TYPES or _CONTEXT_TEXT.search(message):
        return _context_exceeded(error, message, status)
    if status is None:
        return failure(ErrorKind.IN_STREAM, message)
    kind = ErrorKind.HTTP_5XX if status >= 500 else ErrorKind.HTTP_4XX
    return RequestError(kind=kind, message=message, status=status, remedy=_STATUS_REMEDIES.get(status))


def _context_exceeded(error: _ErrorBody, message: str, status: int | None) -> RequestError:
    remedy = "raise -c or lower -np"
    if error.n_prompt_tokens is not None and error.n_ctx is not None:
        remedy = f"{error.n_prompt_tokens} tokens > {error.n_ctx} per slot: raise -c or lower -np"
    elif status is None:
        remedy = "the slots share one context and it is full: raise -c, or give -np to split it"
    return RequestError(kind=ErrorKind.CONTEXT_EXCEEDED, message=message, status=status, remedy=remedy)


def bad_reply(content_type: str, status: int) -> RequestError:
    """A 200 that is no event stream."""
    kind = content_type.split(";")[0].strip().lower()[:80] or "no content type"
    if kind == "text/html":
        message = "the server answered with a web page, not an LLM reply"
    elif kind == "application/json":
        message = "the server did not stream its reply (application/json)"
    else:
        message = f"the server answered with {kind}, not with an event stream"
    return RequestError(
        kind=ErrorKind.BAD_REPLY,
        message=message,
        status=status,
        remedy="check the address: --url wants the root of an OpenAI-compatible server",
    )


def undecodable(reason: str) -> RequestError:
    """The stream held something that is no LLM event."""
    message = f"an event of the stream cannot be read: {reason}"[:MAX_MESSAGE_CHARS]
    return failure(ErrorKind.BAD_REPLY, message, "check that the address is an OpenAI-compatible server")


def _read(body: bytes) -> tuple[_ErrorBody, str]:
    """The error object and its message; the body itself where it is no JSON."""
    try:
        wrapped = msgspec.json.decode(body, type=_Wrapped)
        if isinstance(wrapped.error, _ErrorBody):
            return wrapped.error, _text(wrapped.error.message)
    except UNREADABLE:
        return _ErrorBody(), " ".join(body.decode(errors="replace").split())
    return _ErrorBody(), wrapped.error or wrapped.message or wrapped.detail or ""


def _text(raw: msgspec.Raw) -> str:
    """What a field says, whatever its type; empty for null and absent."""
    if bytes(raw) in (b"", b"null"):
        return ""
    value = msgspec.json.decode(raw)
    return value if isinstance(value, str) else str(value)
