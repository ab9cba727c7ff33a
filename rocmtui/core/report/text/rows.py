"""A report as text: the tables both `report.md` and the terminal are made of, and report.md itself."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.limits.decode import DecodeLimit, limit_text
from rocmtui.core.load.scenario import WHOLE, ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.slo import parse_slo
from rocmtui.core.report.audit.hosts import host_words
from rocmtui.core.report.audit.stamps import stamps_text
from rocmtui.core.report.audit.warnings import CACHED_LIMIT
from rocmtui.core.report.conversations.text import (
    TURN_COLUMNS,
    plan_text,
    reuse_text,
    trace_plan_text,
    turn_rows,
)
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS
from rocmtui.core.stats.interval import UNAVAILABLE, Interval
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.streams.words import draft_rows, stall_rows
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.sizes import DASH, counted, slots_text
from rocmtui.core.text.tables import Table, columns, markdown_table, markdown_text

STEADY = "output speed, steady state"
COLUMNS = ("mean", "p50", "p90", "p95", "p99", "max")

Rows = list[tuple[str, ...]]


def metric_rows(metrics: dict[str, Summary]) -> Rows:
    """Title, unit and the COLUMNS of each metric that has values, in the order of the table of metrics."""
    return [
        (metric.title, metric.unit, *(forms.figure(getattr(summary, column)) for column in COLUMNS))
        for metric in REQUEST_METRICS
        if (summary := metrics.get(metric.tag))
    ]


def speed_rows(report: Report) -> Rows:
    """Title, value and unit of each figure of the whole run."""
    speeds = report.throughput
    rows: Rows = [
        (METRICS[tag].title, forms.figure(value), METRICS[tag].unit)
        for tag in ("output_tps", "inputs_per_second", "total_tps", "requests_per_second", "goodput")
        if (value := getattr(speeds, tag)) is not None
    ]
    steady = report.steady_state.output_tps if report.steady_state is not None else None
    if steady is not None:
        rows.insert(1, (STEADY, forms.figure(steady), "tok/s"))
    elif report.startup_wave is not None and report.requests.completed > 1:
        rows.insert(1, (STEADY, DASH, "(none: the run ended before there was one)"))
    return rows


def limit_rows(limit: DecodeLimit) -> list[tuple[str, str]]:
    """What the limit of the decode speed was made of, and what its share means."""
    kv = f" and {forms.size(limit.kv_bytes)} of cache" if limit.kv_bytes else ""
    step = f"{forms.size(limit.weights_bytes)} of weights{kv} for {forms.figure(limit.streams)} streams"
    if limit.host_bytes and limit.host_bandwidth_bytes_per_s is not None:
        step += f", {forms.size(limit.host_bytes)} of it from system memory"
    if limit.tokens_a_step > 1.01:
        step += f"; {forms.figure(limit.tokens_a_step)} tokens a step with the draft"
    rows = [("read in a step", step), ("memory", f"{clean_line(limit.device, 80)}, {limit.bandwidth_source}")]
    if limit.prefill_ops_per_s is not None:
        rows.append(("prefill", f"{forms.figure(limit.prefill_ops_per_s / 1e9)} billion operations a second"))
    return [*rows, ("share of the limit", limit.words)] if limit.words else rows


def stream_rows(report: Report) -> list[tuple[str, str]]:
    """How the tokens of replies came: stalls and drafts."""
    itl = report.metrics.get("itl")
    return [*stall_rows(report.stalls), *draft_rows(report.draft, itl.p50 if itl else None)]


def slo_rows(report: Report) -> Rows:
    """Expression, value and verdict of each SLO."""
    rows: Rows = []
    for slo in report.slo:
        lost = report.requests.failed + report.requests.empty
        why = f"missed: {lost} requests failed or brought nothing" if lost else "missed: no value to judge by"
        verdict = forms.MET if slo.met else forms.MISSED if slo.value is not None else why
        unit = METRICS[parse_slo(slo.expression).tag].unit
        rows.append((slo.expression, forms.with_unit(slo.value, unit), verdict))
    return rows


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
    prompt = scenario.prompt
    source = (
        _length_text(prompt)
        if prompt.tokens
        else f"prompts of a data set{_lengths_seen(report)}"
        if prompt.dataset
        else f"{plan_text(scenario.conversations)}, prompts{_lengths_seen(report)}"
        if scenario.conversations
        else f"{trace_plan_text(scenario.trace)}, prompts{_lengths_seen(report)}"
        if scenario.trace
        else f"one prompt{_lengths_seen(report)}"
    )
    if scenario.endpoint in WHOLE:
        each = counted(scenario.batch, "input") + " a request"
        return ", ".join((load, scenario.endpoint, source, each, f"seed {scenario.seed}"))
    output, cache = _output_text(report, scenario), _cache_text(report, scenario)
    return ", ".join((load, scenario.endpoint, source, output, cache, f"seed {scenario.seed}"))


def _length_text(prompt: PromptPlan) -> str:
    """`prompts of 256 tokens`, `prompts of 256 tokens after 4,096`."""
    tokens, depth = prompt.tokens or 0, prompt.depth_tokens
    return (
        f"prompts of {tokens - depth} tokens after {forms.count(depth)}"
        if depth
        else f"prompts of {tokens} tokens"
    )


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


def report_markdown(report: Report) -> str:
    """The whole report as Markdown."""
    intervals = [text for tag in ("ttft", "itl") if (text := interval_text(report, tag))]
    parts = [
        f"# {markdown_text(report.label or 'rocmtui run')}",
        *(f"> **Warning:** {markdown_text(warning)}" for warning in report.audit.warnings),
        f"{counts_text(report)}; ended: {report.ended}.",
        "\n".join(map(_bullet, _facts(report))),
        _table(("figure", "value", "unit"), speed_rows(report)),
        "\n".join(map(_bullet, _limit(report.limit))),
        "\n".join(_bullet(f"{name.strip()}: {words}") for name, words in stream_rows(report)),
        _table(("metric", "unit", *COLUMNS), metric_rows(report.metrics), numbers_from=2),
        "\n".join(map(_bullet, intervals)),
        _table(TURN_COLUMNS, turn_rows(report.conversations)) if report.conversations else "",
        _bullet(reuse_text(report.conversations)) if report.conversations else "",
        _bullet(f"tool calls: {report.tools.words}") if report.tools else "",
        _table(("SLO", "value", "verdict"), slo_rows(report)),
        _table(FLEET_COLUMNS, fleet_rows(report)),
        _table(
            ("GPU", "VRAM before", "loaded", "peak", "given back", "GTT peak", "power mean"),
            map(gpu_row, report.gpu),
        ),
        _table(("audit", "value"), audit_rows(report)),
        f"{report.started_at}, rocmtui {report.tool.version}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


FLEET_COLUMNS = ("server", "sent", "failed", "tok/s", "TTFT p50", "TTFT p95", "ITL p50")


def fleet_rows(report: Report) -> Rows:
    """Each server of a fleet, then all together."""
    if not report.fleet:
        return []
    counts, ttft, itl = report.requests, report.metrics.get("ttft"), report.metrics.get("itl")
    times = (ttft.p50 if ttft else None, ttft.p95 if ttft else None, itl.p50 if itl else None)
    figures = [
        (one.url, one.sent, one.failed, one.output_tps, (one.ttft_p50_ms, one.ttft_p95_ms, one.itl_p50_ms))
        for one in report.fleet
    ]
    figures.append(("together", counts.sent, counts.failed, report.throughput.output_tps, times))
    return [
        (clean_line(name, 60), forms.count(sent), forms.count(failed), forms.figure(tps), *map(forms.ms, ms))
        for name, sent, failed, tps, ms in figures
    ]


def gpu_row(gpu: GpuSummary) -> tuple[str, ...]:
    """One card: name, VRAM before, loaded, at peak and given back, GTT at peak, power and tokens a joule."""
    before, peak, after = gpu.vram_before_bytes, gpu.vram_peak_bytes, gpu.vram_after_bytes
    back = peak - after if peak is not None and after is not None else None
    sizes = (before, gpu.vram_loaded_bytes, peak, back, gpu.gtt_peak_bytes)
    power = f"{forms.figure(gpu.power_mean_watts)} W" if gpu.power_mean_watts is not None else DASH
    if gpu.tokens_per_joule is not None:
        power += f", {forms.figure(gpu.tokens_per_joule)} tok/J"
    return (f"{clean_line(gpu.name, 60)} {gpu.pci}", *map(forms.size, sizes), power)


def audit_rows(report: Report) -> Rows:
    """Each figure of the audit that is known, in words."""
    audit = report.audit
    shares = (
        ("client CPU, of one core", audit.client_cpu_fraction),
        ("client and server clocks disagree by", audit.server_decode_disagreement),
        ("token counts disagree by", audit.token_count_disagreement),
        ("prompt tokens from cache", audit.cached_fraction),
    )
    lags = (("client late at p99", audit.loop_lag_ms_p99), ("client late at most", audit.loop_lag_ms_max))
    rows: Rows = [(name, forms.share(share)) for name, share in shares if share is not None]
    rows += [(name, f"{forms.figure(lag)} ms") for name, lag in lags if lag is not None]
    rows += stamps_text(audit.stamps) if audit.stamps is not None else []
    if audit.retransmits is not None:
        rows.append(("packets sent again", forms.count(audit.retransmits)))
    rows += [(f"from {clean_line(host.host, 60)}", host_words(host)) for host in audit.hosts]
    return [*rows, ("stale connections", forms.count(audit.stale_connections))]


def _facts(report: Report) -> Iterable[str]:
    machine = report.machine
    if server_text(report):
        yield f"Server: {server_text(report)}"
    if report.scenario:
        yield f"Load: {scenario_text(report, report.scenario)}"
    known = [part for part in (machine.cpu, machine.kernel, machine.os) if part]
    if known:
        yield f"Machine: {', '.join(known)}"


def _limit(limit: DecodeLimit | None) -> Iterable[str]:
    if limit is not None:
        yield f"Decode: {limit_text(limit)}"
        yield from (f"{name}: {words}" for name, words in limit_rows(limit))


def _bullet(text: str) -> str:
    return f"- {markdown_text(text)}"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], numbers_from: int = 1) -> str:
    cells = list(rows)
    numbers = frozenset(range(numbers_from, len(header)))
    return markdown_table(Table(columns(*header, right=numbers), cells)) if cells else ""
