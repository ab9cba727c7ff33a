"""What a bench found: lines of results.jsonl, one a server start and one a cell."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.answers.look import Company
from rocmtui.core.answers.verification import Verification
from rocmtui.core.bench.plan.cells import CellKey, Setup
from rocmtui.core.bench.plan.suite import BenchKind
from rocmtui.core.bench.plan.time_left import Timing
from rocmtui.core.gpu.reading import GpuSummary
from rocmtui.core.server.program import Program
from rocmtui.core.server.state import DeviceMemory
from rocmtui.core.text.untrusted_json import UNREADABLE


class MachineSeen(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The state of the machine just before a cell. None: not known."""

    waited_s: float = 0.0
    """Time spent waiting for it to settle."""
    load_average: float | None = None
    """Over one minute, with the server's own share of it."""
    cores: int | None = None
    hottest_c: float | None = None
    """Hottest junction of any card."""
    gpu_users: tuple[str, ...] = ()
    """Other processes that hold memory of a card (untrusted names)."""
    unsettled: tuple[str, ...] = ()
    """Why it was not quiet when the wait ran out."""


class StartResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="start"):
    """One start of a server, from before it to after its stop."""

    setup: str
    """Setup.key"""
    model: str
    parallel: int
    round: int
    load_seconds: float | None = None
    """Until it was ready; outside all measurements."""
    error: str | None = None
    """Why it did not become ready, or died; None when all went well."""
    command: tuple[str, ...] = ()
    build: str | None = None
    backend: str | None = None
    program: Program | None = None
    """What the server was made of."""
    quantization: str | None = None
    n_params: int | None = None
    model_bytes: int | None = None
    gpu: tuple[GpuSummary, ...] = ()
    """VRAM before, loaded, at peak and given back, a card."""
    memory: tuple[DeviceMemory, ...] = ()
    """What the server says it allocated, a device."""
    notes: tuple[str, ...] = ()
    """What was warned of while it started."""
    answers: Verification | None = None
    """What it answers against the first variant; only at a setup's first start."""


class CellResult(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, tag="cell"):
    """One test on one setup in one round."""

    setup: str
    """Setup.key"""
    model: str
    parallel: int
    test: str
    kind: BenchKind
    round: int
    metrics: dict[str, float] = msgspec.field(default_factory=dict)
    """Figures of this cell by tag; for metrics of single requests, their median."""
    completed: int = 0
    failed: int = 0
    seconds: float = 0.0
    """Wall time of the whole cell."""
    measured_seconds: float | None = None
    cached_fraction: float | None = None
    seen: MachineSeen = MachineSeen()
    warnings: tuple[str, ...] = ()
    """Of its audit; a cell with any was repeated once."""
    answers_under_load: Company | None = None
    """Certain texts asked among its requests."""
    notice: str | None = None
    """What to know of its figures; no reason to repeat it."""
    attempts: int = 1
    error: str | None = None
    """Why nothing was measured."""
    run_dir: str | None = None
    """The cell's own run folder, relative to the bench folder."""

    @property
    def key(self) -> CellKey:
        """Which cell of the plan this is."""
        return self.setup, self.test, self.round


BenchLine = StartResult | CellResult
encode_line = msgspec.json.Encoder().encode
decode_line = msgspec.json.Decoder(BenchLine).decode


class BenchResults(msgspec.Struct, kw_only=True):
    """All lines of a bench so far."""

    cells: list[CellResult] = msgspec.field(default_factory=list)
    starts: list[StartResult] = msgspec.field(default_factory=list)

    def add(self, line: BenchLine) -> None:
        """Take one line; a cell measured again replaces its earlier result."""
        if isinstance(line, StartResult):
            self.starts.append(line)
            return
        self.cells = [cell for cell in self.cells if cell.key != line.key]
        self.cells.append(line)

    @property
    def done(self) -> frozenset[CellKey]:
        """Cells that need not be run again."""
        return frozenset(cell.key for cell in self.cells if cell.error is None)

    def starts_of(self, setup: Setup) -> list[StartResult]:
        """Every start of a setup, oldest first."""
        return [start for start in self.starts if start.setup == setup.key]

    def failure(self, setup: Setup) -> str | None:
        """Why a setup has no results; None when its last start went well or it was not started yet."""
        starts = self.starts_of(setup)
        return starts[-1].error if starts else None


def read_lines(lines: Iterable[bytes]) -> tuple[BenchResults, int]:
    """Results and how many lines could not be read (a crash may cut the last one)."""
    results, unreadable = BenchResults(), 0
    for line in lines:
        if not line.strip():
            continue
        try:
            results.add(decode_line(line))
        except UNREADABLE:
            unreadable += 1
    return results, unreadable


def timings_of(results: BenchResults) -> list[Timing]:
    """How long each step took, for the estimate of the time left."""
    loads = [
        Timing(model=start.model, what="start", parallel=start.parallel, seconds=start.load_seconds)
        for start in results.starts
        if start.load_seconds is not None
    ]
    tests = [
        Timing(model=cell.model, what=cell.test, parallel=cell.parallel, seconds=cell.seconds)
        for cell in results.cells
        if cell.error is None
    ]
    return loads + tests
