"""A sweep as text: a chart of throughput and TTFT against load, the table, the advice."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.sweep.plan import Level, SweepAxis, saturated
from rocmtui.core.sweep.report import RUN_IT, SweepReport, TriedLevel
from rocmtui.core.text import forms
from rocmtui.core.text.tables import (
    Cell,
    Column,
    Renderer,
    Table,
    Toned,
    columns,
    markdown_table,
    markdown_text,
    terminal_table,
)

BAR_WIDTH = 24
AXIS_WORDS = {"concurrency": "workers", "rate": "req/s", "parallel": "slots"}
"""What a load counts, by axis."""
_COLUMNS = {
    "output_tps": Column("tok/s", right=True),
    "output_tps_per_request": Column("each tok/s", right=True, drop=3),
    "limit_tps": Column("at most", right=True, drop=5),
    "requests_per_second": Column("req/s", right=True, drop=4),
    "ttft_p50_ms": Column("TTFT p50 ms", right=True, drop=1),
    "ttft_p95_ms": Column("p95 ms", right=True),
    "itl_p50_ms": Column("ITL p50 ms", right=True),
    "queue_wait_p50_ms": Column("queue p50 ms", right=True, drop=2),
}
"""Field of a level and its column."""
_PARTS = " ▏▎▍▌▋▊▉█"


def sweep_text(report: SweepReport, table: Renderer = terminal_table, *, ascii_only: bool = False) -> str:
    """Chart, table and advice for a terminal."""
    levels = by_load(report.levels)
    if not levels:
        return report.advice + "\n"
    marks = _marks(report, levels)
    axis = report.plan.goal.axis
    parts = [
        table(_chart(levels, axis, report.best, ascii_only=ascii_only)),
        table(_levels(levels, marks, axis)),
    ]
    parts += [f"{AXIS_WORDS[axis]} {level.load:g}: {level.problem}" for level in levels if level.problem]
    return "\n\n".join((*parts, report.advice)) + "\n"


def sweep_markdown(report: SweepReport) -> str:
    """sweep.md: the same to paste, the advice first."""
    levels = by_load(report.levels)
    title = markdown_text(report.plan.title or "rocmtui sweep")
    when = f"{report.started_at}, rocmtui {report.tool.version}, {report.ended}."
    table = markdown_table(_levels(levels, _marks(report, levels), report.plan.goal.axis))
    parts = (f"# {title}", when, _advice(report.advice), table)
    return "\n\n".join(filter(None, parts)) + "\n"


def _advice(advice: str) -> str:
    """The command line as a block of code, so that it can be copied as it is."""
    words, run, line = advice.partition(RUN_IT)
    text = markdown_text(words + run.rstrip(), 2000)
    return f"{text}\n\n```sh\n{line}\n```" if line else text


def level_line(level: Level, axis: SweepAxis) -> str:
    """One level as it is told while the sweep runs."""
    load = f"{level.load:g} {AXIS_WORDS[axis]}"
    if level.problem:
        return f"{load}: {level.problem}"
    slo = f", {level.slo_words}" if level.slo_words else ""
    return (
        f"{load}: {forms.figure(level.output_tps)} tok/s, TTFT p95 {forms.figure(level.ttft_p95_ms)} ms{slo}"
    )


def _chart(levels: Sequence[Level], axis: SweepAxis, best: float | None, *, ascii_only: bool) -> Table:
    """Two bars a load: tok/s of all, and TTFT p95; the best load is marked."""
    fastest = max((level.output_tps or 0.0 for level in levels), default=0.0)
    slowest = max((level.ttft_p95_ms or 0.0 for level in levels), default=0.0)
    rows = [
        (
            ">" if level.load == best else "",
            f"{level.load:g}",
            forms.figure(level.output_tps),
            bar(level.output_tps, fastest, ascii_only=ascii_only),
            forms.figure(level.ttft_p95_ms),
            bar(level.ttft_p95_ms, slowest, ascii_only=ascii_only),
        )
        for level in levels
    ]
    return Table(
        columns("", AXIS_WORDS[axis], "tok/s", "", "TTFT p95 ms", "", right=frozenset({1, 2, 4})), rows
    )


def bar(value: float | None, most: float, *, ascii_only: bool = False) -> str:
    """A horizontal bar of up to BAR_WIDTH cells, in eighths; nothing where there is no value."""
    if value is None or most <= 0:
        return ""
    eighths = round(value / most * BAR_WIDTH * 8)
    if ascii_only:
        return "#" * round(eighths / 8)
    return "█" * (eighths // 8) + _PARTS[eighths % 8].strip()


def by_load(levels: Iterable[TriedLevel]) -> list[Level]:
    """The levels from light to heavy."""
    return sorted((tried.level for tried in levels), key=lambda level: level.load)


def _levels(levels: Sequence[Level], marks: Sequence[Toned], axis: SweepAxis) -> Table:
    load, vram = Column(AXIS_WORDS[axis], right=True), Column("VRAM MiB", right=True, drop=5)
    rows: list[tuple[Cell, ...]] = [
        (
            f"{level.load:g}",
            *(forms.figure(getattr(level, field)) for field in _COLUMNS),
            forms.mib(level.vram_peak_bytes),
            mark,
        )
        for level, mark in zip(levels, marks, strict=True)
    ]
    return Table((load, *_COLUMNS.values(), vram, Column("")), rows)


def _marks(report: SweepReport, levels: Sequence[Level]) -> list[Toned]:
    found = []
    for level in levels:
        said = {
            "best": level.load == report.best,
            level.slo_words: level.slo_met is False,
            "second look": level.confirms,
            "falls behind": saturated(report.plan.goal, level),
            "failed": level.problem,
        }
        words = [word for word, is_so in said.items() if is_so]
        found.append(Toned(", ".join(words), "good" if words == ["best"] else "warning"))
    return found
