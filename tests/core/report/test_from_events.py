"""The tally of a run as it happens."""

import tracemalloc

from rocmtui.core.report.from_events import RunTally
from rocmtui.core.request.record import Phase, RequestRecord, ServerTimings
from rocmtui.core.session.events import LoadFailed, Noticed, Requests

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
    assert (after - before) / 10_000 < 250
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
