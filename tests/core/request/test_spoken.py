"""Replies put together from their events."""

from __future__ import annotations

import msgspec

from rocmtui.core.request.spoken import CallTally, KeepingDecoder, Reply, calls_of, put_together


def delta(**said: object) -> bytes:
    return msgspec.json.encode({"choices": [{"index": 0, "delta": said}]})


def test_text_and_reasoning() -> None:
    events = [
        delta(role="assistant", content=None),
        delta(reasoning_content="hm"),
        delta(content="a"),
        delta(content="b"),
    ]
    assert put_together([*events, b"[DONE]", b"{no"]) == Reply(text="ab", reasoned=True)


def test_other_endpoints() -> None:
    assert put_together([b'{"content": "a"}', b'{"content": "b", "stop": true}']).text == "ab"
    assert put_together([b'{"choices": [{"text": "a"}]}']).text == "a"


def test_calls_are_joined_from_their_pieces() -> None:
    events = [
        delta(tool_calls=[{"index": 0, "id": "x", "function": {"name": "w", "arguments": '{"a"'}}]),
        delta(
            tool_calls=[
                {"index": 0, "function": {"arguments": ":1}"}},
                {"index": 1, "function": {"name": "v"}},
            ]
        ),
    ]
    first, second = put_together(events).tool_calls
    assert (first["id"], first["function"]) == ("x", {"name": "w", "arguments": '{"a":1}'})
    assert second["function"]["name"] == "v"


def test_a_decoder_that_keeps_gives_the_same_payloads() -> None:
    decoder = KeepingDecoder()
    assert [*decoder.feed(b"data: 1\n\nda"), *decoder.feed(b"ta: 2\n\n")] == [b"1", b"2"] == decoder.kept


def test_a_call_parses_when_it_names_a_tool_that_was_offered_and_gives_it_an_object() -> None:
    tools = [{"type": "function", "function": {"name": "w"}}, {"type": "odd"}, 5]

    def said(name: str, arguments: str) -> Reply:
        return Reply(tool_calls=({"function": {"name": name, "arguments": arguments}},))

    good = (said("w", '{"a": 1}'), said("w", ""))
    bad = (said("v", "{}"), said("w", "[1]"), said("w", '{"a":'))
    assert [calls_of(reply, tools).parsed for reply in (*good, *bad)] == [1, 1, 0, 0, 0]
    assert calls_of(Reply(text="no"), tools) == CallTally(0, 0)
