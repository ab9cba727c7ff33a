"""What a headless run prints: the summary table and the definitions of its figures."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterable, Sequence
from pathlib import Path

from rocmtui.core.report.document import Report
from rocmtui.core.report.text import (
    COLUMNS,
    counts_text,
    gpu_row,
    interval_text,
    number,
    scenario_text,
    server_text,
    slo_rows,
    speed_rows,
)
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS, RUN_METRICS
from rocmtui.core.stats.quantiles import Summary
from rocmtui.core.text.sanitize import clean_line

NAME_WIDTH = max(map(len, METRICS)) + 1
TABLE_WIDTH = 80


def summary_table(report: Report, run_dir: Path | None = None) -> str:
    """The figures of a run for a terminal of 80 columns; ends with a newline."""
    parts = [
        _lines((server_text(report), scenario_text(report.scenario) if report.scenario else "")),
        counts_text(report),
        _metric_table(report.metrics),
        _aligned(_figures(report)),
        _aligned([(f"SLO {expression}", value, verdict) for expression, value, verdict in slo_rows(report)]),
        _gpus(report),
        warning_lines(report),
        f"run: {clean_line(str(run_dir))}" if run_dir else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def warning_lines(report: Report, told: Container[str] = ()) -> str:
    """The audit's warnings but for those told already, one a paragraph, without a newline at the end."""
    left = (text for text in report.audit.warnings if text not in told)
    return "\n".join(_wrapped(f"warning: {clean_line(text)}") for text in left)


def definitions() -> str:
    """Every metric with unit and formula, from the table of metrics; ends with a newline."""
    rows = []
    for metric in (*REQUEST_METRICS, *RUN_METRICS):
        better = f", {metric.better} is better" if metric.better else ""
        rows.append(f"{metric.tag}: {metric.title} ({metric.unit}{better})")
        rows.append(
            textwrap.fill(metric.formula, TABLE_WIDTH, initial_indent="    ", subsequent_indent="    ")
        )
    rows.append("Percentiles are exact: linear interpolation between ranks. Only measured requests count.")
    return "\n".join(rows) + "\n"


def _metric_table(metrics: dict[str, Summary]) -> str:
    if not metrics:
        return ""
    header = f"{'':<{NAME_WIDTH}}{'':<6}" + "".join(f"{column:>8}" for column in COLUMNS)
    lines = [header.rstrip()]
    for metric in REQUEST_METRICS:
        summary = metrics.get(metric.tag)
        if summary is not None:
            cells = "".join(f"{number(getattr(summary, column)):>8}" for column in COLUMNS)
            lines.append(f"{metric.tag:<{NAME_WIDTH}}{metric.unit:<6}{cells}")
    return "\n".join(lines)


def _figures(report: Report) -> list[tuple[str, ...]]:
    rows = [(name, f"{value} {unit}") for name, value, unit in speed_rows(report)]
    intervals = (interval_text(report, tag) for tag in ("ttft", "itl"))
    return [*rows, *(tuple(text.split(": ", 1)) for text in intervals if text)]


def _gpus(report: Report) -> str:
    lines = []
    for gpu in report.gpu:
        name, before, loaded, peak, _, gtt, power = gpu_row(gpu)
        lines.append(f"{name}: VRAM {before} before, {loaded} loaded, {peak} peak; GTT peak {gtt}; {power}")
    return "\n".join(map(_wrapped, lines))


def _aligned(rows: Iterable[Sequence[str]]) -> str:
    table = list(rows)
    if not table:
        return ""
    width = max(len(row[0]) for row in table) + 2
    return "\n".join(f"{row[0]:<{width}}{'   '.join(row[1:])}" for row in table)


def _lines(texts: Iterable[str]) -> str:
    return "\n".join(_wrapped(text) for text in texts if text)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, TABLE_WIDTH, subsequent_indent="  ", break_on_hyphens=False)
