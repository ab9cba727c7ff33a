"""Lines of traces: each format, and what is no line of any."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.load.traces.formats import line_format
from rocmtui.core.load.traces.session import SeenBlocks, TraceRequest
from rocmtui.core.load.traces.weka import looks_like_weka, read_weka
from rocmtui.errors import UsageError


def test_mooncake_in_milliseconds_and_blocks_of_512() -> None:
    line = b'{"timestamp": 1500, "input_length": 655, "output_length": 52, "hash_ids": [46, 47]}'
    found = line_format(line, "t, line 1")
    assert (found.name, found.block_tokens) == ("Mooncake", 512)
    assert found.read(line, "") == TraceRequest(
        prompt_tokens=655, output_tokens=52, at_s=1.5, blocks=(46, 47)
    )


def test_bailian_in_seconds_with_sessions_by_the_root_of_a_chat() -> None:
    said = {"chat_id": 5, "timestamp": 61.1, "input_length": 40, "output_length": 4, "hash_ids": [1, 2, 3]}
    lines = [said, {**said, "chat_id": 6, "parent_chat_id": 5}, {**said, "chat_id": 7, "parent_chat_id": 6}]
    coded = [msgspec.json.encode(line) for line in lines]
    found = line_format(coded[0], "t, line 1")
    assert (found.name, found.block_tokens) == ("Bailian", 16)
    read = [found.read(line, "") for line in coded]
    assert [(r.session, r.at_s) for r in read if r] == [("5", 61.1)] * 3


def test_burstgpt_passes_over_what_failed_when_it_was_recorded() -> None:
    head = b"Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n"
    found = line_format(head, "t, line 1")
    assert found.has_header
    assert found.read(b"5,ChatGPT,472,18,490,Conversation log\n", "") == TraceRequest(
        prompt_tokens=472, output_tokens=18, at_s=5.0
    )
    assert found.read(b"5,ChatGPT,472,0,472,Conversation log\n", "") is None
    newer = line_format(b'"Timestamp",Session ID,Elapsed time,Model,Request tokens,Response tokens\r\n', "")
    request = newer.read(b'5,"a, c",1,ChatGPT,472,18\r\n', "")
    assert request is not None
    assert request.session == "a, c"


def test_azure_says_dates() -> None:
    found = line_format(b"TIMESTAMP,ContextTokens,GeneratedTokens\n", "")
    lines = (b"2023-11-16 18:15:46.6805900,374,44\n", b"2023-11-16 18:15:48.1805900,396,109\n")
    first, second = (request for line in lines if (request := found.read(line, "")))
    assert (found.name, first.prompt_tokens, second.output_tokens) == ("Azure", 374, 109)
    assert (second.at_s or 0) - (first.at_s or 0) == pytest.approx(1.5)


@pytest.mark.parametrize("more", ["", ', "chat_id": 3'])
def test_a_request_without_an_answer_failed_when_it_was_recorded(more: str) -> None:
    line = f'{{"timestamp": 1, "input_length": 9, "output_length": 0{more}}}'.encode()
    assert line_format(line, "t, line 1").read(line, "t, line 1") is None


def test_our_own_have_no_blocks() -> None:
    line = b'{"timestamp": 0.5, "input_length": 10, "output_length": 2, "session_id": 3, "delay": 300}'
    found = line_format(line, "")
    assert (found.name, found.block_tokens) == ("rocmtui", 0)
    request = found.read(line, "")
    assert request is not None
    assert (request.session, request.think_s) == ("3", 0.3)


@pytest.mark.parametrize(
    ("first", "bad", "message"),
    [
        (b'{"prompt": "x"}', None, "t, line 1 is no line of a trace"),
        (b"hello", None, "t, line 1 is no line of a trace"),
        (b"Request tokens,x", None, "t, line 1 has no column 'Response tokens'"),
        (b'{"input_length": 1, "output_length": 1}', b"{", "t, line 9 is not JSON"),
        (b'{"input_length": 1, "output_length": 1}', b'{"input_length": 1}', "t, line 9: Object missing"),
        (
            b'{"input_length": 1, "output_length": 1}',
            b'{"input_length": 0, "output_length": 1}',
            "t, line 9: 0 tokens in and 1 out is no request",
        ),
        (b"Timestamp,Request tokens,Response tokens", b"1,two,3", "t, line 9: '1,two,3' is no line"),
        (b"Timestamp,Request tokens,Response tokens", b"1", "t, line 9: '1' is no line"),
        (b"Timestamp,Request tokens,Response tokens", b"nan,2,3", "t, line 9: 'nan,2,3' is no line"),
        (b"TIMESTAMP,ContextTokens,GeneratedTokens", b"1:2,2,3", "t, line 9: '1:2,2,3' is no line"),
    ],
)
def test_a_bad_line_is_named(first: bytes, bad: bytes | None, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_both(first, bad)
    assert refusal.value.message.startswith(message)


def read_both(first: bytes, bad: bytes | None) -> None:
    found = line_format(first, "t, line 1")
    if bad is not None:
        found.read(bad, "t, line 9")


def test_blocks_that_came_are_known_whatever_their_number() -> None:
    seen = SeenBlocks()
    assert seen.take((1, 2, 1 << 62)) == 0
    assert seen.take((1, 2, 3)) == 2
    assert seen.take((1, 2, 1 << 62, 9)) == 3
    assert seen.take((9, 1)) == 2
    assert seen.take((-5,)) == 0
    assert seen.take((-5,)) == 1


WEKA = b"""{"id": "t1", "block_size": 16, "requests": [
 {"t": 0, "type": "n", "in": 40, "out": 5, "hash_ids": [1, 2, 3], "api_time": 1.0},
 {"t": 1.2, "type": "subagent", "requests": [
   {"t": 0, "type": "s", "in": 30, "out": 4, "hash_ids": [1, 9]},
   {"t": 2, "type": "s", "in": 45, "out": 4, "hash_ids": [1, 9, 10], "think_time": 0.1}]},
 {"t": 5, "type": "n", "in": 60, "out": 6, "hash_ids": [1, 2, 3, 4]}]}"""


def test_weka_sub_agents_belong_to_the_turn_before_them() -> None:
    assert looks_like_weka(WEKA)
    session, block_tokens = read_weka(WEKA, "t.json")
    assert (session.count, block_tokens) == (2, 16)
    first, second = session.turns
    (child,) = first.children
    assert [turn.reusable_tokens for turn in child.turns] == [16, 32]
    assert [turn.request.think_s for turn in child.turns] == [0.0, 0.1]
    assert (second.request.think_s, second.reusable_tokens) == (4.0, 48)


@pytest.mark.parametrize("bad", [b"{", b'{"requests": 5}', b'{"requests": []}'])
def test_a_bad_conversation_is_named(bad: bytes) -> None:
    with pytest.raises(UsageError, match=r"t\.json"):
        read_weka(bad, "t.json")
