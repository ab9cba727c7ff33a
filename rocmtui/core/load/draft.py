"""What the load plan screen edits, and the scenario it makes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, LoadShape, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted
from rocmtui.errors import UsageError

Shape = Literal["closed", "constant", "poisson"]
PromptKind = Literal["tokens", "text", "file", "dataset"]
MAX_CONCURRENCY = 4096
MAX_RATE = 100_000.0
_ARRIVALS = {"poisson": "random arrivals", "constant": "even arrivals", "trace": "arrivals of a trace"}


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


_AS_THEY_ARE = ("max_tokens", "ignore_eos", "cache_prompt", "requests", "warmup_requests")
"""Fields that are the same in a draft and in its scenario."""


class CheckedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The scenario, or what is wrong: field name to one sentence."""

    scenario: Scenario | None
    problems: dict[str, str]


def check_draft(draft: LoadDraft, base: Scenario | None = None) -> CheckedDraft:
    """Turn a draft into a scenario; fields a draft does not have are taken from `base`."""
    problems: dict[str, str] = {}
    rate = _note(problems, "rate", parse_rate, draft.rate) if draft.shape != "closed" else None
    duration = draft.duration.strip()
    duration_s = _note(problems, "duration", parse_duration, duration) if duration else None
    slo = tuple(part.strip() for part in draft.slo.split(",") if part.strip())
    for expression in slo:
        _note(problems, "slo", parse_slo, expression)
    if not 1 <= draft.concurrency <= MAX_CONCURRENCY:
        problems["concurrency"] = f"between 1 and {MAX_CONCURRENCY}"
    if draft.prompt_kind != "tokens" and not str(_source(draft)).strip():
        problems[draft.prompt_kind] = "name a file" if draft.prompt_kind != "text" else "type a prompt"
    if draft.prompt_kind == "tokens" and draft.shared_prefix_tokens > draft.prompt_tokens:
        problems["shared_prefix"] = f"longer than the prompt ({draft.prompt_tokens})"
    if problems:
        return CheckedDraft(scenario=None, problems=problems)
    scenario = msgspec.structs.replace(
        base or Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(tokens=1)),
        shape=ClosedLoop(concurrency=draft.concurrency)
        if draft.shape == "closed"
        else OpenLoop(rate=rate or 0.0, arrivals=draft.shape),
        prompt=_prompt(draft, base.prompt if base else PromptPlan()),
        slo=slo,
        duration_s=duration_s,
        **{name: getattr(draft, name) for name in _AS_THEY_ARE},
    )
    return CheckedDraft(scenario=scenario, problems={})


def draft_of(scenario: Scenario) -> LoadDraft:
    """The draft that would make this scenario again."""
    shape, prompt = scenario.shape, scenario.prompt
    kinds: tuple[PromptKind, ...] = ("text", "file", "dataset")
    kind: PromptKind = next((kind for kind in kinds if getattr(prompt, kind) is not None), "tokens")
    return LoadDraft(
        shape=_shape_of(shape),
        concurrency=shape.concurrency if isinstance(shape, ClosedLoop) else 4,
        rate=f"{shape.rate:g}" if isinstance(shape, OpenLoop) else "1",
        prompt_kind=kind,
        prompt_tokens=prompt.tokens or 256,
        prompt_text=prompt.text or "",
        prompt_file=prompt.file or "",
        dataset=prompt.dataset or "",
        shared_prefix_tokens=prompt.shared_prefix_tokens,
        slo=", ".join(scenario.slo),
        duration="" if scenario.duration_s is None else f"{scenario.duration_s:g}s",
        **{name: getattr(scenario, name) for name in _AS_THEY_ARE},
    )


def _shape_of(shape: LoadShape) -> Shape:
    """A trace's arrivals are typed nowhere: whoever edits such a load makes even ones of them."""
    if isinstance(shape, ClosedLoop):
        return "closed"
    return "constant" if shape.arrivals == "trace" else shape.arrivals


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
    shape, prompt = scenario.shape, scenario.prompt
    if isinstance(shape, ClosedLoop):
        load = counted(shape.concurrency, "worker")
    else:
        load = f"{shape.rate:g} requests/s, {_ARRIVALS[shape.arrivals]}"
    source = (
        f"prompts of {forms.count(prompt.tokens)} tokens" if prompt.tokens is not None else "one prompt text"
    )
    source = "conversations" if scenario.conversations else "a trace" if scenario.trace else source
    source = "prompts of a dataset" if prompt.dataset else "the prompt of a file" if prompt.file else source
    ends = [forms.plural(scenario.requests, "request")] if scenario.requests is not None else []
    ends += [f"{scenario.duration_s:g} s"] if scenario.duration_s is not None else []
    until = " or ".join(ends) if ends else "until stopped"
    return f"{load} · {source} · answers of {forms.count(scenario.max_tokens)} · {until}"


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
    }
    return kinds[draft.prompt_kind]


def _prompt(draft: LoadDraft, kept: PromptPlan) -> PromptPlan:
    prompt = PromptPlan(nonce=kept.nonce, nonce_text=kept.nonce_text, secret=kept.secret)
    shared = draft.shared_prefix_tokens if draft.prompt_kind == "tokens" else 0
    source = {draft.prompt_kind: _source(draft)}
    return msgspec.structs.replace(prompt, shared_prefix_tokens=shared, **source)
