"""A past run, bench or sweep as a row of a list, and the orders the list can have."""

from __future__ import annotations

from collections.abc import Callable

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.text import forms as fmt
from rocmtui.core.text.sanitize import clean_line
from rocmtui.tui.form.pick_list import Column

_TABLE: tuple[tuple[Column, Callable[[RunEntry], str]], ...] = (
    (Column(title="kind", cells=5), lambda run: run.kind),
    (Column(title="started", cells=12), lambda run: fmt.day(run.started_unix_ns)),
    (Column(title="model", least=18), lambda run: _name(run)),
    (Column(title="load", cells=20, priority=3), lambda run: clean_line(run.load or fmt.DASH, 20)),
    (Column(title="slots", cells=5, align="right", priority=5), lambda run: fmt.count(run.parallel)),
    (Column(title="tok/s", cells=6, align="right"), lambda run: fmt.tps(run.output_tps)),
    (Column(title="TTFT p95", cells=8, align="right", priority=1), lambda run: fmt.ms(run.ttft_p95_ms)),
    (Column(title="done", cells=6, align="right", priority=4), lambda run: fmt.count(run.completed)),
    (Column(title="failed", cells=6, align="right", priority=2), lambda run: fmt.count(run.failed)),
    (Column(title="took", cells=7, align="right", priority=6), lambda run: _took(run.measured_seconds)),
    (Column(title="size", cells=8, align="right", priority=7), lambda run: fmt.size(run.size_bytes)),
)
SORTS: tuple[tuple[str, Callable[[RunEntry], tuple[bool, float | str]]], ...] = (
    ("newest first", lambda run: _falling(run.started_unix_ns)),
    ("model", lambda run: (not run.model, _name(run).casefold())),
    ("fastest first", lambda run: _falling(run.output_tps)),
    ("soonest first token", lambda run: (run.ttft_p95_ms is None, run.ttft_p95_ms or 0.0)),
    ("most failed", lambda run: _falling(run.failed)),
    ("largest", lambda run: _falling(run.size_bytes)),
)
"""Orders of the list: in words, and what is compared; what is not known goes last."""
RUN_COLUMNS = tuple(column for column, _ in _TABLE)


def searched(entry: RunEntry) -> str:
    """What the filter looks through."""
    started = fmt.day(entry.started_unix_ns)
    return " ".join((entry.kind, started, entry.name, entry.model or "", entry.load, entry.label)).casefold()


def run_texts(entry: RunEntry) -> tuple[str, ...]:
    """A text a column."""
    return tuple(text(entry) for _, text in _TABLE)


def _falling(value: float | None) -> tuple[bool, float]:
    return value is None, -(value or 0.0)


def _name(entry: RunEntry) -> str:
    return clean_line(fmt.model_name(entry.model or entry.label or entry.name), 80)


def _took(seconds: float | None) -> str:
    return fmt.seconds(None if seconds is None else int(seconds * 1e9))
