"""What a server of known latencies does, and how it can be made to fail."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from enum import StrEnum

import msgspec


class Fault(StrEnum):
    """One way to fail; `fault_after` says after how many tokens those in mid-stream do."""

    EARLY_ROLE = "early_role"
    """Role and progress events come with the headers, long before the first token."""
    REASONING = "reasoning"
    """The first half of the reply is reasoning."""
    CUT = "cut"
    """The connection breaks in the middle of an event."""
    NO_END = "no_end"
    """The reply ends in good order, but without its closing events."""
    IN_STREAM_ERROR = "in_stream_error"
    """An error event, then the end."""
    STALL = "stall"
    """The stream falls silent for ever."""
    STALE = "stale"
    """The connection is closed before the first byte of a response."""
    NO_ANSWER = "no_answer"
    """Not a byte ever comes."""
    LOADING = "loading"
    """503, as while a model loads."""
    TOO_LONG = "too_long"
    """400, the prompt does not fit a slot."""
    HTML = "html"
    """200 with a web page."""
    NOT_HTTP = "not_http"
    """Bytes that are no HTTP."""
    BROKEN_JSON = "broken_json"
    """An event that is no JSON."""


class KnownBehaviour(msgspec.Struct, frozen=True, kw_only=True):
    """Latencies, shape of the reply and faults. Times in milliseconds."""

    ttft_ms: float = 50.0
    """From the slot's start to the first token."""
    itl_ms: float = 10.0
    """Between tokens."""
    headers_ms: float = 0.0
    """From the slot's start to the response headers."""
    slots: int | None = None
    """Requests served at a time, the others queue without headers; None: all at once."""
    tokens: int = 32
    """Output when the request sets no limit."""
    tokens_per_event: int = 1
    pause_ms: float = 0.0
    """Every reply stands still for so long, once."""
    pause_after: int = 10
    """After so many tokens."""
    cached_tokens: int = 0
    """Of each prompt, said to come from the cache."""
    fault: Fault | None = None
    fault_every: int = 1
    """Each n-th request fails, beginning with the n-th; 1: all."""
    fault_after: int = 3
    llama: bool = True
    """False: another OpenAI-compatible server, which refuses what only llama-server knows."""
    embeddings: bool = False
    """Embeds, and ranks, after ttft_ms; else it says that it was started without."""
    nonsense: bool = False
    """Questions without a stream are answered with `@`."""
    bent: bool = False
    """So are they while replies are under way."""
    api_key: str | None = None
    log: str | None = None
    """File that gets a line a reply."""


def parse_arguments(argv: Sequence[str]) -> tuple[KnownBehaviour, str, int]:
    """Behaviour, host and port from a command line."""
    parser = argparse.ArgumentParser(
        prog="known-server", description="an LLM server of known latencies", allow_abbrev=False
    )
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one (default)")
    parser.add_argument("-np", "--slots", type=int, help="requests served at a time (default: all)")
    parser.add_argument("--fault", type=Fault, help=", ".join(Fault))
    parser.add_argument("--embeddings", action="store_true", help="embed and rank, after --ttft-ms")
    parser.add_argument("--nonsense", action="store_true", help="answer short questions with @")
    parser.add_argument("--bent", action="store_true", help="so are they while replies are under way")
    parser.add_argument("--plain-openai", dest="llama", action="store_false", help="be no llama-server")
    parser.add_argument("--log", metavar="FILE", help="a line a reply: its arrival, its tokens' times")
    for field in msgspec.structs.fields(KnownBehaviour):
        if field.type in (int, float):
            option = "--" + field.name.replace("_", "-")
            parser.add_argument(option, type=type(field.default), default=field.default)
    values = vars(parser.parse_args(argv))
    host, port = values.pop("host"), values.pop("port")
    return KnownBehaviour(**values), host, port
