"""What the benchmark scripts share: a server, a load, the records and the memory of who ran it."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import fmean

from rocmtui.adapters.load.process import ChildLoadProcess, ProcessSpawner
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.core.load.far.engine import Engine
from rocmtui.core.load.said import Requests
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import itl, ttft
from rocmtui.core.session.events import Event
from rocmtui.core.stats.quantiles import quantile
from rocmtui.services.load.group import LoadGroup, LoadOutcome


class Sink:
    """Keeps the records, or hands them to a listener."""

    def __init__(self, listener: Callable[[Event], None] | None = None) -> None:
        self.records: list[RequestRecord] = []
        self.last: LiveSnapshot | None = None
        self._listener = listener

    def emit(self, event: Event) -> None:
        if isinstance(event, LiveSnapshot):
            self.last = event
        if self._listener is not None:
            self._listener(event)
        elif isinstance(event, Requests):
            self.records.extend(event.records)


class Spawner(ProcessSpawner):
    """Remembers whom it started."""

    def __init__(self) -> None:
        self.processes: list[ChildLoadProcess] = []

    async def spawn(self, number: int, engine: Engine | None, api_key: str | None) -> ChildLoadProcess:
        self.processes.append(await super().spawn(number, engine, api_key))
        return self.processes[-1]


def closed(concurrency: int, requests: int, max_tokens: int, **values: object) -> Scenario:
    """A closed loop."""
    shape = ClosedLoop(concurrency=concurrency)
    plan = PromptPlan(text="benchmark")
    chosen = {"prompt": plan, "requests": requests, "max_tokens": max_tokens, **values}
    return Scenario(shape=shape, **chosen)  # type: ignore[arg-type]


async def run_load(
    url: str, scenario: Scenario, prompts: list[Prompt], sink: Sink, spawner: Spawner
) -> LoadOutcome:
    """Run it to its end."""
    group = LoadGroup(spawner, SystemClock(), sink)
    await group.start(scenario, Target(url=url), prompts)
    return await group.wait()


@asynccontextmanager
async def server(module: str, *words: str) -> AsyncIterator[tuple[str, int]]:
    """A server as a process: its address, from the line that says `listening on`, and its pid."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *words,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert process.stdout is not None
    url = ""
    while not url:
        line = (await process.stdout.readline()).decode()
        if not line:
            raise SystemExit(f"{module} did not start")
        url = line.partition("listening on ")[2].strip()
    drain = asyncio.create_task(process.stdout.read())
    try:
        yield url, process.pid
    finally:
        process.terminate()
        await process.wait()
        await drain


def cpu_seconds(pid: int) -> float:
    """CPU a process has used, user and system."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def rss_mib(pid: int) -> float:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * 4096 / 2**20


def latencies(records: list[RequestRecord], true_ttft_ms: float, true_itl_ms: float) -> str:
    """Measured against true, in a line."""
    ttfts = sorted(value for record in records if (value := ttft(record)) is not None)
    itls = [value for record in records if (value := itl(record)) is not None]
    return (
        f"TTFT {fmean(ttfts):7.2f} ms (error {fmean(ttfts) - true_ttft_ms:+6.2f} mean, "
        f"{quantile(ttfts, 0.99) - true_ttft_ms:+6.2f} p99)   "
        f"ITL {fmean(itls):7.3f} ms ({fmean(itls) / true_itl_ms - 1:+.2%})"
    )
