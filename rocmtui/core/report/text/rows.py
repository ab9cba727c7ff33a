"""The rows of a report's tables, on the terminal and in Markdown alike."""

from __future__ import annotations

from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.limits.decode import DecodeLimit
from rocmtui.core.load.slo import value_text
from rocmtui.core.report.audit.hosts import host_words
from rocmtui.core.report.audit.stamps import stamps_text
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.streams.words import draft_rows, stall_rows
from rocmtui.core.text import forms
from rocmtui.core.text.sanitize import clean_line

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
        rows.insert(1, (STEADY, forms.DASH, "(none: the run ended before there was one)"))
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
        rows.append((slo.expression, value_text(slo.expression, slo.value), verdict))
    return rows


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
    power = f"{forms.figure(gpu.power_mean_watts)} W" if gpu.power_mean_watts is not None else forms.DASH
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
