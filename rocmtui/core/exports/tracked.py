"""The figures of a run, bench or sweep as a flat list: what benchmark trackers keep over time."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from rocmtui.core.bench.report import BenchReport
from rocmtui.core.report.document import Report
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.result.card import load_words
from rocmtui.core.sweep.report import SweepReport
from rocmtui.core.text import forms
from rocmtui.core.text.sizes import slots_text

SPEEDS = ("output_tps", "total_tps", "requests_per_second", "goodput")
LATENCIES = ("ttft", "itl", "request_latency")
QUANTILES = ("p50", "p95", "p99")


class Tracked(msgspec.Struct, frozen=True, kw_only=True):
    """One figure that is compared with itself of another day."""

    place: str
    """What was measured: model, slots, load or variant. The same words each time (untrusted text)."""
    name: str
    """`ttft_p95`, `tg128`."""
    unit: str
    value: float
    low: float | None = None
    high: float | None = None
    """Ends of its 95 % interval; None where there is none."""
    is_speed: bool
    """Whether more is better."""


Document = Report | BenchReport | SweepReport


def tracked_figures(document: Document) -> tuple[Tracked, ...]:
    """All that have a value."""
    match document:
        case Report():
            return tuple(_of_run(document))
        case BenchReport():
            return tuple(_of_bench(document))
    return tuple(_of_sweep(document))


def _of_run(report: Report) -> Iterator[Tracked]:
    model = forms.model_name(report.server.model) if report.server.model else "load"
    slots = slots_text(report.server.parallel) if report.server.parallel else ""
    place = ", ".join(filter(None, (model, slots, load_words(report.scenario))))
    for tag in SPEEDS:
        if (value := getattr(report.throughput, tag)) is not None:
            yield Tracked(place=place, name=tag, unit=METRICS[tag].unit, value=value, is_speed=True)
    for tag in LATENCIES:
        if (summary := report.metrics.get(tag)) is None:
            continue
        for quantile in QUANTILES:
            found = report.percentile_intervals.get(tag, {}).get(quantile)
            yield Tracked(
                place=place,
                name=f"{tag}_{quantile}",
                unit=summary.unit,
                value=getattr(summary, quantile),
                low=found.low if found else None,
                high=found.high if found else None,
                is_speed=False,
            )


def _of_bench(report: BenchReport) -> Iterator[Tracked]:
    for row in report.rows:
        for figure in row.figures:
            if figure.median is None:
                continue
            low, high = figure.interval or (None, None)
            context = f"context {row.ctx}" if row.ctx else ""
            parts = (report.plan.name_of(row.model), slots_text(row.parallel), context, figure.variant)
            yield Tracked(
                place=", ".join(filter(None, parts)),
                name=f"{row.name} {row.tag}",
                unit=row.unit,
                value=figure.median,
                low=low,
                high=high,
                is_speed=row.better != "lower",
            )


def _of_sweep(report: SweepReport) -> Iterator[Tracked]:
    """Of each load its last look."""
    axis = report.plan.goal.axis
    levels = {tried.level.load: tried.level for tried in report.levels}
    for load, level in levels.items():
        figures = (
            ("output_tps", "tok/s", level.output_tps, True),
            ("requests_per_second", "req/s", level.requests_per_second, True),
            ("ttft_p50", "ms", level.ttft_p50_ms, False),
            ("ttft_p95", "ms", level.ttft_p95_ms, False),
            ("itl_p50", "ms", level.itl_p50_ms, False),
        )
        for name, unit, value, is_speed in figures:
            if value is not None:
                place = f"{axis} {load:g}"
                yield Tracked(place=place, name=name, unit=unit, value=value, is_speed=is_speed)
