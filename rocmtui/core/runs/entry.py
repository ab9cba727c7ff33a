"""One past run, bench or sweep in a list: enough to recognise it by, from what its folder holds."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

from rocmtui.core.load.scenario import ClosedLoop, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.document import Report
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import ttft
from rocmtui.core.runs.thinning import LiveStep, Stored
from rocmtui.core.session.events import RunStarted, ServerChanged
from rocmtui.core.stats.quantiles import quantile_of
from rocmtui.core.text.sizes import counted

NS = 1_000_000_000


class RunEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the runs screen. None: the folder does not say."""

    path: str
    name: str
    """The folder's name."""
    kind: Literal["run", "bench", "sweep"] = "run"
    label: str = ""
    started_unix_ns: int | None = None
    measured_seconds: float | None = None
    model: str | None = None
    quantization: str | None = None
    build: str | None = None
    gpu: str | None = None
    """Names of the cards the run was sampled on; None: none was."""
    parallel: int | None = None
    load: str = ""
    """What was done in words: `8 workers`, `2.5 req/s poisson`, `bench of 2 variants, 5 rounds`."""
    output_tps: float | None = None
    ttft_p95_ms: float | None = None
    completed: int | None = None
    failed: int | None = None
    warnings: int = 0
    """Warnings of the run's own audit."""
    has_report: bool = False
    """False: it was cut off, or is still running."""
    size_bytes: int = 0
    problem: str | None = None
    """Why it cannot be read."""


def with_report(entry: RunEntry, report: Report) -> RunEntry:
    """The entry with the figures of its report."""
    times = report.metrics.get("ttft")
    return msgspec.structs.replace(
        with_scenario(entry, report.scenario),
        has_report=True,
        label=report.label,
        started_unix_ns=unix_ns_of(report.started_at),
        measured_seconds=report.measured_seconds,
        model=report.server.model,
        quantization=report.server.quantization,
        build=report.server.build,
        gpu=", ".join(dict.fromkeys(gpu.name for gpu in report.gpu)) or None,
        parallel=report.server.parallel,
        output_tps=report.throughput.output_tps,
        ttft_p95_ms=times.p95 if times else None,
        completed=report.requests.completed,
        failed=report.requests.failed,
        warnings=len(report.audit.warnings),
    )


def with_events(entry: RunEntry, events: Iterable[Stored]) -> RunEntry:
    """The entry of a run without a report, from its first and last events."""
    for event in events:
        match event:
            case RunStarted():
                entry = msgspec.structs.replace(entry, started_unix_ns=event.unix_ns, label=event.label)
            case ServerChanged():
                facts = event.status.facts
                entry = msgspec.structs.replace(
                    entry, model=facts.model or entry.model, parallel=facts.parallel or entry.parallel
                )
            case LiveSnapshot() | LiveStep():
                entry = _with_snapshot(entry, event.snapshot if isinstance(event, LiveStep) else event)
    return entry


def with_records(entry: RunEntry, records: Iterable[RequestRecord]) -> RunEntry:
    """The entry of a run without a report, with its TTFT from the requests that completed."""
    found = (ttft(record) for record in records if record.counts)
    p95_ms = quantile_of((time_ms for time_ms in found if time_ms is not None), 0.95)
    return msgspec.structs.replace(entry, ttft_p95_ms=p95_ms)


def with_scenario(entry: RunEntry, scenario: Scenario | None) -> RunEntry:
    """The entry with its load's shape."""
    if scenario is None:
        return entry
    shape = scenario.shape
    if isinstance(shape, ClosedLoop):
        words = counted(shape.concurrency, "worker" if scenario.conversations is None else "conversation")
    else:
        words = f"{shape.rate:g} req/s {shape.arrivals}"
    return msgspec.structs.replace(entry, load=words)


def _with_snapshot(entry: RunEntry, live: LiveSnapshot) -> RunEntry:
    """Of ended requests alone, as a report made of the same: those under way left no record behind."""
    seconds = live.elapsed_ns / NS
    return msgspec.structs.replace(
        entry,
        measured_seconds=seconds or None,
        output_tps=live.output_tokens / seconds if seconds and live.output_tokens else None,
        completed=live.completed,
        failed=live.failed,
        warnings=len(live.warnings),
    )


def unix_ns_of(started_at: str) -> int | None:
    """Nanoseconds since 1970 of an ISO-8601 time; None for anything else."""
    try:
        moment = datetime.fromisoformat(started_at)
    except ValueError:
        return None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) * NS
