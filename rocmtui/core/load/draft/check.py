"""What the load plan screen edits, and the scenario it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.server.url import parse_server_url
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted
from rocmtui.errors import UsageError

Shape = Literal["closed", "constant", "poisson", "trace"]
PromptKind = Literal["tokens", "text", "file", "dataset", "conversations", "trace"]
MAX_CONCURRENCY = 4096
MAX_RATE = 100_000.0
MOST_SERVERS = 256
"""Of one load."""
_ARRIVALS = {"poisson": "random arrivals", "constant": "even arrivals"}


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


_AS_THEY_ARE = ("max_tokens", "ignore_eos", "requests", "warmup_requests")
"""Fields that are the same in a draft and in its scenario."""


class CheckedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The scenario, or what is wrong: field name to one sentence."""

    scenario: Scenario | None
    problems: dict[str, str]


def check_draft(draft: LoadDraft, base: Scenario | None = None) -> CheckedDraft:
    """Turn a draft into a scenario; fields a draft does not have are taken from `base`."""
    problems = _of_shape(draft)
    rate = _note(problems, "rate", parse_rate, draft.rate) if draft.shape in _ARRIVALS else None
    think = draft.think.strip() if draft.prompt_kind == "conversations" else ""
    think_s = _note(problems, "think", parse_duration, think) if think else None
    scale = _note(problems, "time_scale", parse_scale, draft.time_scale) if draft.shape == "trace" else None
    fleet = _fleet(problems, draft.fleet)
    duration = draft.duration.strip()
    duration_s = _note(problems, "duration", parse_duration, duration) if duration else None
    slo = tuple(part.strip() for part in draft.slo.split(",") if part.strip())
    for expression in slo:
        _note(problems, "slo", parse_slo, expression)
    if not 1 <= draft.concurrency <= MAX_CONCURRENCY:
        problems["concurrency"] = f"between 1 and {MAX_CONCURRENCY}"
    if draft.prompt_kind not in ("tokens", "conversations") and not str(_source(draft)).strip():
        problems[draft.prompt_kind] = "name a file" if draft.prompt_kind != "text" else "type a prompt"
    if draft.prompt_kind == "tokens" and draft.shared_prefix_tokens > draft.prompt_tokens:
        problems["shared_prefix"] = f"longer than the prompt ({draft.prompt_tokens})"
    if draft.prompt_kind == "tokens" and draft.depth_tokens and draft.shared_prefix_tokens:
        problems["depth_tokens"] = "what stands before a prompt is its shared start: give one of them"
    if problems:
        return CheckedDraft(scenario=None, problems=problems)
    talks, trace = _talks(draft, base, think_s or 0.0), _trace(draft, base, scale or 1.0)
    scenario = msgspec.structs.replace(
        base or Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=1)),
        shape=ClosedLoop(concurrency=draft.concurrency)
        if draft.shape == "closed"
        else OpenLoop(rate=rate or 1.0, arrivals=draft.shape),
        prompt=_prompt(draft, base.prompt if base else PromptPlan()),
        slo=slo,
        duration_s=duration_s,
        conversations=talks,
        trace=trace,
        fleet=fleet,
        cache_prompt=draft.cache_prompt or draft.prompt_kind in ("conversations", "trace"),
        **({"temperature": 0.0} if draft.prompt_kind == "conversations" else {}),
        **{name: getattr(draft, name) for name in _AS_THEY_ARE},
    )
    deep = draft.depth_tokens if draft.prompt_kind == "tokens" else 0
    return CheckedDraft(scenario=filled_to(scenario, deep) if deep else scenario, problems={})


def filled_to(scenario: Scenario, tokens: int) -> Scenario:
    """A closed loop whose prompts begin after so many tokens, which each worker puts into its slot first."""
    assert isinstance(scenario.shape, ClosedLoop)
    plan = msgspec.structs.replace(
        scenario.prompt,
        tokens=(scenario.prompt.tokens or 0) + tokens,
        shared_prefix_tokens=tokens,
        depth_tokens=tokens,
    )
    fills = scenario.warmup_requests + scenario.shape.concurrency
    return msgspec.structs.replace(scenario, prompt=plan, cache_prompt=True, warmup_requests=fills)


def _of_shape(draft: LoadDraft) -> dict[str, str]:
    """Whether it can be sent so: what is wrong, by field."""
    kind, shape = draft.prompt_kind, draft.shape
    if kind == "trace" and shape in _ARRIVALS:
        return {"shape": "a trace has its own times: choose them, or the closed loop"}
    if kind != "trace" and shape == "trace":
        return {"shape": "only a trace has times of its own"}
    if kind == "conversations" and shape != "closed":
        return {"shape": "conversations are held by workers: choose the closed loop"}
    if kind == "tokens" and draft.depth_tokens and shape != "closed":
        return {"depth_tokens": "each worker fills the slot it works in: choose the closed loop"}
    return {}


def _talks(draft: LoadDraft, base: Scenario | None, think_s: float) -> ConversationPlan | None:
    """Made conversations as typed; those of a data set as they were."""
    if draft.prompt_kind == "dataset":
        return base.conversations if base is not None else None
    if draft.prompt_kind != "conversations":
        return None
    return msgspec.structs.replace(
        (base and base.conversations) or ConversationPlan(),
        count=draft.conversations,
        turns=draft.turns,
        turn_tokens=draft.turn_tokens,
        system_tokens=draft.system_tokens,
        think_s=think_s,
    )


