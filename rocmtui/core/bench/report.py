"""The report of a bench: what bench.json holds, and what text, CSV and JUnit are made from."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import Literal

import msgspec

from rocmtui.core.bench.answers import broken_setups, judged_rows
from rocmtui.core.bench.depth import DepthSlope, depth_slopes
from rocmtui.core.bench.memory import MemoryRow, memory_rows
from rocmtui.core.bench.plan.cells import BenchPlan, setups
from rocmtui.core.bench.result import BenchResults, CellResult, StartResult
from rocmtui.core.bench.rounds import undecided
from rocmtui.core.bench.summary import Scaling, SummaryRow, scalings
from rocmtui.core.report.document import Machine, Tool
from rocmtui.core.text.documents import read_document

SCHEMA = "rocmtui.bench/1"


class NotRun(msgspec.Struct, frozen=True, kw_only=True):
    """A setup without results, and why."""

    model: str
    ctx: int | None
    parallel: int
    variant: str
    reason: str


class LlamaBenchRow(msgspec.Struct, frozen=True, kw_only=True):
    """One test as llama-bench measured it, beside ours."""

    model: str
    variant: str
    name: str
    """`pp512`, `tg128`."""
    tps: float
    std: float | None
    ours: float | None
    note: str
    """What explains the gap."""


class BenchReport(msgspec.Struct, frozen=True, kw_only=True):
    """A bench, summed up. Readers ignore unknown keys and refuse unknown schema majors."""

    schema: str = SCHEMA
    tool: Tool
    started_at: str
    """ISO 8601, UTC."""
    ended: Literal["done", "interrupted"]
    seconds: float
    """Wall time spent, over all resumes."""
    machine: Machine = Machine()
    plan: BenchPlan
    model_hashes: dict[str, str] = msgspec.field(default_factory=dict)
    rows: tuple[SummaryRow, ...] = ()
    scaling: tuple[Scaling, ...] = ()
    depth: tuple[DepthSlope, ...] = ()
    """What depth costs, where tests were measured at two depths or more."""
    memory: tuple[MemoryRow, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    llama_bench: tuple[LlamaBenchRow, ...] = ()
    warnings: tuple[str, ...] = ()
    starts: tuple[StartResult, ...] = ()
    cells: tuple[CellResult, ...] = ()

    @property
    def broken(self) -> tuple[str, ...]:
        """Keys of the setups whose answers are not their model's."""
        return broken_setups(self.starts, self.cells)

    @property
    def without_server(self) -> tuple[str, ...]:
        """Why servers did not start or died, each reason once; what a resumed bench made good is left out."""
        newest = {(start.setup, start.round): start.error for start in self.starts}
        return tuple(dict.fromkeys(error for error in newest.values() if error))

    @property
    def error_rate(self) -> float:
        """Failed requests as a share of all that ended in a measured cell."""
        failed = sum(cell.failed for cell in self.cells)
        ended = failed + sum(cell.completed for cell in self.cells)
        return failed / ended if ended else 0.0


def summed_up(head: BenchReport, results: BenchResults) -> BenchReport:
    """The report that `head` begins, with what the results come to, also of a bench that was interrupted."""
    plan = head.plan
    return msgspec.structs.replace(
        head,
        rows=judged_rows(plan, results),
        scaling=scalings(plan, results),
        depth=depth_slopes(plan, results),
        memory=memory_rows(plan, results),
        not_run=_not_run(plan, results),
        warnings=_warnings(plan, results, head.ended),
        starts=tuple(results.starts),
        cells=tuple(results.cells),
    )


def decode_bench(data: bytes) -> BenchReport:
    """Read bench.json. Raises RunFolderError when it is none, or of an unknown schema."""
    return read_document(data, BenchReport, SCHEMA, "bench")


def _not_run(plan: BenchPlan, results: BenchResults) -> tuple[NotRun, ...]:
    measured = {cell.setup for cell in results.cells if cell.error is None}
    missing = [s for s in setups(plan) if s.key not in measured]
    return tuple(
        NotRun(**setup.place, parallel=setup.parallel, reason=_reason(results, setup.key))
        for setup in missing
    )


def _reason(results: BenchResults, setup: str) -> str:
    starts = [start.error for start in results.starts if start.setup == setup and start.error]
    cells = [cell.error for cell in results.cells if cell.setup == setup and cell.error]
    return (starts or cells or ["its turn did not come"])[-1]


def _warnings(plan: BenchPlan, results: BenchResults, ended: str) -> tuple[str, ...]:
    found: list[str] = []
    total = len(results.cells)
    planned = len(setups(plan)) * len(plan.tests) * plan.rounds
    if plan.auto:
        found += [_auto_warning(plan, results, ended)]
    elif len(results.done) >= planned and ended == "interrupted":
        found.append(f"all {planned} cells were measured; what came after them was interrupted")
    elif len(results.done) < planned:
        found.append(f"incomplete: {len(results.done)} of {planned} cells were measured")
    warned = _counted(cell.warnings for cell in results.cells)
    restless = _counted(cell.seen.unsettled for cell in results.cells)
    begun = _counted(start.notes for start in results.starts)
    found += [f"{count} of {len(results.starts)} starts: {text}" for text, count in begun]
    found += [f"{count} of {total} cells: {text}" for text, count in warned]
    found += dict.fromkeys(cell.notice for cell in results.cells if cell.notice)
    found += [f"{count} of {total} cells began on a machine not at rest: {text}" for text, count in restless]
    return tuple(filter(None, found))


def _auto_warning(plan: BenchPlan, results: BenchResults, ended: str) -> str:
    if ended == "interrupted":
        return f"incomplete: interrupted after {len(results.done)} cells"
    left = len(undecided(plan, results))
    return f"{left} cells are still undecided after {plan.rounds} rounds, the most allowed" if left else ""


def _counted(texts: Iterable[tuple[str, ...]]) -> list[tuple[str, int]]:
    """The most frequent sentences; those that differ only in their figures are one."""
    first: dict[str, str] = {}
    counts: Counter[str] = Counter()
    for text in (text for several in texts for text in several):
        pattern = re.sub(r"[0-9][0-9.,]*", "#", text)
        first.setdefault(pattern, text)
        counts[pattern] += 1
    return [(first[pattern], count) for pattern, count in counts.most_common()]
