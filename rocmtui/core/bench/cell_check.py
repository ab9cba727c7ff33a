"""What a cell's figures are, and whether its audit lets them stand."""

from __future__ import annotations

from rocmtui.core.bench.plan.suite import BenchTest
from rocmtui.core.bench.summary import LIMIT_SHARE, TOKENS_PER_JOULE
from rocmtui.core.report.document import Report
from rocmtui.core.report.stamps import lag_that_matters
from rocmtui.core.report.warnings import CACHED_LIMIT, CPU_LIMIT, DECODE_LIMIT, LAG_LIMIT_MS, TOKEN_LIMIT
from rocmtui.core.text import forms

_FROM_REQUESTS = ("ttft", "queue_wait", "prefill_ms", "prefill_tps", "itl", "output_tps_per_request")
DECODE_MIN_TOKENS = 16
"""Below this many tokens one late packet is a disagreement of clocks."""


def cell_metrics(report: Report) -> dict[str, float]:
    """Figures by tag: medians over requests, throughput over the window, tokens a joule where known.

    Energy is that of the cards that hold the server, where it is known which.
    """
    found = {tag: report.metrics[tag].p50 for tag in _FROM_REQUESTS if tag in report.metrics}
    if report.throughput.output_tps is not None:
        found["output_tps"] = report.throughput.output_tps
    serving = [gpu for gpu in report.gpu if gpu.server_vram_peak_bytes] or report.gpu
    joules = sum(gpu.energy_joules for gpu in serving if gpu.energy_joules)
    if joules and report.throughput.output_tps is not None and report.measured_seconds:
        found[TOKENS_PER_JOULE] = report.throughput.output_tps * report.measured_seconds / joules
    if report.limit is not None:
        found[LIMIT_SHARE] = report.limit.share
    return found


def cell_warnings(report: Report, test: BenchTest) -> tuple[str, ...]:
    """Why the figures should not be trusted; a cell with any is repeated once."""
    audit, found = report.audit, []
    if report.answers_under_load is not None and report.answers_under_load.words:
        found.append(report.answers_under_load.words)
    if report.requests.failed:
        kinds = ", ".join(f"{count} {name}" for name, count in report.requests.by_error.items())
        found.append(f"{report.requests.failed} requests failed: {kinds}")
    cpu, cached = audit.client_cpu_fraction, audit.cached_fraction
    late_ms = lag_that_matters(audit.loop_lag_ms_p99, audit.stamps)
    if cpu is not None and cpu > CPU_LIMIT:
        found.append(f"the client used {forms.share(cpu)} of a core")
    if late_ms is not None and late_ms > LAG_LIMIT_MS:
        found.append(f"the client's loop ran up to {forms.ms(late_ms)} late (p99)")
    if cached is not None and cached > CACHED_LIMIT:
        found.append(f"{forms.share(cached)} of the prompts came from the cache")
    if (audit.token_count_disagreement or 0.0) > TOKEN_LIMIT:
        found.append("client and server count tokens differently")
    clocks = audit.server_decode_disagreement
    if test.max_tokens >= DECODE_MIN_TOKENS and clocks is not None and clocks > DECODE_LIMIT:
        found.append(f"client and server clocks differ by {forms.share(clocks)}")
    found += [f"the host slowed it: {cause.text}" for cause in (report.host.causes if report.host else ())]
    for gpu in report.gpu:
        if gpu.spill_peak_bytes:
            found.append(f"{gpu.name}: {forms.size(gpu.spill_peak_bytes)} spilled into system memory")
        if gpu.throttle:
            found.append(f"{gpu.name} was held back: {', '.join(gpu.throttle)}")
    return tuple(found)
