from __future__ import annotations

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.report.facts import RunFacts
from rocmtui.core.runs.entry import RunEntry, with_events, with_records, with_report
from rocmtui.core.session.events import RunStarted
from tests.fakes.made_report import build_report

ENTRY = RunEntry(path="/runs/a", name="a")


def test_no_request_leaves_the_figures_unsaid():
    entry = with_records(with_events(ENTRY, [LiveSnapshot(at_ns=1, phase="warmup")]), [])
    assert (entry.output_tps, entry.ttft_p95_ms, entry.measured_seconds) == (None, None, None)
    assert entry.completed == 0


def test_the_start_is_told_by_the_calendar():
    started = RunStarted(at_ns=5, unix_ns=1_700_000_000_123_456_789, tool_version="1", label="gemma")
    assert with_events(ENTRY, [started]).started_unix_ns == 1_700_000_000_123_456_789


def test_a_report_without_requests():
    entry = with_report(ENTRY, build_report(RunFacts(tool_version="1", unix_ns=7_000_000_000), []))
    assert entry.started_unix_ns == 7_000_000_000
    assert (entry.has_report, entry.completed, entry.ttft_p95_ms) == (True, 0, None)


def test_the_speed_of_a_run_without_a_report_is_of_its_ended_requests_as_in_a_report_of_it():
    second_ns = 10**9
    live = LiveSnapshot(
        at_ns=1, phase="measured", elapsed_ns=2 * second_ns, window_ns=2 * second_ns, window_tokens=90.0
    )
    assert with_events(ENTRY, [live]).output_tps is None
    assert with_events(ENTRY, [msgspec.structs.replace(live, output_tokens=40)]).output_tps == 20.0
