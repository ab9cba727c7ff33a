"""A load and a sweep as CSV, for spreadsheets and data frames. Empty where there is no value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from rocmtui.core.exports.bench import csv_cell
from rocmtui.core.exports.tracked import SPEEDS
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS
from rocmtui.core.sweep.report import SweepReport

_SUMMARY = ("count", "mean", "std", "min", "p50", "p90", "p95", "p99", "max")
_LEVEL = (
    *("load", "confirms", "output_tps", "output_tps_per_request", "requests_per_second", "kept_up"),
    *("ttft_p50_ms", "ttft_p95_ms", "itl_p50_ms", "queue_wait_p50_ms", "vram_peak_bytes"),
    *("power_mean_watts", "slo_met", "problem"),
)


def load_csv(report: Report) -> str:
    """A line a figure: those of the whole run with a value, metrics of requests with their quantiles."""
    rows: list[Sequence[object]] = [
        (tag, METRICS[tag].unit, *[""] * len(_SUMMARY), _cell(getattr(report.throughput, tag)))
        for tag in SPEEDS
    ]
    rows.extend(
        (metric.tag, metric.unit, *(_cell(getattr(summary, name)) for name in _SUMMARY), "")
        for metric in REQUEST_METRICS
        if (summary := report.metrics.get(metric.tag)) is not None
    )
    counts = ("sent", "completed", "failed", "cancelled", "empty", "dropped")
    rows.extend(
        (f"requests_{name}", "", *[""] * len(_SUMMARY), getattr(report.requests, name)) for name in counts
    )
    return _csv(("metric", "unit", *_SUMMARY, "value"), rows)


def sweep_csv(report: SweepReport) -> str:
    """A line a level, in the order tried."""
    axis = report.plan.goal.axis
    levels = [tried.level for tried in report.levels]
    rows = [
        [axis, *(_cell(getattr(level, name)) for name in _LEVEL), level.load == report.best]
        for level in levels
    ]
    return _csv(("axis", *_LEVEL, "best"), rows)


def _cell(value: object) -> object:
    return "" if value is None else csv_cell(value) if isinstance(value, str) else value


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
