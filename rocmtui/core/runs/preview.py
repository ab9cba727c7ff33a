"""What is seen of a run, bench or sweep beside the list, before it is opened."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.report.document import Report
from rocmtui.core.report.text.lines import counts_text
from rocmtui.core.report.text.rows import audit_rows, slo_rows
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import ttft
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.text import forms

SHOWN = ("ttft", "itl", "queue_wait", "prefill_ms", "request_latency")
NAMES = {"ttft": "TTFT", "itl": "ITL", "queue_wait": "queue", "prefill_ms": "prefill"}
QUANTILES = ("p50", "p95", "p99")


class Preview(msgspec.Struct, frozen=True, kw_only=True):
    """The answer first, then the figures as a small table, then how far they can be trusted."""

    path: str
    told: tuple[str, ...] = ()
    """Sentences: what came of it."""
    warnings: tuple[str, ...] = ()
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    """A name and its figures."""
    audit: tuple[tuple[str, str], ...] = ()
    """Name and value of each figure of the audit."""
    spread: Histogram = msgspec.field(default_factory=Histogram)
    """Times to first token, in ms; empty where there are none."""


def run_preview(path: str, report: Report, records: Iterable[RequestRecord]) -> Preview:
    """Of a run: percentiles, SLOs (those missed first), warnings, audit and how TTFT was spread."""
    spread = Histogram()
    spread.add_all([value for record in records if record.counts and (value := ttft(record)) is not None])
    rows = [
        (NAMES.get(tag, METRICS[tag].title), *(forms.ms(getattr(found, name)) for name in QUANTILES))
        for tag in SHOWN
        if (found := report.metrics.get(tag)) is not None
    ]
    judged = sorted(slo_rows(report), key=lambda row: row[2] == forms.MET)
    return Preview(
        path=path,
        told=(
            f"{forms.tps(report.throughput.output_tps)} tok/s; {counts_text(report)}",
            *(f"SLO {expression}: {verdict}, {value}" for expression, value, verdict in judged),
        ),
        warnings=report.audit.warnings,
        head=("", *QUANTILES),
        rows=tuple(rows),
        audit=tuple((row[0], row[1]) for row in audit_rows(report)),
        spread=spread,
    )
