"""One request as it happened: a line of requests.jsonl."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from rocmtui.core.request.network import NetworkFigures

MOST_PIECES, LEAST_EVENTS = 2, 16
"""So many events in so few reads say how a proxy hands on, not how a server generates."""

NEIGHBOUR_IDS = 1_000_000_000
"""The number of a neighbour's first request; the load's own are below."""


class Phase(StrEnum):
    """The part of a run a request belongs to. Only MEASURED counts."""

    WARMUP = "warmup"
    MEASURED = "measured"
    DRAIN = "drain"
    NEIGHBOUR = "neighbour"
    """Sent beside the load to see what it does to the others."""


class ErrorKind(StrEnum):
    """Why a request failed."""

    CONNECT = "connect"
    CLIENT_LIMIT = "client_limit"
    """This machine would open no more connections: the client's limit, not the server's."""
    TLS = "tls"
    TIMEOUT_CONNECT = "timeout_connect"
    TIMEOUT_FIRST_BYTE = "timeout_first_byte"
    TIMEOUT_READ = "timeout_read"
    HTTP_4XX = "http_4xx"
    HTTP_5XX = "http_5xx"
    CONTEXT_EXCEEDED = "context_exceeded"
    TIMEOUT_REQUEST = "timeout_request"
    """The whole request took longer than it may."""
    OVERLONG = "overlong"
    """The reply went on past twice the length asked for and was cut."""
    IN_STREAM = "in_stream_error"
    EMPTY_REPLY = "empty_reply"
    """A 200 that ended without content and without a reason."""
    TRUNCATED = "truncated"
    """The stream ended without its closing event."""
    SERVER_GONE = "server_gone"
    BAD_REPLY = "bad_reply"
    """What came back is no LLM reply: HTML, a wrong content type, broken JSON."""
    LOST = "lost"
    """The load process that ran it died."""


class RequestError(msgspec.Struct, frozen=True, kw_only=True):
    """A failure, with the server's own words where it gave any (untrusted text)."""

    kind: ErrorKind
    message: str
    status: int | None = None
    remedy: str | None = None


class ServerTimings(msgspec.Struct, frozen=True, kw_only=True):
    """llama-server's own clock for one request (its `timings` object)."""

    prompt_n: int
    """Prompt tokens computed (cached ones excluded)."""
    prompt_ms: float
    """From the slot's first batch to the first sampled token."""
    predicted_n: int
    predicted_ms: float
    """First to last token."""
    cache_n: int = 0
    draft_n: int = 0
    draft_n_accepted: int = 0


class RequestRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What happened to one request. All times are monotonic nanoseconds of the machine that sent it."""

    id: int
    worker: int
    process: int = 0
    phase: Phase
    scheduled_ns: int | None = None
    """When the plan wanted it sent (open loop), else None."""
    connect_ns: int | None = None
    """Time to open the connection (not part of TTFT)."""
    sent_ns: int | None = None
    headers_ns: int | None = None
    first_token_ns: int | None = None
    """First non-empty content, reasoning or tool-call delta."""
    last_token_ns: int | None = None
    done_ns: int
    """Last byte, or the moment of failure or cancellation."""
    prompt_tokens: int | None = None
    cached_tokens: int | None = None
    output_tokens: int | None = None
    content_events: int = 0
    """Received events with content; not a token count."""
    content_reads: int | None = None
    """Reads of the socket that brought them; far fewer than events where a proxy hands over bursts."""
    finish_reason: str | None = None
    timings: ServerTimings | None = None
    inputs: int | None = None
    """Embeddings or ranked documents of a reply that came whole; None: it was a stream."""
    slot: int | None = None
    server: int | None = None
    """Which of a fleet of servers it went to; None where there is one."""
    stale_retries: int = 0
    odd_figures: bool = False
    """The server gave a count or a time that cannot be; it is left out."""
    network: NetworkFigures | None = None
    """The kernel's figures of its connection; None where there is no network or nobody to ask."""
    content_ns: tuple[int, ...] = ()
    """When each event with content came; kept for the self-test alone."""
    tool_calls: int | None = None
    """Calls of tools in the reply; None: it was offered none."""
    tool_calls_parsed: int = 0
    """Those of a tool that was offered, with arguments that are a JSON object."""
    conversation: int | None = None
    """The conversation it is a turn of."""
    turn: int | None = None
    """Which of its turns, from 0."""
    reusable_tokens: int | None = None
    """Prompt tokens that were computed in the turn before, as the client knows; None: not known."""
    stalls: tuple[tuple[int, int], ...] | None = None
    """Gaps between its tokens that are stalls, from and until; None: they cannot be told."""
    cancelled: bool = False
    """Cut off by us: at the end of the run, or when a worker was taken away."""
    error: RequestError | None = None

    @property
    def due_ns(self) -> int:
        """When it was planned, or attempted where nothing was planned; a refused connection counts too."""
        times = (self.scheduled_ns, self.sent_ns, self.done_ns)
        return next(at_ns for at_ns in times if at_ns is not None)

    @property
    def completed(self) -> bool:
        """Whether it came to a good end: no error in any spelling, not cut off by us."""
        return self.error is None and not self.cancelled

    @property
    def counts(self) -> bool:
        """Whether the figures of requests are made of it: it was measured and came to a good end."""
        return self.phase is Phase.MEASURED and self.completed

    @property
    def in_a_burst(self) -> bool:
        """Whether its content came in one or two pieces, as proxies hand it over that hold it back."""
        reads, events = self.content_reads, self.content_events
        return reads is not None and reads <= MOST_PIECES and events >= LEAST_EVENTS

    @property
    def empty(self) -> bool:
        """Whether it came to a good end without any content; it is within no objective."""
        return self.completed and self.first_token_ns is None and not self.inputs
