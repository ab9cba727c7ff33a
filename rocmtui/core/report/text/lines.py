"""A report in lines: what was counted, sent and measured, as it turned out."""

from __future__ import annotations

from rocmtui.core.load.scenario import WHOLE, ClosedLoop, Scenario
from rocmtui.core.report.audit.warnings import CACHED_LIMIT
from rocmtui.core.report.conversations.text import (
    plan_text,
    trace_plan_text,
)
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.stats.interval import UNAVAILABLE, Interval
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import counted, slots_text


def interval_text(report: Report, tag: str) -> str:
    """`mean 50.2 ms (48.9 to 51.6), p95 61.0 (58.2 to 66.3)`: with their confidence intervals."""
    summary = report.metrics.get(tag)
    if summary is None or tag not in report.intervals:
        return ""
    interval = report.intervals[tag]
    text = f"{METRICS[tag].title}: mean {forms.figure(summary.mean)} {summary.unit} ({_span(interval)})"
    for column, found in report.percentile_intervals.get(tag, {}).items():
        text += f", {column} {forms.figure(getattr(summary, column))} ({_span(found)})"
    return text


def _span(interval: Interval | None) -> str:
    return f"{forms.figure(interval.low)} to {forms.figure(interval.high)}" if interval else UNAVAILABLE


def counts_text(report: Report) -> str:
    """`38 of 40 requests completed in 12.3 s, 2 failed (timeout_read 2)`."""
    counts = report.requests
    text = f"{counts.completed} of {counts.sent} requests completed"
    if report.measured_seconds is not None:
        text += f" in {forms.figure(report.measured_seconds)} s"
    if counts.failed:
        kinds = ", ".join(f"{name} {count}" for name, count in counts.by_error.items())
        text += f", {counts.failed} failed ({kinds})"
    if counts.cancelled:
        text += f", {counts.cancelled} cut off at the end"
    if counts.dropped:
        text += f", {counts.dropped} dropped"
    return text


def scenario_text(report: Report, scenario: Scenario) -> str:
    """The load of a report in a line: shape, endpoint, lengths, seed, cache, as they turned out."""
    shape = scenario.shape
    if isinstance(shape, ClosedLoop):
        one = "worker" if scenario.conversations is None else "conversation"
        load = counted(shape.concurrency, one) + (" at a time" if scenario.conversations else "")
    else:
        load = f"{forms.figure(shape.rate)} requests/s, {shape.arrivals} arrivals"
    parts = [load, scenario.endpoint, _source_text(report, scenario)]
    if scenario.endpoint in WHOLE:
        parts.append(f"{counted(scenario.batch, 'input')} a request")
    else:
        parts += [_output_text(report, scenario), _cache_text(report, scenario)]
    return ", ".join((*parts, f"seed {scenario.seed}"))


def _source_text(report: Report, scenario: Scenario) -> str:
    """`prompts of 256 tokens`, `prompts of 256 tokens after 4,096`, `one prompt of 120 tokens`."""
    prompt, seen = scenario.prompt, _lengths_seen(report)
    if prompt.tokens:
        after = f" after {forms.count(prompt.depth_tokens)}" if prompt.depth_tokens else ""
        return f"prompts of {prompt.tokens - prompt.depth_tokens} tokens{after}"
    if prompt.dataset:
        return f"prompts of a data set{seen}"
    if scenario.conversations:
        return f"{plan_text(scenario.conversations)}, prompts{seen}"
    return f"{trace_plan_text(scenario.trace)}, prompts{seen}" if scenario.trace else f"one prompt{seen}"


def _lengths_seen(report: Report) -> str:
    """` of 120 to 4,096 tokens`, as the server counted; empty where it did not."""
    seen = report.metrics.get("prompt_tokens")
    if seen is None:
        return ""
    low, high = forms.figure(seen.min), forms.figure(seen.max)
    return f" of {low} tokens" if low == high else f" of {low} to {high} tokens"


def _output_text(report: Report, scenario: Scenario) -> str:
    """How many tokens came; the number asked for where it is not known, or was the limit it should be."""
    asked, came = scenario.max_tokens, report.metrics.get("output_tokens")
    if came is None:
        return f"{asked} tokens out asked for"
    if came.min == came.max == asked:
        return f"exactly {asked} tokens out"
    if not scenario.ignore_eos:
        return f"at most {asked} tokens out, {forms.figure(came.mean)} on average"
    each = f"{came.min:g}" if came.min == came.max else f"{came.min:g} to {came.max:g}"
    if scenario.trace or scenario.prompt.dataset:
        return f"{each} tokens out"
    return f"{each} tokens out of {asked} asked for"


def _cache_text(report: Report, scenario: Scenario) -> str:
    """What was said to the server of its cache, and whether it obeyed."""
    cached = report.audit.cached_fraction
    if scenario.cache_prompt and report.server.is_llama_server:
        return "prompt cache on"
    if cached is not None and cached > CACHED_LIMIT:
        return f"{forms.share(cached)} of the prompt tokens from the server's cache"
    return "prompt cache off" if report.server.is_llama_server else "prompt cache not controlled"


def server_text(report: Report) -> str:
    """The server in a line: model, slots, context, build, address."""
    server = report.server
    parts: list[str | None] = [*forms.model_words(server.model, server.quantization)]
    parts += [slots_text(server.parallel) if server.parallel else None]
    parts += [f"context {server.n_ctx} a slot" if server.n_ctx else None]
    program = server.program.words if server.program is not None else None
    parts += [server.backend, server.build, program, server.url]
    return clean_line(", ".join(part for part in parts if part), 300)
