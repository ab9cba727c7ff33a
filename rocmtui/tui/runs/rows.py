"""A past run as a row of a list."""

from __future__ import annotations

from datetime import datetime

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.draw import format as fmt
from rocmtui.tui.form.pick_list import Column

RUN_COLUMNS = (
    Column(title="started", cells=16),
    Column(title="model", least=22),
    Column(title="load", cells=20, priority=2),
    Column(title="slots", cells=5, align="right", priority=4),
    Column(title="tok/s", cells=6, align="right"),
    Column(title="TTFT p95", cells=8, align="right"),
    Column(title="done", cells=6, align="right", priority=3),
    Column(title="errors", cells=6, align="right"),
    Column(title="took", cells=7, align="right", priority=5),
    Column(title="size", cells=8, align="right", priority=6),
)


def searched(entry: RunEntry) -> str:
    """What the filter looks through."""
    return " ".join((entry.name, entry.model or "", entry.load, entry.label)).casefold()


def run_texts(entry: RunEntry) -> tuple[str, ...]:
    """A text a column."""
    seconds = entry.measured_seconds
    return (
        started_words(entry.started_unix_ns),
        clean_line((entry.model or entry.label or entry.name).removesuffix(".gguf"), 80),
        clean_line(entry.load or fmt.DASH, 20),
        fmt.count(entry.parallel),
        fmt.tps(entry.output_tps),
        fmt.ms(entry.ttft_p95_ms),
        fmt.count(entry.completed),
        fmt.count(entry.failed),
        fmt.seconds(None if seconds is None else int(seconds * 1e9)),
        fmt.size(entry.size_bytes),
    )


def started_words(unix_ns: int | None) -> str:
    """When a run began, in this machine's time: `2026-11-23 14:05`."""
    if unix_ns is None:
        return fmt.DASH
    return datetime.fromtimestamp(unix_ns / 1e9).astimezone().strftime("%Y-%m-%d %H:%M")
