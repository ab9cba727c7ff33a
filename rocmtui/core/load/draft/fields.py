"""What the load plan screen edits, and how a scenario looks there."""

from __future__ import annotations

from typing import Literal

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, Scenario
from rocmtui.core.load.workload import ConversationPlan, TracePlan

Shape = Literal["closed", "constant", "poisson", "trace"]
PromptKind = Literal["tokens", "text", "file", "dataset", "conversations", "trace"]


AS_THEY_ARE = ("max_tokens", "ignore_eos", "requests")
"""Fields that are the same in a draft and in its scenario."""


class LoadDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A load as it is typed: flat, and wrong at times. Fields the shape or the prompt kind does not use
    keep what was typed before."""

    shape: Shape = "closed"
    concurrency: int = 4
    rate: str = "1"
    """Requests per second."""
    prompt_kind: PromptKind = "tokens"
    prompt_tokens: int = 256
    prompt_text: str = ""
    prompt_file: str = ""
    dataset: str = ""
    conversations: int | None = None
    """How many; None: until the load ends."""
    turns: int = 4
    turn_tokens: int = 200
    system_tokens: int = 0
    think: str = ""
    """Between a reply and the next turn: `2s`; empty is no pause."""
    trace: str = ""
    time_scale: str = "1"
    """Times of the trace by this."""
    depth_tokens: int = 0
    shared_prefix_tokens: int = 0
    max_tokens: int = 128
    ignore_eos: bool = True
    cache_prompt: bool = False
    slo: str = ""
    """Expressions, separated by commas."""
    requests: int | None = None
    duration: str = ""
    """`90`, `90s`, `5m` or `1h`; empty is no limit."""
    warmup_requests: int = 0
    fleet: str = ""
    """Addresses of further servers, separated by commas."""


def draft_of(scenario: Scenario) -> LoadDraft:
    """The draft that would make this scenario again."""
    shape, prompt = scenario.shape, scenario.prompt
    kinds: tuple[PromptKind, ...] = ("text", "file", "dataset")
    talks, trace = scenario.conversations or ConversationPlan(), scenario.trace or TracePlan(file="")
    own: PromptKind = "trace" if scenario.trace else "conversations" if scenario.conversations else "tokens"
    kind: PromptKind = next((kind for kind in kinds if getattr(prompt, kind) is not None), own)
    depth = prompt.depth_tokens
    fills = shape.concurrency if depth and isinstance(shape, ClosedLoop) else 0
    return LoadDraft(
        shape=_shape_of(scenario),
        concurrency=shape.concurrency if isinstance(shape, ClosedLoop) else 4,
        rate=f"{shape.rate:g}" if isinstance(shape, OpenLoop) else "1",
        prompt_kind=kind,
        prompt_tokens=(prompt.tokens or 256 + depth) - depth,
        prompt_text=prompt.text or "",
        prompt_file=prompt.file or "",
        dataset=prompt.dataset or "",
        conversations=talks.count,
        turns=talks.turns if scenario.conversations else 4,
        turn_tokens=talks.turn_tokens,
        system_tokens=talks.system_tokens,
        think=f"{talks.think_s:g}s" if talks.think_s else "",
        trace=trace.file,
        time_scale=f"{trace.time_scale:g}",
        depth_tokens=depth,
        shared_prefix_tokens=0 if depth else prompt.shared_prefix_tokens,
        cache_prompt=scenario.cache_prompt and not depth,
        fleet=", ".join(scenario.fleet),
        slo=", ".join(scenario.slo),
        duration="" if scenario.duration_s is None else f"{scenario.duration_s:g}s",
        **{name: getattr(scenario, name) for name in AS_THEY_ARE},
        warmup_requests=max(scenario.warmup_requests - fills, 0),
    )


def _shape_of(scenario: Scenario) -> Shape:
    """The times of a data set are typed nowhere: whoever edits such a load makes even ones of them."""
    shape = scenario.shape
    if isinstance(shape, ClosedLoop):
        return "closed"
    return "constant" if shape.arrivals == "trace" and scenario.trace is None else shape.arrivals


def can_change_live(old: Scenario, new: Scenario) -> bool:
    """Whether a running load can become `new` by set_concurrency or set_rate alone."""
    if type(old.shape) is not type(new.shape):
        return False
    name = "concurrency" if isinstance(old.shape, ClosedLoop) else "rate"
    as_before = msgspec.structs.replace(new.shape, **{name: getattr(old.shape, name)})
    return msgspec.structs.replace(new, shape=as_before) == old
