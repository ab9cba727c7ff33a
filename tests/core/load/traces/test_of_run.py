"""A run as a trace: times and lengths alone."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.traces.of_run import trace_of_run
from rocmtui.core.request.record import Phase, RequestRecord

MS = 1_000_000


def record(sent_ms: int, done_ms: int, **known: object) -> RequestRecord:
    lengths = {"prompt_tokens": 10, "output_tokens": 3} | known
    return RequestRecord(
        id=0,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=sent_ms * MS,
        done_ns=done_ms * MS,
        **lengths,  # type: ignore[arg-type]
    )


def test_turns_carry_their_conversation_and_their_pause() -> None:
    lines = trace_of_run(
        [
            record(500, 600, conversation=4, turn=1, prompt_tokens=20),
            record(100, 200, conversation=4, turn=0),
            record(150, 300),
            record(160, 300, output_tokens=None),
            record(170, 300, cancelled=True),
        ]
    )
    assert [msgspec.json.decode(line) for line in lines] == [
        {"timestamp": 0, "input_length": 10, "output_length": 3, "session_id": 4},
        {"timestamp": 50, "input_length": 10, "output_length": 3},
        {"timestamp": 400, "input_length": 20, "output_length": 3, "session_id": 4, "delay": 300},
    ]
    assert list(trace_of_run([])) == []