def _trace(draft: LoadDraft, base: Scenario | None, scale: float) -> TracePlan | None:
    if draft.prompt_kind != "trace":
        return None
    kept = (base and base.trace) or TracePlan(file="")
    return msgspec.structs.replace(kept, file=draft.trace, time_scale=scale)


def _fleet(problems: dict[str, str], text: str) -> tuple[str, ...]:
    """Further servers."""
    try:
        found = tuple(parse_server_url(part) for part in text.split(",") if part.strip())
    except UsageError as error:
        problems["fleet"] = error.message
        return ()
    if len(set(found)) != len(found) or len(found) >= MOST_SERVERS:
        problems["fleet"] = f"each once, and fewer than {MOST_SERVERS}"
    return found


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
        max_tokens=scenario.max_tokens,
        ignore_eos=scenario.ignore_eos,
        requests=scenario.requests,
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
    if isinstance(old.shape, ClosedLoop) and isinstance(new.shape, ClosedLoop):
        return msgspec.structs.replace(new, shape=old.shape) == old
    if isinstance(old.shape, OpenLoop) and isinstance(new.shape, OpenLoop):
        at_old_rate = msgspec.structs.replace(new.shape, rate=old.shape.rate)
        return msgspec.structs.replace(new, shape=at_old_rate) == old
    return False


def plan_words(scenario: Scenario) -> str:
    """A load in one sentence: `6 workers · prompts of 512 tokens · answers of 128 · 200 requests`."""
    shape = scenario.shape
    if isinstance(shape, ClosedLoop):
        load = counted(shape.concurrency, "worker")
    elif shape.arrivals == "trace":
        load = "at recorded times"
    else:
        load = f"{shape.rate:g} requests/s, {_ARRIVALS[shape.arrivals]}"
    if scenario.fleet:
        load += f" over {counted(len(scenario.fleet) + 1, 'server')}"
    source = _source_words(scenario)
    ends = [forms.plural(scenario.requests, "request")] if scenario.requests is not None else []
    ends += [f"{scenario.duration_s:g} s"] if scenario.duration_s is not None else []
    until = " or ".join(ends) if ends else "until stopped"
    return f"{load} · {source} · answers of {forms.count(scenario.max_tokens)} · {until}"


def _source_words(scenario: Scenario) -> str:
    """What is sent: `prompts of 512 tokens after 4,096`, `8 conversations of 4 turns of 200 tokens`."""
    prompt, talks = scenario.prompt, scenario.conversations
    if prompt.dataset or prompt.file:
        return "prompts of a dataset" if prompt.dataset else "the prompt of a file"
    if talks is not None:
        number = f"{forms.count(talks.count)} " if talks.count is not None else ""
        turns = f"{counted(talks.turns, 'turn')} of {forms.count(talks.turn_tokens)} tokens"
        return f"{number}conversations of {turns}"
    if scenario.trace is not None or prompt.tokens is None:
        return "a trace" if scenario.trace is not None else "one prompt text"
    depth = prompt.depth_tokens
    after = f" after {forms.count(depth)}" if depth else ""
    return f"prompts of {forms.count(prompt.tokens - depth)} tokens{after}"


def parse_scale(text: str) -> float:
    """A factor of times, such as 0.1. Raises UsageError."""
    try:
        factor = float(text)
    except ValueError:
        factor = 0.0
    if not 1e-6 <= factor <= 1e6:
        raise UsageError("a factor: 1, or 0.1 for ten times as fast")
    return factor


def parse_rate(text: str) -> float:
    """Requests per second from `2`, `0.5` or `30/min`. Raises UsageError."""
    number, _, unit = text.strip().partition("/")
    divisor = {"": 1, "s": 1, "min": 60, "m": 60}.get(unit.strip())
    try:
        rate = float(number) / (divisor or 1)
    except ValueError:
        divisor = None
    if divisor is None or not 0 < rate <= MAX_RATE:
        raise UsageError("requests per second, such as 2, 0.5 or 30/min")
    return rate


def parse_duration(text: str) -> float:
    """Seconds from `90`, `90s`, `5m` or `1h`. Raises UsageError."""
    word = text.strip().lower()
    scale = {"s": 1, "m": 60, "h": 3600}.get(word[-1:], 1)
    try:
        seconds = float(word.rstrip("smh")) * scale
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise UsageError("a time such as 90s, 5m or 1h")
    return seconds


def _note(problems: dict[str, str], field: str, parse: Callable[[str], object], text: str) -> float | None:
    try:
        value = parse(text)
    except UsageError as error:
        said = error.message.removeprefix(f"--{field}: ")
        problems[field] = f"{said} ({error.remedy})" if error.remedy else said
        return None
    return value if isinstance(value, float) else None


def _source(draft: LoadDraft) -> str | int:
    """What was typed for the kind of prompt that is chosen."""
    kinds: dict[PromptKind, str | int] = {
        "tokens": draft.prompt_tokens,
        "text": draft.prompt_text,
        "file": draft.prompt_file,
        "dataset": draft.dataset,
        "trace": draft.trace,
    }
    return kinds[draft.prompt_kind]


def _prompt(draft: LoadDraft, kept: PromptPlan) -> PromptPlan:
    prompt = PromptPlan(nonce=kept.nonce, nonce_text=kept.nonce_text, secret=kept.secret)
    shared = draft.shared_prefix_tokens if draft.prompt_kind == "tokens" else 0
    if draft.prompt_kind in ("conversations", "trace"):
        return prompt
    source = {draft.prompt_kind: _source(draft)}
    return msgspec.structs.replace(prompt, shared_prefix_tokens=shared, **source)
