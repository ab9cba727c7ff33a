"""What the audit says of each host, and what a redacted report still says of it."""

from __future__ import annotations

from rocmtui.core.load.far.clock import ClockFound
from rocmtui.core.load.far.times import record_of_ours
from rocmtui.core.load.said import Hello, LoadFailed, LoadFinished
from rocmtui.core.report.audit.hosts import HostsTally, host_words
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.request.values import itl, ttft
from rocmtui.core.session.events import ClockMeasured
from rocmtui.core.stats.histogram import Histogram


def record(process: int, phase: Phase = Phase.MEASURED) -> RequestRecord:
    return RequestRecord(id=0, worker=0, process=process, phase=phase, done_ns=9)


def ended(process: int, *, cpu_seconds: float, lag_ms: float) -> LoadFinished:
    return LoadFinished(
        at_ns=0,
        process=process,
        cpu_seconds=cpu_seconds,
        wall_seconds=1.0,
        loop_lag_ms_p99=lag_ms,
        icl=Histogram(),
        reason="requests",
    )


def test_processes_are_told_by_their_host() -> None:
    tally = HostsTally()
    for process, host in enumerate(("a", "b", "a")):
        tally.observe(Hello(at_ns=0, version="1.0", host=host, cores=8, process=process))
        tally.observe(ended(process, cpu_seconds=0.1 * process, lag_ms=float(process)))
        found = ClockFound(rounds=3, offset_ns=10**9, uncertainty_ns=10**5 * (process + 1))
        tally.observe(ClockMeasured(at_ns=0, process=process, clock=found))
    tally.observe(LoadFailed(at_ns=0, process=1, message="died"))
    for process in (0, 0, 1, 2):
        tally.add(record(process))
    tally.add(record(0, Phase.WARMUP))
    first, second = tally.hosts()
    assert (first.host, first.processes, first.requests, first.lost) == ("a", 2, 3, False)
    assert (first.client_cpu_fraction, first.loop_lag_ms_p99) == (0.2, 2.0)
    assert (first.clock_offset_ms, first.clock_uncertainty_ms) == (1000.0, 0.3)
    assert (second.host, second.requests, second.lost) == ("b", 1, True)
    assert host_words(first) == (
        "3 requests of 2 processes on 8 cores, CPU 20 % of one, late by 2 ms at p99, clock known to ±0.30 ms"
    )
    assert host_words(second).endswith("clock known to ±0.20 ms, LOST")


def test_a_load_of_this_machine_alone_has_no_hosts() -> None:
    tally = HostsTally()
    tally.add(record(0))
    tally.observe(ended(0, cpu_seconds=0.1, lag_ms=1.0))
    assert tally.hosts() == ()


def test_no_latency_of_a_request_needs_the_offset() -> None:
    there = RequestRecord(
        id=1,
        worker=0,
        phase=Phase.MEASURED,
        scheduled_ns=90,
        connect_ns=7,
        sent_ns=100,
        headers_ns=120,
        first_token_ns=200,
        last_token_ns=500,
        done_ns=510,
        output_tokens=4,
        content_ns=(200, 500),
        stalls=((200, 500),),
    )
    here = record_of_ours(there, 1000)
    assert (here.sent_ns, here.done_ns, here.content_ns) == (-900, -490, (-800, -500))
    assert here.stalls == ((-800, -500),)
    assert here.connect_ns == 7
    moments = {n for n in RequestRecord.__struct_fields__ if n.endswith("_ns")}
    assert {name for name in moments if getattr(here, name) != getattr(there, name)} == moments - {
        "connect_ns"
    }
    assert (ttft(here), itl(here)) == (ttft(there), itl(there))
