"""A shelf of made-up runs."""

from __future__ import annotations

from rocmtui.core.runs.entry import RunEntry
from rocmtui.core.runs.preview import Preview
from rocmtui.core.stats.histogram import Histogram
from rocmtui.errors import RunFolderError

NS = 1_000_000_000
MIB = 1 << 20


def entry(number: int, **changes: object) -> RunEntry:
    """A finished run, newer the higher its number."""
    values: dict[str, object] = {
        "path": f"/runs/run-{number}",
        "name": f"20261123T1{number}0000Z-gemma-3-27b",
        "started_unix_ns": (1_795_000_000 + number * 600) * NS,
        "measured_seconds": 75.0 + number,
        "model": "gemma-3-27b-it",
        "parallel": 4,
        "load": "6 workers",
        "output_tps": 150.0 + number * 9,
        "ttft_p95_ms": 1900.0 - number * 150,
        "completed": 312 + number,
        "failed": 0,
        "has_report": True,
        "size_bytes": 3 * MIB,
    }
    return RunEntry(**{**values, **changes})  # type: ignore[arg-type]


RUNS = (
    entry(5, has_report=False, load="8 workers"),
    entry(4, model="Qwen3-8B", load="2.5 req/s poisson", failed=3, warnings=2),
    entry(3, output_tps=9200.0, ttft_p95_ms=41.2),
    entry(2, has_report=False, output_tps=None, ttft_p95_ms=None, completed=None, failed=None),
    entry(1, problem="the report says 'rocmtui.report/9'", model=None, output_tps=None, ttft_p95_ms=None),
)


SPREAD = Histogram()
SPREAD.add_all([400.0 + 3 * n for n in range(80)] + [900.0, 1400.0, 3200.0])


class ScriptedShelf:
    """A RunShelf in memory."""

    def __init__(self, *runs: RunEntry, stuck: bool = False) -> None:
        self.entries = runs
        self.stuck = stuck

    async def runs(self) -> tuple[RunEntry, ...]:
        return self.entries

    async def preview(self, path: str) -> Preview:
        return Preview(
            path=path,
            told=(f"preview of {path}",),
            warnings=("the client ran late",),
            head=("", "p50", "p95", "p99"),
            rows=(("TTFT", "410 ms", "1.43 s", "3.20 s"),),
            audit=(("client CPU, of one core", "4 %"),),
            spread=SPREAD,
        )

    async def page(self, path: str) -> str:
        return f"# report of {path}"

    async def delete(self, path: str) -> None:
        if self.stuck:
            raise RunFolderError(f"cannot delete {path}: Permission denied")
        self.entries = tuple(run for run in self.entries if run.path != path)
