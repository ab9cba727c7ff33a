"""From a load as it was typed to the scenario it makes, or what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from rocmtui.core.load.draft.amounts import (
    MAX_CONCURRENCY,
    MOST_SERVERS,
    parse_duration,
    parse_rate,
    parse_scale,
)
from rocmtui.core.load.draft.fields import AS_THEY_ARE, LoadDraft, PromptKind
from rocmtui.core.load.scenario import ClosedLoop, OpenLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.load.workload import ConversationPlan, TracePlan
from rocmtui.core.server.url import parse_server_url
from rocmtui.errors import UsageError

_AT_A_RATE = ("constant", "poisson")
_SOURCES: dict[PromptKind, str] = {
    "tokens": "prompt_tokens",
    "text": "prompt_text",
    "file": "prompt_file",
    "dataset": "dataset",
    "trace": "trace",
}
"""The field of a draft in which the prompt's source is typed."""


class CheckedDraft(msgspec.Struct, frozen=True, kw_only=True):
    """The scenario, or what is wrong: field name to one sentence."""

    scenario: Scenario | None
    problems: dict[str, str]


def check_draft(draft: LoadDraft, base: Scenario | None = None) -> CheckedDraft:
    """Turn a draft into a scenario; fields a draft does not have are taken from `base`."""
    problems = _of_shape(draft)
    rate = _note(problems, "rate", parse_rate, draft.rate) if draft.shape in _AT_A_RATE else None
    think = draft.think.strip() if draft.prompt_kind == "conversations" else ""
    think_s = _note(problems, "think", parse_duration, think) if think else None
    scale = _note(problems, "time_scale", parse_scale, draft.time_scale) if draft.shape == "trace" else None
    fleet = _fleet(problems, draft.fleet)
    duration = draft.duration.strip()
    duration_s = _note(problems, "duration", parse_duration, duration) if duration else None
    slo = tuple(part.strip() for part in draft.slo.split(",") if part.strip())
    for expression in slo:
        _note(problems, "slo", parse_slo, expression)
    problems |= _of_fields(draft)
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
        warmup_requests=draft.warmup_requests,
        cache_prompt=draft.cache_prompt or draft.prompt_kind in ("conversations", "trace"),
        **({"temperature": 0.0} if draft.prompt_kind == "conversations" else {}),
        **{name: getattr(draft, name) for name in AS_THEY_ARE},
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
    if kind == "trace" and shape in _AT_A_RATE:
        return {"shape": "a trace has its own times: choose them, or the closed loop"}
    if kind != "trace" and shape == "trace":
        return {"shape": "only a trace has times of its own"}
    if kind == "conversations" and shape != "closed":
        return {"shape": "conversations are held by workers: choose the closed loop"}
    if kind == "tokens" and draft.depth_tokens and shape != "closed":
        return {"depth_tokens": "each worker fills the slot it works in: choose the closed loop"}
    return {}


def _of_fields(draft: LoadDraft) -> dict[str, str]:
    """What is wrong with numbers and names, by field."""
    kind, problems = draft.prompt_kind, dict[str, str]()
    if not 1 <= draft.concurrency <= MAX_CONCURRENCY:
        problems["concurrency"] = f"between 1 and {MAX_CONCURRENCY}"
    if kind not in ("tokens", "conversations") and not getattr(draft, _SOURCES[kind]).strip():
        problems[kind] = "name a file" if kind != "text" else "type a prompt"
    if kind == "tokens" and draft.shared_prefix_tokens > draft.prompt_tokens:
        problems["shared_prefix"] = f"longer than the prompt ({draft.prompt_tokens})"
    if kind == "tokens" and draft.depth_tokens and draft.shared_prefix_tokens:
        problems["depth_tokens"] = "what stands before a prompt is its shared start: give one of them"
    return problems


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


def _note(problems: dict[str, str], field: str, parse: Callable[[str], object], text: str) -> float | None:
    try:
        value = parse(text)
    except UsageError as error:
        said = error.message.removeprefix(f"--{field}: ")
        problems[field] = f"{said} ({error.remedy})" if error.remedy else said
        return None
    return value if isinstance(value, float) else None


def _prompt(draft: LoadDraft, kept: PromptPlan) -> PromptPlan:
    prompt = PromptPlan(nonce=kept.nonce, nonce_text=kept.nonce_text, secret=kept.secret)
    shared = draft.shared_prefix_tokens if draft.prompt_kind == "tokens" else 0
    if draft.prompt_kind in ("conversations", "trace"):
        return prompt
    source = {draft.prompt_kind: getattr(draft, _SOURCES[draft.prompt_kind])}
    return msgspec.structs.replace(prompt, shared_prefix_tokens=shared, **source)
