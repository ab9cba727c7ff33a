"""Load processes on a real Dask cluster: scheduler and workers in this loop, the processes their children."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest

from rocmtui.adapters.load.engines import EngineSpawner
from rocmtui.adapters.machine.clock import SystemClock
from rocmtui.core.load.far.engine import DaskEngine
from rocmtui.core.load.scenario import ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.report.document import Report
from rocmtui.core.report.from_events import RunTally
from rocmtui.core.session.events import Event
from rocmtui.embedded.known.behaviour import KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from rocmtui.errors import LoadProcessError
from rocmtui.services.load.group import LoadGroup

distributed = pytest.importorskip("distributed", reason="the extra `dask` is not installed")
FAST = KnownBehaviour(ttft_ms=5.0, itl_ms=1.0)
LASTING = KnownBehaviour(ttft_ms=5.0, itl_ms=100.0)
"""Whenever a worker goes, it has requests under way."""


class Sink(RunTally):
    """A report in the making that knows when requests come in."""

    def __init__(self, scenario: Scenario) -> None:
        super().__init__(scenario)
        self.under_way = asyncio.Event()

    def emit(self, event: Event) -> None:
        if getattr(event, "completed", 0) > 0:
            self.under_way.set()
        super().emit(event)


@asynccontextmanager
async def cluster(workers: int) -> AsyncIterator[tuple[object, list[object]]]:
    quiet = {"dashboard_address": "127.0.0.1:0"}
    async with AsyncExitStack() as stack:
        scheduler = await stack.enter_async_context(
            distributed.Scheduler(host="127.0.0.1", port=0, dashboard=False, **quiet)
        )
        made = [
            await stack.enter_async_context(
                distributed.Worker(scheduler.address, nthreads=1, dashboard=False, **quiet)
            )
            for _ in range(workers)
        ]
        yield scheduler, made


def scenario(address: str, **values: object) -> Scenario:
    chosen = {"shape": ClosedLoop(concurrency=4), "max_tokens": 6, "processes": 2, **values}
    engine = DaskEngine(scheduler=address)
    return Scenario(prompt=PromptPlan(text="x"), engine=engine, **chosen)  # type: ignore[arg-type]


async def test_two_workers_send_what_the_server_counts() -> None:
    async with cluster(2) as (scheduler, workers), KnownServer(FAST) as server:
        load = scenario(scheduler.address, requests=24)  # type: ignore[attr-defined]
        sink = Sink(load)
        group = LoadGroup(EngineSpawner(), SystemClock(), sink)
        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        await group.wait()
        assert server.completed == 24
        report: Report = sink.report()
        assert (report.ended, report.requests.completed) == ("requests", 24)
        assert {host.host for host in report.audit.hosts} == {w.address for w in workers}  # type: ignore[attr-defined]
        assert all(host.requests == 12 for host in report.audit.hosts)
        for host in report.audit.hosts:
            assert abs(host.clock_offset_ms or 0) <= (host.clock_uncertainty_ms or 0)
        async with asyncio.timeout(5):
            while set(scheduler.clients) > {"fire-and-forget"}:  # type: ignore[attr-defined]
                await asyncio.sleep(0.01)


async def test_a_worker_that_goes_leaves_an_incomplete_run() -> None:
    async with cluster(2) as (scheduler, workers), KnownServer(LASTING) as server:
        load = scenario(scheduler.address, requests=4000)  # type: ignore[attr-defined]
        sink = Sink(load)
        group = LoadGroup(EngineSpawner(), SystemClock(), sink)
        await group.start(load, Target(url=server.url), [Prompt(text="hello")])
        async with asyncio.timeout(20):
            await sink.under_way.wait()
        await workers[0].close(timeout=1, nanny=False)  # type: ignore[attr-defined]
        async with asyncio.timeout(20):
            while not any(host.lost for host in sink.report().audit.hosts):
                await asyncio.sleep(0.05)
        await group.stop()
        await group.wait()
        assert sink.report().requests.by_error["lost"] > 0


async def test_a_cluster_without_workers_or_scheduler_is_refused_in_words() -> None:
    async with cluster(0) as (scheduler, _):
        with pytest.raises(LoadProcessError) as told:
            await EngineSpawner().spawn(0, DaskEngine(scheduler=scheduler.address), None)  # type: ignore[attr-defined]
        assert "has no workers" in told.value.message
