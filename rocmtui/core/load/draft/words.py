"""A load in one sentence."""

from __future__ import annotations

from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import counted

_ARRIVALS = {"poisson": "random arrivals", "constant": "even arrivals"}


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
