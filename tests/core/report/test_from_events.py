"""The tally of a run as it happens."""

import tracemalloc

from rocmtui.core.host.sample import HostSample, Limits, ServerLoad
from rocmtui.core.load.said import LoadFailed, Requests
from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.from_events import RunTally
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.session.events import HostRead, Noticed

MS = 1_000_000


def request(number: int) -> RequestRecord:
    sent = number * MS
    return RequestRecord(
        id=number,
        worker=0,
        phase=Phase.MEASURED,
        connect_ns=MS,
        sent_ns=sent,
        headers_ns=sent + MS,
        first_token_ns=sent + 100 * MS,
        last_token_ns=sent + 1000 * MS,
        done_ns=sent + 1000 * MS,
        prompt_tokens=20,
        cached_tokens=0,
        output_tokens=100,
        timings=ServerTimings(prompt_n=20, prompt_ms=90.0, predicted_n=100, predicted_ms=900.0),
    )


def test_a_request_costs_less_than_two_hundred_bytes() -> None:
    tally = RunTally(None)
    tally.add_all(map(request, range(1000)))
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for number in range(1000, 11_000):
        tally.emit(Requests(at_ns=0, records=(request(number),)))
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Arrays grow by an eighth at a time: room to spare counts too.
    assert (after - before) / 10_000 < 260
    assert tally.report().requests.completed == 11_000


def test_a_load_whose_processes_died_failed_and_was_not_cut_off() -> None:
    tally = RunTally(None)
    tally.add_all([request(1)])
    tally.emit(Noticed(at_ns=0, level="error", text="load process 1 of 1 was killed"))
    tally.emit(LoadFailed(at_ns=0, process=0, message="was killed"))
    report = tally.report()
    assert report.ended == "failed"
    assert report.audit.warnings[0] == "load process 1 of 1 was killed"
    assert not any("cut off" in warning for warning in report.audit.warnings)


def test_a_server_that_answers_again_is_not_said_to_be_silent() -> None:
    tally = RunTally(None)
    tally.add_all([request(1)])
    gone = Noticed(at_ns=1000 * MS, level="warning", text="silent: suspended", code="unresponsive")
    tally.emit(gone)
    assert tally.report().audit.warnings[0] == gone.text
    tally.emit(Noticed(at_ns=3500 * MS, level="info", text="it answers again", code="responsive"))
    assert tally.report().audit.warnings[0] == "the server did not answer for 2.5 s or more, and then again"
    tally.emit(gone)
    assert gone.text in tally.report().audit.warnings


def test_the_host_is_judged_over_the_measured_window_alone() -> None:
    tally = RunTally(None)
    slow = HostSample(
        at_ns=0,
        span_s=1.0,
        server=ServerLoad(working_threads=8, wait_share=0.7),
        limits=Limits(quota_cores=1.0, periods=10, throttled_periods=9),
    )
    tally.emit(HostRead(at_ns=1000 * MS, sample=slow))
    tally.emit(LiveSnapshot(at_ns=1500 * MS, phase="measured"))
    tally.emit(HostRead(at_ns=2000 * MS, sample=slow))
    tally.emit(LiveSnapshot(at_ns=2500 * MS, phase="measured"))
    tally.emit(HostRead(at_ns=3000 * MS, sample=slow))
    tally.emit(LiveSnapshot(at_ns=3100 * MS, phase="drain"))
    tally.emit(HostRead(at_ns=4500 * MS, sample=slow))
    tally.emit(Noticed(at_ns=0, level="warning", text="what it was for a moment", code="host"))
    report = tally.report()
    assert report.host is not None
    assert report.host.seconds == 1.5
    assert [cause.code for cause in report.host.causes] == ["throttled"]
    assert report.audit.warnings[0].startswith("its CPU quota of 1 was used up in 18 of 20 periods")
    assert not any("for a moment" in warning for warning in report.audit.warnings)
    assert RunTally(None).report().host is None
