"""What the audit makes of the stamps: whose they are decides whether a late client matters."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.said import LoadFinished
from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.audit.figures import Audit, AuditBuilder
from rocmtui.core.report.audit.live_warnings import live_warnings
from rocmtui.core.report.audit.stamps import StampAudit, lag_that_matters, stamp_audit, stamps_text
from rocmtui.core.report.audit.warnings import Evidence, find_warnings
from rocmtui.core.request.arrival import ReadTally
from rocmtui.core.request.network import NetworkFigures
from rocmtui.core.request.record import Phase, RequestRecord
from rocmtui.core.stats.histogram import Histogram
from rocmtui.core.stats.quantiles import summarise
from tests.core.report.audit.test_warnings import CLEAN


def end(reads: ReadTally | None) -> LoadFinished:
    return LoadFinished(
        at_ns=0,
        process=0,
        first_sent_ns=0,
        last_done_ns=1,
        cpu_seconds=0.1,
        wall_seconds=1.0,
        loop_lag_ms_p99=9.0,
        loop_lag_ms_max=9.0,
        icl=Histogram(),
        reads=reads,
        reason="requests",
    )


def late(*values_ms: float) -> Histogram:
    histogram = Histogram()
    histogram.add_all(values_ms)
    return histogram


def audit(kernel: int, own: int, refused: int = 0) -> StampAudit:
    found = stamp_audit([end(ReadTally(kernel=kernel, own=own, refused=refused, late_ms=late(0.1, 30.0)))])
    assert found is not None
    return found


def test_reads_of_all_processes_are_told_together() -> None:
    found = stamp_audit(
        [
            end(ReadTally(kernel=8, late_ms=late(0.1, 0.2), shared=2, shared_ms_max=3.5)),
            end(ReadTally(kernel=1, own=1, late_ms=late(30.0))),
            end(None),
        ]
    )
    assert found is not None
    assert (found.kernel, found.own, found.refused, found.own_share) == (9, 1, 0, 0.1)
    assert (found.read_late_ms_max, found.shared_events, found.shared_ms_max) == (30.0, 2, 3.5)
    rows = dict(stamps_text(found))
    assert rows["arrivals stamped by the kernel, by the client"] == "9, 1"
    assert rows["events that carry a later one's stamp"] == "2, at most 3.50 ms too late"


def test_old_runs_and_runs_that_read_nothing_have_none() -> None:
    assert stamp_audit([end(None)]) is None
    assert stamp_audit([end(ReadTally())]) is None
    assert stamp_audit([]) is None


def test_a_late_client_matters_where_stamps_are_its_own() -> None:
    assert lag_that_matters(9.0, audit(kernel=1000, own=2)) is None
    assert lag_that_matters(9.0, audit(kernel=1000, own=30)) == 9.0
    assert lag_that_matters(9.0, audit(kernel=1000, own=0, refused=30)) == 9.0
    assert lag_that_matters(9.0, None) == 9.0  # from before stamps were counted


def test_the_live_warning_goes_with_it() -> None:
    cold = Scenario(shape=ClosedLoop(concurrency=1), prompt=PromptPlan(text="x"))
    slow = LiveSnapshot(at_ns=1, phase="measured", loop_lag_ms_p99=9.0)
    said = ("the client runs late by 9 ms at p99: is the machine busy?",)
    assert live_warnings([slow], cold) == said
    assert live_warnings([msgspec.structs.replace(slow, kernel_stamps=500, own_stamps=1)], cold) == ()
    assert live_warnings([msgspec.structs.replace(slow, kernel_stamps=500, own_stamps=99)], cold) == said


def _evidence(**changes: object) -> Evidence:
    return msgspec.structs.replace(CLEAN, **changes)


def test_a_late_busy_client_says_what_is_doubtful() -> None:
    def warned(stamps: StampAudit) -> list[str]:
        told = Audit(client_cpu_fraction=0.83, loop_lag_ms_p99=12.3, stamps=stamps)
        return [text for text in find_warnings(_evidence(audit=told)) if text.startswith("the client")]

    assert warned(audit(kernel=1000, own=0)) == [
        "the client used 83 % of a core: it may send later than it should; spread the load with --processes"
    ]
    assert warned(audit(kernel=10, own=1000)) == [
        "the client used 83 % of a core: its own delay may be in the latencies; "
        "spread the load with --processes",
        "the client ran late by 12.3 ms at p99: latencies are that uncertain; is the machine busy?",
    ]


def test_a_tail_of_lost_packets_is_the_networks() -> None:
    times = [*[50.0] * 297, 260.0, 270.0, 280.0]
    summary = summarise(times, "ms")
    assert summary is not None

    def told(*lossy: float) -> list[str]:
        evidence = _evidence(metrics={"ttft": summary}, lossy_ms={"ttft": lossy, "request_latency": lossy})
        return [text for text in find_warnings(evidence) if "lost a packet" in text]

    assert told(260.0, 270.0, 280.0) == [
        "3 of the 3 slowest by ttft lost a packet, sent again later: that tail "
        f"(ttft p99 {summary.p99:.1f} ms) is the network's, not the server's"
    ]
    assert told(50.0, 50.0, 260.0) == []  # packets were lost, but it was not they that made the tail
    assert told(*[50.0] * 147, 260.0, 270.0, 280.0) == []  # half of all lost some: three of them is chance
    assert told() == []


def test_lost_packets_are_added_up_over_the_run() -> None:
    builder = AuditBuilder()
    for number, network in enumerate((NetworkFigures(retransmits=2), NetworkFigures(out_of_order=1), None)):
        builder.add(
            RequestRecord(
                id=number,
                worker=0,
                phase=Phase.MEASURED,
                sent_ns=0,
                first_token_ns=5_000_000,
                done_ns=9_000_000,
                network=network,
            )
        )
    assert builder.audit([]).retransmits == 3
    assert {tag: list(values) for tag, values in builder.lossy_ms.items()} == {
        "ttft": [5.0, 5.0],
        "request_latency": [9.0, 9.0],
    }
    assert AuditBuilder().audit([]).retransmits is None
