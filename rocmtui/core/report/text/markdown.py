"""The whole report as Markdown: what `report.md` holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.limits.decode import DecodeLimit, limit_text
from rocmtui.core.report.conversations.text import (
    TURN_COLUMNS,
    reuse_text,
    turn_rows,
)
from rocmtui.core.report.document import Report
from rocmtui.core.report.text.lines import counts_text, interval_text, scenario_text, server_text
from rocmtui.core.report.text.rows import (
    COLUMNS,
    FLEET_COLUMNS,
    audit_rows,
    fleet_rows,
    gpu_row,
    limit_rows,
    metric_rows,
    slo_rows,
    speed_rows,
    stream_rows,
)
from rocmtui.core.text.tables import Table, columns, markdown_table, markdown_text


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
