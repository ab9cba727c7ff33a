"""However a stream is cut into reads, as many events are counted as there are."""

from __future__ import annotations

import pytest

from rocmtui.adapters.wire.reply_reader import ReplyReader
from rocmtui.core.load.live import LiveStats
from rocmtui.core.request.record import ErrorKind
from rocmtui.core.request.spoken import KeepingDecoder
from rocmtui.core.request.sse import SseDecoder
from rocmtui.core.request.trace import RequestTrace


def event(text: str, reason: str = "null") -> bytes:
    choice = f'{{"index":0,"delta":{{"content":"{text}"}},"finish_reason":{reason}}}'
    return f'data: {{"id":"x","choices":[{choice}]}}\n\n'.encode()


WORDS = ["one", " two", r"\n", "", " three", " four", r"a \"quote\"", " five"]
STREAM = b"".join([*map(event, WORDS), event(" last", '"stop"'), b"data: [DONE]\n\n"])
"""Eight of its events have text."""


def read(reads: list[bytes], decoder: SseDecoder | None = None) -> RequestTrace:
    stats = LiveStats()
    stats.begun()
    trace = RequestTrace(stats, keeps_stamps=True)
    reader = ReplyReader(trace, decoder=decoder)
    reader.head(200, "text/event-stream", 1)
    for at_ns, data in enumerate(reads, 2):
        reader.body(data, at_ns)
    return trace


@pytest.mark.parametrize("size", [1, 2, 7, 40, 77, 78, 79, 100, 1000])
def test_cuts_change_no_count(size: int) -> None:
    trace = read([STREAM[start : start + size] for start in range(0, len(STREAM), size)])
    assert (trace.content_events, trace.finish_reason, trace.closed, trace.error) == (8, "stop", True, None)


def test_each_event_carries_the_stamp_of_its_own_read() -> None:
    reads = [part + b"\n\n" for part in STREAM.split(b"\n\n")[:-1]]
    trace = read(reads)
    assert trace.content_ns == [2, 3, 4, 6, 7, 8, 9, 10]


def test_an_event_inside_another_is_none_of_its_own() -> None:
    """A piece that looks like a token's event, in the midst of a line that has not ended."""
    trace = read([event("one"), event("two"), b"data: {", event("three"), event("four")])
    assert trace.content_events == 3
    assert trace.error is not None
    assert trace.error.kind is ErrorKind.BAD_REPLY


def test_what_is_kept_is_all_of_it() -> None:
    decoder = KeepingDecoder()
    read([event(word) for word in WORDS], decoder)
    assert len(decoder.kept) == len(WORDS)
