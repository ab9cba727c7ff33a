"""One load to several servers: in turn, to the emptiest, and each told by its own figures."""

from __future__ import annotations

import asyncio
from collections import Counter

from rocmtui.adapters.wire.fleet import FleetClient
from rocmtui.core.load.live import LiveStats
from rocmtui.core.load.scenario import Balance, ClosedLoop, Prompt, PromptPlan, Scenario, Target
from rocmtui.core.report.document import Server
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.trace import RequestTrace
from rocmtui.embedded.known.behaviour import Fault, KnownBehaviour
from rocmtui.embedded.known.server import KnownServer
from tests.fakes.made_report import build_report

FAST = KnownBehaviour(ttft_ms=2.0, itl_ms=0.5)


def scenario(balance: Balance) -> Scenario:
    plan = PromptPlan(text="x")
    return Scenario(
        shape=ClosedLoop(concurrency=1), prompt=plan, max_tokens=4, balance=balance, fleet=("http://b",)
    )


async def test_each_has_its_turn_and_several_processes_do_not_begin_alike() -> None:
    async with KnownServer(FAST) as a, KnownServer(FAST) as b:
        targets = [Target(url=a.url), Target(url=b.url)]
        for first in (0, 1):
            async with FleetClient(targets, scenario("round-robin"), api_key=None, first=first) as client:
                went = []
                for _ in range(3):
                    trace = RequestTrace(LiveStats())
                    await client.send(Prompt(text="x"), trace)
                    went.append(trace.server)
            assert went == [first, 1 - first, first]
        assert (a.completed, b.completed) == (3, 3)


async def test_the_emptiest_is_chosen_while_one_hangs() -> None:
    stalled = KnownBehaviour(ttft_ms=2.0, itl_ms=0.5, fault=Fault.STALL)
    async with KnownServer(stalled) as a, KnownServer(FAST) as b:
        targets = [Target(url=a.url), Target(url=b.url)]
        async with FleetClient(targets, scenario("least-in-flight"), api_key=None, first=0) as client:
            hanging = asyncio.create_task(client.send(Prompt(text="x"), RequestTrace(LiveStats())))
            async with asyncio.timeout(10):
                while not a.busy:
                    await asyncio.sleep(0.001)
            went = Counter[int | None]()
            for _ in range(4):
                trace = RequestTrace(LiveStats())
                await client.send(Prompt(text="x"), trace)
                went[trace.server] += 1
            hanging.cancel()
            await asyncio.gather(hanging, return_exceptions=True)
        assert went == {1: 4}


def record(number: int, server: int, ttft_ms: int, **values: object) -> RequestRecord:
    sent = number * 10**9
    return RequestRecord(
        id=number,
        worker=0,
        phase=Phase.MEASURED,
        server=server,
        sent_ns=sent,
        first_token_ns=sent + ttft_ms * 10**6,
        last_token_ns=sent + ttft_ms * 10**6 + 40 * 10**6,
        done_ns=sent + 10**9,
        output_tokens=5,
        **values,  # type: ignore[arg-type]
    )


def test_a_report_tells_each_server_and_their_speeds_add_up() -> None:
    records = [record(n, n % 2, 50 if n % 2 else 150) for n in range(10)]
    facts = RunFacts(
        tool_version="1", unix_ns=0, server=Server(url="http://a"), scenario=scenario("round-robin")
    )
    report = build_report(facts, records)
    a, b = report.fleet
    assert (a.url, a.sent, a.completed, a.ttft_p50_ms, a.itl_p50_ms) == ("http://a", 5, 5, 150.0, 10.0)
    assert (b.url, b.ttft_p95_ms) == ("http://b", 50.0)
    assert a.output_tps is not None
    assert b.output_tps is not None
    assert report.throughput.output_tps is not None
    assert abs(a.output_tps + b.output_tps - report.throughput.output_tps) < 1e-9
