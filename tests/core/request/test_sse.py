"""Event streams are read the same however the network cuts them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rocmtui.core.request import sse
from rocmtui.core.request.sse import END_OF_EVENT, ErrorPayload, SseDecoder, SseError

LLAMA_STREAM = (
    b'data: {"choices":[{"delta":{"role":"assistant","content":null}}]}\n\n'
    b":\n\n"
    b'data: {"choices":[{"delta":{"content":"Gr\xc3\xbc\xc3\x9fe"}}]}\n\n'
    b"event: ping\r\nid: 7\r\ndata: first line\r\ndata:second line\r\n\r\n"
    b"data: mac\r\rdata\n\n"
    b"data: [DONE]\n\n"
)
PAYLOADS = [
    b'{"choices":[{"delta":{"role":"assistant","content":null}}]}',
    b'{"choices":[{"delta":{"content":"Gr\xc3\xbc\xc3\x9fe"}}]}',
    b"first line\nsecond line",
    b"mac",
    b"",
    b"[DONE]",
]


def read(*pieces: bytes) -> list[bytes]:
    decoder = SseDecoder()
    found = [payload for piece in pieces for payload in decoder.feed(piece)]
    return found + decoder.feed(END_OF_EVENT)


def test_a_stream_in_one_piece() -> None:
    assert read(LLAMA_STREAM) == PAYLOADS


@pytest.mark.parametrize("at", range(1, len(LLAMA_STREAM)))
def test_a_stream_cut_at_every_byte(at: int) -> None:
    assert read(LLAMA_STREAM[:at], LLAMA_STREAM[at:]) == PAYLOADS


def test_a_stream_byte_by_byte() -> None:
    assert read(*(LLAMA_STREAM[i : i + 1] for i in range(len(LLAMA_STREAM)))) == PAYLOADS


lines = st.text(alphabet='ab:{}" 0ü', max_size=8).map(str.encode)


@given(
    st.lists(st.lists(lines, min_size=1, max_size=3), max_size=5),
    st.sampled_from([b"\n", b"\r\n", b"\r"]),
    st.lists(st.integers(0, 200), max_size=6),
)
def test_any_events_with_any_line_ends_cut_anywhere(
    events: list[list[bytes]], newline: bytes, cuts: list[int]
) -> None:
    stream = b"".join(b"".join(b"data: " + line + newline for line in event) + newline for event in events)
    edges = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    pieces = [stream[a:b] for a, b in itertools.pairwise(edges)]
    assert read(*pieces) == [b"\n".join(event) for event in events]


def test_a_last_event_without_its_empty_line_can_be_ended() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b"data: [DONE]") == []
    assert decoder.feed(END_OF_EVENT) == [b"[DONE]"]
    assert decoder.feed(END_OF_EVENT) == []


def test_a_byte_order_mark_is_skipped() -> None:
    assert read(b"\xef\xbb\xbfdata: x\n\n") == [b"x"]


def test_an_endless_event_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 100)
    decoder = SseDecoder()
    decoder.feed(b"data: " + b"x" * 90)
    with pytest.raises(SseError):
        decoder.feed(b"x" * 20)


@pytest.mark.parametrize(
    "stream",
    [
        b'error: {"code":400}\n\n',
        b'event: error\ndata: {"code":400}\n\n',
        b'event:error\r\ndata:{"code":400}\r\n\r\n',
    ],
)
def test_an_error_is_marked_whether_a_field_or_an_event_is_named_so(stream: bytes) -> None:
    for cut in range(1, len(stream)):
        (payload,) = read(stream[:cut], stream[cut:])
        assert (payload, type(payload)) == (b'{"code":400}', ErrorPayload)


@pytest.mark.parametrize("stream", [b"event: response.failed\ndata: x\n\n", b"event: ERROR\n\n"])
def test_every_event_whose_name_says_that_something_failed_is_an_error(stream: bytes) -> None:
    """Also one without data."""
    assert [type(payload) for payload in read(stream)] == [ErrorPayload]


def test_only_the_event_of_that_name_is_an_error() -> None:
    kinds = [type(payload) for payload in read(b"event: error\ndata: a\n\ndata: b\n\nevent: x\ndata: c\n\n")]
    assert kinds == [ErrorPayload, bytes, bytes]


def test_what_is_no_field_is_kept_apart_and_bounded() -> None:
    decoder = SseDecoder()
    assert decoder.feed(b'{"error":"x"}' + END_OF_EVENT) == []
    assert decoder.stray == b'{"error":"x"}\n'
    decoder.feed(b"x" * 100_000 + b"\n" + b"y" * 100_000 + b"\n")
    assert len(decoder.stray) < 3 * sse.MAX_STRAY_BYTES
