"""What a load process of another machine says, with its times by our clock."""

from __future__ import annotations

import msgspec

from rocmtui.core.load.snapshot import LiveSnapshot
from rocmtui.core.request.record import RequestRecord

TIMES = ("scheduled_ns", "sent_ns", "headers_ns", "first_token_ns", "last_token_ns", "done_ns")
"""The fields of a record that are moments; `connect_ns` is a span."""


def record_of_ours(record: RequestRecord, ahead_ns: int) -> RequestRecord:
    """A record whose sender's clock is ahead by that much. One shift for all: no latency of it changes."""
    moved = {name: at_ns - ahead_ns for name in TIMES if (at_ns := getattr(record, name)) is not None}
    content = tuple(at_ns - ahead_ns for at_ns in record.content_ns)
    stalls = record.stalls and tuple((begin - ahead_ns, end - ahead_ns) for begin, end in record.stalls)
    return msgspec.structs.replace(record, content_ns=content, stalls=stalls, **moved)


def snapshot_of_ours(snapshot: LiveSnapshot, ahead_ns: int) -> LiveSnapshot:
    """The same of a snapshot; all else in it are spans and counts."""
    return msgspec.structs.replace(snapshot, at_ns=snapshot.at_ns - ahead_ns)
