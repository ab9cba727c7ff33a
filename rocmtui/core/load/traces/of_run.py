"""A run as a trace: when its requests were sent and how long they were, and nothing of what was said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from rocmtui.core.request.record import RequestRecord


class RunLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line of such a trace; Mooncake's names and milliseconds, without blocks."""

    timestamp: float
    input_length: int
    output_length: int
    session_id: int | None = None
    """The conversation; its turns begin with what the ones before were."""
    delay: float | None = None
    """From the end of the turn before."""


def trace_of_run(records: Iterable[RequestRecord]) -> Iterator[bytes]:
    """Lines of the completed requests whose lengths the server told, in the order in which they were sent."""
    kept = sorted(
        (r for r in records if r.completed and r.sent_ns is not None and r.prompt_tokens and r.output_tokens),
        key=lambda record: record.sent_ns or 0,
    )
    ended: dict[tuple[int, int], int] = {}
    zero_ns = kept[0].sent_ns or 0 if kept else 0
    for record in kept:
        sent_ns = record.sent_ns or 0
        before_ns = None
        if record.conversation is not None and record.turn is not None:
            before_ns = ended.get((record.conversation, record.turn - 1))
            ended[record.conversation, record.turn] = record.done_ns
        line = RunLine(
            timestamp=round((sent_ns - zero_ns) / 1e6, 3),
            input_length=record.prompt_tokens or 0,
            output_length=record.output_tokens or 0,
            session_id=record.conversation,
            delay=None if before_ns is None else round(max(sent_ns - before_ns, 0) / 1e6, 3),
        )
        yield msgspec.json.encode(line) + b"\n"
