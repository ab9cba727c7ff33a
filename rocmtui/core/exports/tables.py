"""A load, a bench and a sweep as CSV, for spreadsheets and data frames. Empty where there is no value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.exports.tracked import SPEEDS
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.text.sanitize import clean_line

_SUMMARY = ("count", "mean", "std", "min", "p50", "p90", "p95", "p99", "max")
_ROW = (
    *("model", "model_hash", "ctx", "parallel", "variant", "test", "metric", "prompt_tokens", "depth"),
    *("unit", "median", "low", "high", "rounds"),
    *("verdict", "change", "change_low", "change_high", "reason"),
)
_LEVEL = (
    *("load", "confirms", "output_tps", "output_tps_per_request", "requests_per_second", "kept_up"),
    *("ttft_p50_ms", "ttft_p95_ms", "itl_p50_ms", "queue_wait_p50_ms", "vram_peak_bytes"),
    *("power_mean_watts", "slo_met", "problem"),
)
_FORMULA = ("=", "+", "-", "@")


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


def bench_csv(report: BenchReport) -> str:
    """A line for each metric of each variant."""
    return _csv(_ROW, _bench_rows(report))


def _bench_rows(report: BenchReport) -> Iterator[Sequence[object]]:
    for row in report.rows:
        digest = report.model_hashes.get(row.model)
        for index, figure in enumerate(row.figures):
            verdict = row.verdicts[index - 1] if index else None
            change = verdict.change if verdict else None
            what = (figure.variant, row.name, row.tag, row.prompt_tokens, row.depth, row.unit)
            yield (
                *map(_cell, (row.model, digest, row.ctx, row.parallel, *what)),
                *map(_cell, (figure.median, *(figure.interval or ("", "")))),
                " ".join("-" if value is None else f"{value:.6g}" for value in figure.rounds),
                *map(_cell, (verdict and verdict.kind, change and change.estimate)),
                *((change and change.interval) or ("", "")),
                _cell(figure.failure),
            )


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
    """A name is such that no spreadsheet takes it for a formula, and no terminal for a command."""
    if not isinstance(value, str):
        return "" if value is None else value
    shown = clean_line(value, 500)
    return f"'{shown}" if shown.startswith(_FORMULA) else shown


def _csv(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(head)
    writer.writerows(rows)
    return out.getvalue()
