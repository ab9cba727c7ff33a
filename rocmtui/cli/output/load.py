"""What a headless load prints: the answer, what to mind, the table of its metrics, and their definitions."""

from __future__ import annotations

import textwrap
from collections.abc import Container, Iterator
from pathlib import Path

from rocmtui.cli.output.face import Face
from rocmtui.core.limits.decode import EXPLANATION, limit_text
from rocmtui.core.report.audit.hosts import host_words
from rocmtui.core.report.conversations.text import TURN_COLUMNS, reuse_text, turn_rows
from rocmtui.core.report.document import Report
from rocmtui.core.report.text.lines import counts_text, interval_text, scenario_text, server_text
from rocmtui.core.report.text.rows import (
    COLUMNS,
    FLEET_COLUMNS,
    fleet_rows,
    gpu_row,
    limit_rows,
    metric_rows,
    slo_rows,
    speed_rows,
    stream_rows,
)
from rocmtui.core.request.metrics import METRICS, REQUEST_METRICS, RUN_METRICS
from rocmtui.core.text import forms
from rocmtui.core.text.forms import DASH
from rocmtui.core.text.sanitize import clean_line
from rocmtui.core.text.tables import Column, Table, Toned

PAGE_CHARS = 80
_PAIRS = (Column(""), Column("", least=16, wrap=True))
_COLUMNS = (
    Column("metric", least=20, wrap=True),
    Column("unit"),
    *(Column(name, right=True, drop={"p90": 2, "mean": 1}.get(name, 0)) for name in COLUMNS),
)


def load_text(report: Report, face: Face, run_dir: Path | None = None) -> str:
    """The result of a load for a terminal: the answer first, unless it is none; ends with a newline."""
    metrics = metric_rows(report.metrics)
    parts = [
        face.prose("\n".join(f"warning: {clean_line(text)}" for text in report.nonsense)),
        _answer(report, face),
        warning_lines(report, face, told=report.nonsense),
        _conversations(report, face),
        face.table(Table(_COLUMNS, metrics)) if metrics else "",
        _fleet(report, face),
        face.table(Table(_PAIRS, others)) if (others := [*_other_figures(report)]) else "",
        face.prose("\n".join(_gpus(report))),
        face.prose("\n".join(_setting(report))),
        f"run: {clean_line(str(run_dir))}" if run_dir else "",
    ]
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def warning_lines(report: Report, face: Face, told: Container[str] = ()) -> str:
    """The audit's warnings but for those told already, one a paragraph, without a newline at the end."""
    left = (text for text in report.audit.warnings if text not in told)
    return face.prose("\n".join(f"warning: {clean_line(text)}" for text in left))


def definitions() -> str:
    """Every metric with unit and formula, from the table of metrics; ends with a newline."""
    rows = []
    for metric in (*REQUEST_METRICS, *RUN_METRICS):
        better = f", {metric.better} is better" if metric.better else ""
        rows.append(f"{metric.tag}: {metric.title} ({metric.unit}{better})")
        rows.append(
            textwrap.fill(metric.formula, PAGE_CHARS, initial_indent="    ", subsequent_indent="    ")
        )
    rows.append(
        "Arrivals carry the kernel's stamp: reading late makes no latency longer. The audit counts the rest."
    )
    rows.append(EXPLANATION)
    rows.append("Percentiles are exact: linear interpolation between ranks. Only measured requests count.")
    return "\n".join(rows) + "\n"


def _answer(report: Report, face: Face) -> str:
    """Output speed, TTFT, ITL, requests and SLOs, a line each."""
    speed = report.throughput
    first = "output_tps" if speed.inputs_per_second is None else "inputs_per_second"
    shown = forms.with_unit(getattr(speed, first), METRICS[first].unit)
    rows = [(METRICS[first].title, Toned(shown, "head"))]
    tags = ("ttft", "itl") if first == "output_tps" else ("request_latency",)
    for tag in tags:
        if found := report.metrics.get(tag):
            middle = (
                f"p50 {forms.with_unit(found.p50, found.unit)}, p95 {forms.with_unit(found.p95, found.unit)}"
            )
            rows.append((METRICS[tag].title, Toned(middle, "head")))
    if report.limit is not None:
        rows.append(("limit", Toned(limit_text(report.limit), "")))
    failed = report.requests.failed or not report.requests.completed
    rows.append(("requests", Toned(counts_text(report), "bad" if failed else "")))
    for expression, value, verdict in slo_rows(report):
        shown = f"{verdict}, {value}" if value != DASH else verdict
        rows.append((f"SLO {expression}", Toned(shown, "good" if verdict == forms.MET else "bad")))
    return face.table(Table(_PAIRS, rows))


def _other_figures(report: Report) -> Iterator[tuple[str, str]]:
    """Speeds of the whole run besides the answer, and the means with their intervals."""
    for title, value, unit in speed_rows(report):
        if title != METRICS["output_tps"].title:
            yield title, f"{value} {unit}"
    if report.tools is not None:
        yield "tool calls", report.tools.words
    if report.limit is not None:
        yield from limit_rows(report.limit)
    yield from stream_rows(report)
    for tag in ("ttft", "itl"):
        title, _, mean = interval_text(report, tag).partition(": ")
        if mean:
            yield title, mean


def _conversations(report: Report, face: Face) -> str:
    """Turn by turn: the prompt, what of it came from the cache, and when the first token came."""
    figures = report.conversations
    if figures is None:
        return ""
    titles = tuple(Column(name, right=True) for name in TURN_COLUMNS)
    return face.table(Table(titles, turn_rows(figures))) + "\n" + face.prose(reuse_text(figures))


def _fleet(report: Report, face: Face) -> str:
    """A row a server, where they are several."""
    head = (
        Column(FLEET_COLUMNS[0], least=16, wrap=True),
        *(Column(n, right=True) for n in FLEET_COLUMNS[1:]),
    )
    return face.table(Table(head, rows)) if (rows := fleet_rows(report)) else ""


def _gpus(report: Report) -> Iterator[str]:
    for gpu in report.gpu:
        name, before, loaded, peak, _, gtt, power = gpu_row(gpu)
        yield f"{name}: VRAM {before} before, {loaded} loaded, {peak} peak; GTT peak {gtt}; {power}"


def _setting(report: Report) -> Iterator[str]:
    """Server and load, in a line each."""
    if server := server_text(report):
        yield f"server: {server}"
    if report.scenario:
        yield f"load: {scenario_text(report, report.scenario)}"
    for host in report.audit.hosts:
        yield f"from {clean_line(host.host, 60)}: {host_words(host)}"
