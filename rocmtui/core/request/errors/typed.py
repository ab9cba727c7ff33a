"""From what a server answered to a typed error with a remedy."""

from __future__ import annotations

import re

from rocmtui.core.request.errors.remedies import NO_POOLING, NO_SUCH_MODEL, failure
from rocmtui.core.request.errors.words import context_sizes, error_text, is_context
from rocmtui.core.request.odd_reply import error_in
from rocmtui.core.request.record import ErrorKind, RequestError
from rocmtui.core.text.late_regex import LateRegex

MAX_MESSAGE_CHARS = 500
"""A server's own words are cut here; some send whole pages."""
MAX_QUOTE_BYTES = 80

_STATUS_REMEDIES = {
    401: "name the variable that holds the key with --api-key-env",
    403: "name the variable that holds the key with --api-key-env",
    404: "the server lacks this endpoint: try another --endpoint, or look at the path in --url",
    429: "the server limits requests: lower the load or use --max-rate",
    501: "the server was started without this endpoint",
    503: "the server is still loading its model or is overloaded: wait, or lower the load",
}
_PROXY_WORDS = {
    413: ("refuses a request of this size", "raise its body limit (nginx: client_max_body_size)"),
    502: ("cannot reach the server behind it", "is the server behind it running?"),
    503: ("has no server to send requests to", "is the server behind it running and ready?"),
    504: ("gave up waiting for the server", "raise its timeout (nginx: proxy_read_timeout)"),
    520: ("got an answer it cannot read", "see the log of the server behind it"),
    521: ("was refused by the server behind it", "is the server behind it running?"),
    522: ("got no connection to the server behind it", "is the server behind it running and reachable?"),
    523: ("cannot reach the server behind it", "is its address right?"),
    524: ("gave up waiting for the server (100 s)", "measure past the proxy, or with shorter prompts"),
}
"""What a proxy in between means by a status it answers with itself: words, remedy. 520 on: Cloudflare's."""
_NO_MODEL = LateRegex(
    r"\bmodel\b.*\b(?:not found|does not exist|not available|unknown|no such)|"
    r"(?:unknown|no such|invalid) model|try pulling it",
    re.I | re.S,
)
_NO_POOLING = LateRegex("pooling type 'none'", re.I)
_HTML = LateRegex(rb"\s*(?:<!doctype|<html|<head|<body|<h1|<center|<title)", re.I)
_PROXY_TEXT = LateRegex(rb"\s*error code: \d+\s*")


def http_error(status: int, body: bytes, location: str | None = None) -> RequestError:
    """A reply of another status than 200; `location` is where a redirect points."""
    if 300 <= status < 400 and location:
        message = f"the server sends requests elsewhere (HTTP {status}): {location}"[:MAX_MESSAGE_CHARS]
        return _of_status(status, message, "give that address with --url: redirects are not followed")
    if _HTML.match(body) or _PROXY_TEXT.fullmatch(body):
        return _of_a_proxy(status, body)
    return _typed(body, f"HTTP status {status} without a message", status)


def in_stream_error(payload: bytes) -> RequestError:
    """`payload` is what an event said of an error: its object, a text, or the whole event."""
    return _typed(payload, "the server reported an error in the stream", None)


def _typed(body: bytes, otherwise: str, status: int | None) -> RequestError:
    message = (error_text(body) or otherwise)[:MAX_MESSAGE_CHARS]
    if is_context(body, message):
        remedy = "raise -c or lower -np"
        if sizes := context_sizes(body):
            remedy = f"{sizes[0]} tokens > {sizes[1]} per slot: raise -c or lower -np"
        elif status is None and "has been exceeded" in message:
            remedy = "the slots share one context and it is full: raise -c, or give -np to split it"
        return RequestError(kind=ErrorKind.CONTEXT_EXCEEDED, message=message, status=status, remedy=remedy)
    no_model = NO_SUCH_MODEL if _NO_MODEL.search(message) else None
    if status is None or status == 200:
        return failure(ErrorKind.IN_STREAM, message, no_model)
    no_pooling = NO_POOLING if _NO_POOLING.search(message) else None
    return _of_status(status, message, no_model or no_pooling or _STATUS_REMEDIES.get(status))


def _of_status(status: int, message: str, remedy: str | None) -> RequestError:
    failed = ErrorKind.HTTP_5XX if status >= 500 else ErrorKind.HTTP_4XX
    kind = failed if status >= 300 else ErrorKind.BAD_REPLY
    return RequestError(kind=kind, message=message, status=status, remedy=remedy)


def _of_a_proxy(status: int, page: bytes) -> RequestError:
    """A page of HTML, or Cloudflare's line: what answers is no LLM server."""
    title = error_text(page)
    if status not in _PROXY_WORDS:
        message = title or f"a web page with HTTP status {status}"
        return _of_status(status, message, _STATUS_REMEDIES.get(status))
    words, remedy = _PROXY_WORDS[status]
    told = title if str(status) in title else f"HTTP {status}"
    return _of_status(status, f"a proxy {words}: {told}"[:MAX_MESSAGE_CHARS], remedy)


def bad_reply(content_type: str, body: bytes = b"") -> RequestError:
    """A 200 that is no event stream; the server's own words where its body is an error."""
    kind = content_type.split(";")[0].strip().lower()[:80] or "no content type"
    if b'"choices"' not in body and (b'"error"' in body or error_in(body)) and (words := error_text(body)):
        return _typed(body, words, 200)
    if kind == "text/html":
        message = "the server answered with a web page, not an LLM reply"
    elif kind == "application/json":
        message = "the server did not stream its reply (application/json)"
    else:
        message = f"the server answered with {kind}, not with an event stream"
    remedy = "check the address: --url wants the root of an OpenAI-compatible server"
    return _of_status(200, message, remedy)


def undecodable(reason: str, quoted: bytes = b"") -> RequestError:
    """The stream held something that is no LLM event; `quoted` are its bytes."""
    cut = "..." if len(quoted) > MAX_QUOTE_BYTES else ""
    what = f" {quoted[:MAX_QUOTE_BYTES].decode(errors='backslashreplace')!r}{cut}" if quoted else ""
    message = f"an event of the stream cannot be read:{what} {reason}"
    remedy = "check that the address is an OpenAI-compatible server"
    return failure(ErrorKind.BAD_REPLY, message[:MAX_MESSAGE_CHARS], remedy)


def compressed(encoding: str) -> RequestError:
    """The stream came in an encoding that was not asked for and cannot be read here."""
    message = f"the reply is compressed ({encoding[:40]}), which was not asked for"
    return failure(ErrorKind.BAD_REPLY, message, "turn compression off for this path at the server or proxy")
