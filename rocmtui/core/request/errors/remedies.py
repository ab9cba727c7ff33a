"""What helps against each kind of failure."""

from __future__ import annotations

from rocmtui.core.request.record import ErrorKind, RequestError

_REMEDIES = {
    ErrorKind.CONNECT: "is the server running at that address?",
    ErrorKind.CLIENT_LIMIT: "raise the limit of open files (ulimit -n), or lower the load",
    ErrorKind.TLS: "use http:// for a server without TLS; name a private authority with SSL_CERT_FILE",
    ErrorKind.TIMEOUT_CONNECT: "is the host right and reachable? A firewall may swallow packets",
    ErrorKind.TIMEOUT_FIRST_BYTE: "the server hangs or is slow: see its log, or raise --timeout",
    ErrorKind.TIMEOUT_READ: "is the server overloaded or stuck? Raise --timeout if it is only slow",
    ErrorKind.TIMEOUT_REQUEST: "ask for fewer --max-tokens, or raise --request-timeout",
    ErrorKind.OVERLONG: "this server does not obey max_tokens: end its replies at the server",
    ErrorKind.IN_STREAM: "see the server's log",
    ErrorKind.EMPTY_REPLY: "see the server's log; a proxy in between may have swallowed the reply",
    ErrorKind.TRUNCATED: "see the server's log around that time; a proxy in between may cut streams",
    ErrorKind.SERVER_GONE: "see the server's log: it may have crashed or been restarted",
    ErrorKind.LOST: "see the notice of its death",
}
NO_SUCH_MODEL = "name a model it serves with -a NAME"
"""The remedy for a model that a reply says is not there."""
NO_POOLING = "the model names no pooling: start the server with `--pooling mean`"
"""The remedy for a model that makes text and is asked for embeddings."""
QUEUED = "more requests than slots queue in the server: lower the load or raise --timeout"
"""The remedy for TIMEOUT_FIRST_BYTE where a load had more requests under way than the server has slots."""


def failure(kind: ErrorKind, message: str, remedy: str | None = None) -> RequestError:
    """A failure with the remedy of its kind, or a closer one."""
    return RequestError(kind=kind, message=message, remedy=remedy or _REMEDIES[kind])
