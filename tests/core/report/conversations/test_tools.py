"""Calls of tools in a report."""

from __future__ import annotations

from rocmtui.core.report.conversations.tools import ToolTally
from rocmtui.core.request.metrics import METRICS
from rocmtui.core.request.record import Phase, RequestRecord

MS = 1_000_000


def record(calls: int | None, parsed: int = 0, phase: Phase = Phase.MEASURED) -> RequestRecord:
    return RequestRecord(
        id=0,
        worker=0,
        phase=phase,
        sent_ns=0,
        last_token_ns=80 * MS,
        done_ns=90 * MS,
        tool_calls=calls,
        tool_calls_parsed=parsed,
    )


def test_replies_calls_and_those_that_parse() -> None:
    tally = ToolTally()
    for each in (record(None), record(0), record(2, 1), record(1, 1), record(1, 0, Phase.WARMUP)):
        tally.add(each)
    found = tally.figures()
    assert found is not None
    assert found.words == "2 of 3 replies call one; 2 of 3 calls parse (67 %)"
    assert ToolTally().figures() is None


def test_a_call_is_complete_with_the_last_event_of_its_reply() -> None:
    value = METRICS["tool_call"].value
    assert value is not None
    found = [value(record(calls, parsed)) for calls, parsed in ((None, 0), (0, 0), (1, 1), (2, 1))]
    assert found == [None, None, 80.0, None]
