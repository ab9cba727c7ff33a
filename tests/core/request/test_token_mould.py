"""An event that fits the mould says what reading it in full would say: text, and nothing besides."""

from __future__ import annotations

import pytest

from rocmtui.core.request.reply import read_event
from rocmtui.core.request.sse import SseDecoder
from rocmtui.core.request.token_mould import TokenMould

TEXTS = [b"a", b" word", b"caf\xc3\xa9", b"\xe4\xbd", b"data: x", b"[DONE]", b"error", b"}]}", b"null"]
ODD_TEXTS = [b"", rb"\n", rb"say \"hi\"", b"tab\there", b"cut\\", b"two\n\ndata: lines"]


def chat(text: bytes, field: bytes = b"content", more: bytes = b"") -> bytes:
    return (
        b'data: {"choices":[{"finish_reason":null,"index":0,"delta":{"%b":"%b"%b}}],"created":1,"id":"c"}\n\n'
        % (field, text, more)
    )


def mould_of(data: bytes) -> TokenMould:
    mould = TokenMould()
    mould.cast(data, SseDecoder().feed(data)[-1])
    return mould


@pytest.mark.parametrize("field", [b"content", b"reasoning_content"])
@pytest.mark.parametrize("text", TEXTS)
def test_the_same_with_other_text_fits_and_is_what_it_seems(field: bytes, text: bytes) -> None:
    data = chat(text, field)
    assert mould_of(chat(b"first", field)).fits(data)
    (payload,) = SseDecoder().feed(data)
    event = read_event(payload)
    assert (event.is_plain, event.has_content) == (True, True)


@pytest.mark.parametrize("text", ODD_TEXTS)
def test_text_that_may_end_elsewhere_or_is_none_does_not_fit(text: bytes) -> None:
    assert not mould_of(chat(b"first")).fits(chat(text))


@pytest.mark.parametrize(
    "data",
    [
        chat(b"x", b"reasoning_content"),
        chat(b"x", more=b',"tool_calls":[{}]'),
        chat(b"x").replace(b"null", b'"stop"'),
        chat(b"x").replace(b'"created":1', b'"created":2'),
        chat(b"x")[:-1],
        chat(b"x") + chat(b"y"),
        b"event: error\n" + chat(b"x"),
        chat(b"first")[:40],
        b"",
    ],
)
def test_what_differs_in_more_than_its_text_does_not_fit(data: bytes) -> None:
    assert not mould_of(chat(b"first")).fits(data)


@pytest.mark.parametrize(
    "data", [chat(b"a") + chat(b"b"), b": hello\n" + chat(b"a"), chat(rb"\n"), b"data: 1\n\n"]
)
def test_no_shape_is_taken_of_more_than_one_event_or_of_text_with_escapes(data: bytes) -> None:
    mould = mould_of(data)
    assert not mould.fits(data)
    assert not mould.fits(chat(b"x"))


def test_an_event_that_changes_with_time_is_cast_again_while_casts_are_of_use() -> None:
    """`created` steps each second; where a counter differs in each event, casting is given up."""
    mould = mould_of(chat(b"a"))
    assert mould.fits(chat(b"b"))
    later = chat(b"c").replace(b'"created":1', b'"created":2')
    mould.cast(later, later[6:-2])
    assert mould.fits(later)
    counting = TokenMould()
    for number in range(3):
        data = chat(b"a").replace(b'"created":1', b'"created":%d' % number)
        assert not counting.fits(data)
        counting.cast(data, data[6:-2])
    assert counting.fits(chat(b"x").replace(b'"created":1', b'"created":0'))
