"""What a cell's figures are, and whether its audit lets them stand."""

from __future__ import annotations

from rocmtui.core.bench.metrics import (
    ACCEPTANCE,
    KV_BYTES,
    LIMIT_SHARE,
    LONGEST_GAP,
    NEIGHBOUR_TTFT,
    PROMPT_TOKENS,
    TOKENS_PER_JOULE,
    VRAM_BYTES,
)
from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.report.audit.stamps import lag_that_matters
from rocmtui.core.report.audit.warnings import (
    CACHED_LIMIT,
    CPU_LIMIT,
    DECODE_LIMIT,
    DEPTH_KEPT,
    LAG_LIMIT_MS,
    TOKEN_LIMIT,
)
from rocmtui.core.report.document import Report
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms

_FROM_REQUESTS = (
    *("ttft", "queue_wait", "prefill_ms", "prefill_tps", "itl", "output_tps_per_request"),
    PROMPT_TOKENS,
)
DECODE_MIN_TOKENS = 16
"""Below this many tokens one late packet is a disagreement of clocks."""


def cell_metrics(report: Report) -> dict[str, float]:
    """Figures by tag: medians over requests, throughput over the window, tokens a joule where known.

    Energy is that of the cards that hold the server, where it is known which.
    """
    serving = [gpu for gpu in report.gpu if gpu.server_vram_peak_bytes] or report.gpu
    joules = sum(gpu.energy_joules for gpu in serving if gpu.energy_joules)
    speed, seconds, limit = report.throughput.output_tps, report.measured_seconds, report.limit
    beside, gaps = report.neighbour, report.metrics.get("icl")
    figures = {
        **{tag: report.metrics[tag].p50 for tag in _FROM_REQUESTS if tag in report.metrics},
        "output_tps": speed,
        TOKENS_PER_JOULE: speed * seconds / joules if speed is not None and seconds and joules else None,
        LIMIT_SHARE: limit.share if limit else None,
        KV_BYTES: limit.kv_bytes if limit else None,
        VRAM_BYTES: known(sum, (gpu.vram_peak_bytes for gpu in serving)),
        ACCEPTANCE: report.draft.acceptance if report.draft else None,
        NEIGHBOUR_TTFT: beside.ttft.p50 if beside and beside.ttft else None,
        LONGEST_GAP: gaps.max if beside and gaps else None,
    }
    return {tag: value for tag, value in figures.items() if value is not None}


def depth_notice(report: Report, test: BenchTest) -> str | None:
    """What to know of a context that was to be filled once: whether the server's cache kept it."""
    cached = report.metrics.get("cached_tokens")
    if not test.depth or cached is None or cached.p50 >= DEPTH_KEPT * test.depth:
        return None
    what = "so each prompt was computed whole: decode is as deep all the same"
    if test.kind == "prefill":
        what = "so prefill at that depth cannot be told"
    kept = f"the server's cache kept {forms.count(round(cached.p50))} of {forms.count(test.depth)} tokens"
    return f"{test.name}: {kept} (sliding-window attention needs --swa-full), {what}"


def cell_warnings(report: Report, test: BenchTest) -> tuple[str, ...]:
    """Why the figures should not be trusted; a cell with any is repeated once."""
    audit, found = report.audit, []
    if report.answers_under_load is not None and report.answers_under_load.words:
        found.append(report.answers_under_load.words)
    if report.requests.failed:
        kinds = ", ".join(f"{count} {name}" for name, count in report.requests.by_error.items())
        found.append(f"{report.requests.failed} requests failed: {kinds}")
    cpu, late_ms = audit.client_cpu_fraction, lag_that_matters(audit.loop_lag_ms_p99, audit.stamps)
    cached = None if test.depth else audit.cached_fraction
    clocks = audit.server_decode_disagreement if test.max_tokens >= DECODE_MIN_TOKENS else None
    limits = (
        (cpu, CPU_LIMIT, f"the client used {forms.share(cpu)} of a core"),
        (late_ms, LAG_LIMIT_MS, f"the client's loop ran up to {forms.ms(late_ms)} late (p99)"),
        (cached, CACHED_LIMIT, f"{forms.share(cached)} of the prompts came from the cache"),
        (audit.token_count_disagreement, TOKEN_LIMIT, "client and server count tokens differently"),
        (clocks, DECODE_LIMIT, f"client and server clocks differ by {forms.share(clocks)}"),
    )
    found += [text for value, limit, text in limits if value is not None and value > limit]
    found += [f"the host slowed it: {cause.text}" for cause in (report.host.causes if report.host else ())]
    for gpu in report.gpu:
        if gpu.spill_peak_bytes:
            found.append(f"{gpu.name}: {forms.size(gpu.spill_peak_bytes)} spilled into system memory")
        if gpu.throttle:
            found.append(f"{gpu.name} was held back: {', '.join(gpu.throttle)}")
    return tuple(found)
