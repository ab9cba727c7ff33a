"""The described load: everything needed to run it again."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from rocmtui.core.load.far.engine import Engine
from rocmtui.core.load.workload import ConversationPlan, TracePlan

Endpoint = Literal["chat", "completion", "completions", "embeddings", "rerank"]
WHOLE: tuple[Endpoint, ...] = ("embeddings", "rerank")
"""Endpoints that stream nothing: many inputs in a request, one reply."""
Balance = Literal["round-robin", "least-in-flight"]
Arrivals = Literal["constant", "poisson", "trace"]


class ClosedLoop(msgspec.Struct, frozen=True, kw_only=True, tag="closed"):
    """`concurrency` workers, each sending its next request when the last one ended."""

    concurrency: int


class OpenLoop(msgspec.Struct, frozen=True, kw_only=True, tag="open"):
    """Requests at planned times, whatever the server does."""

    rate: float
    """Requests per second; the mean of a trace."""
    arrivals: Arrivals = "constant"
    max_in_flight: int | None = None
    """Arrivals over this many open requests are dropped and counted; None is unbounded."""


LoadShape = ClosedLoop | OpenLoop


def paced(shape: LoadShape, rate: float | None) -> LoadShape:
    """An open loop with the rate that was found in what it sends; anything else as it is."""
    if rate is None or isinstance(shape, ClosedLoop):
        return shape
    return msgspec.structs.replace(shape, rate=rate)


class PromptPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Where prompts come from. Exactly one of text, file, dataset and tokens is set, or none where the
    scenario has conversations made of words, or a trace."""

    text: str | None = None
    file: str | None = None
    dataset: str | None = None
    """A JSONL file or JSON array: `{"prompt"}`, `{"messages"}` or `{"conversations"}` an entry."""
    timed: bool = False
    """Send what the data set holds at the times it says."""
    time_scale: float = 1.0
    """All its times are multiplied by this: 0.1 is ten times as fast."""
    lenient: bool = False
    """Leave out of the data set what is not understood, and say so."""
    tokens: int | None = None
    """Exact prompt length, built with the server's own tokenizer."""
    shared_prefix_tokens: int = 0
    depth_tokens: int = 0
    """Of those, how many are a context that stands in each slot before the prompt proper: the requests before
    the measured ones fill it, and the cache keeps it."""
    nonce: bool = True
    """Begin each prompt with a few random letters, so that no two share a cached prefix."""
    nonce_text: str | None = None
    """What the letters and words of a run are drawn from; drawn anew for each run that does not give it."""
    secret: bool = False
    """Keep prompt texts out of run folders, recordings and pictures."""


class NeighbourPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Requests with long prompts and one token, sent beside a load; it is over when they are."""

    tokens: int
    """Length of its prompts."""
    requests: int = 3
    pause_s: float = 1.0
    """From the end of one to the next."""


class Scenario(msgspec.Struct, frozen=True, kw_only=True):
    """One load, complete; written to scenario.json and to the report."""

    shape: LoadShape
    prompt: PromptPlan
    endpoint: Endpoint = "chat"
    batch: int = 1
    """Inputs, or documents, of one request where the endpoint takes several (WHOLE)."""
    requests: int | None = None
    """Stop after this many measured requests; None is no limit."""
    duration_s: float | None = None
    """Stop sending after this many measured seconds; None is no limit."""
    warmup_requests: int = 0
    ramp_s: float = 0.0
    """Closed loop: workers start evenly over this time. Open loop: the rate rises linearly over it."""
    max_rate: float | None = None
    max_tokens: int = 128
    ignore_eos: bool = True
    cache_prompt: bool = False
    seed: int = 1
    temperature: float = 0.8
    timeout_s: float = 120.0
    """Longest silence on one request: to connect, to first byte, between bytes."""
    request_timeout_s: float = 1800.0
    """Longest time for one request as a whole; it is cut then."""
    drain_s: float = 120.0
    """How long after the end of a duration requests may still be open; they are cut off then."""
    slo: tuple[str, ...] = ()
    """Expressions such as `ttft_p95<500ms`."""
    max_error_rate: float | None = None
    processes: int = 1
    engine: Engine | None = None
    """Where the load processes run; None: on this machine."""
    fleet: tuple[str, ...] = ()
    """Further servers that share the load."""
    balance: Balance = "round-robin"
    """Which server of several a request goes to."""
    verify: bool = True
    """Look at what the server answers before the load."""
    verify_under_load: bool = False
    """Ask certain texts among the load's requests too, one at a time."""
    api_key_env: str | None = None
    """The name of the variable that holds the key; never the key."""
    conversations: ConversationPlan | None = None
    """Requests in turns; None: each stands alone."""
    neighbour: NeighbourPlan | None = None
    """Who disturbs the load; None: nobody."""
    trace: TracePlan | None = None
    """What is sent, and when, as it was recorded; None: no trace."""
    content_hash: str | None = None
    """16 hex digits of what the prompts' file, data set or trace held; None: there is none, or not known."""


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """One chat message, sent as it is."""

    role: str
    content: str | tuple[dict[str, Any], ...] | None
    """Text, or parts such as `{"type": "text", "text": ...}`; None beside a call of a tool."""
    name: str | None = None
    reasoning_content: str | None = None
    tool_calls: tuple[dict[str, Any], ...] | None = None
    tool_call_id: str | None = None


class Prompt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request's input, ready to send. `text` for completion endpoints, `messages` for chat."""

    text: str | None = None
    messages: tuple[Message, ...] = ()
    expected_tokens: int | None = None
    """The length asked for, in the server's tokens, when it was built to length."""
    inputs: tuple[str, ...] = ()
    """What is embedded, or ranked by `text`."""
    max_tokens: int | None = None
    """Longest reply; None: as the scenario says."""
    extras: dict[str, Any] = {}
    """Further fields of the request's body, sent as they are."""
    keeps_reply: bool = False
    """Whether what the model says is needed for the next request."""


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The server a load process talks to. The key itself travels apart (UseKey)."""

    url: str
    """`http://host:port`, `https://...` or `unix:///path.sock`."""
    model: str | None = None
    others: tuple[Target, ...] = ()
    """Further servers of a fleet."""
    is_llama_server: bool = True
    """Whether fields only llama-server knows may be sent."""


KEPT_OUT = "(kept out)"
"""Stands for a prompt its owner wants in no file."""


def without_secret(scenario: Scenario) -> Scenario:
    """The scenario as it may be written: a secret prompt's text, or what its file held, is left out."""
    if not scenario.prompt.secret:
        return scenario
    scenario = msgspec.structs.replace(scenario, content_hash=None)
    if scenario.trace is not None:
        scenario = msgspec.structs.replace(
            scenario, trace=msgspec.structs.replace(scenario.trace, file=KEPT_OUT)
        )
    prompt = scenario.prompt
    changes = {name: KEPT_OUT for name in ("text", "file", "dataset") if getattr(prompt, name) is not None}
    return msgspec.structs.replace(scenario, prompt=msgspec.structs.replace(prompt, **changes))
