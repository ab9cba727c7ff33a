"""Lines of data: what is understood, what is refused, and which belong together."""

from __future__ import annotations

import msgspec
import pytest

from rocmtui.core.load.dataset.entry import Entry, read_entry
from rocmtui.core.load.dataset.joined import Joining, conversation_of
from rocmtui.core.load.scenario import Endpoint, Message
from rocmtui.errors import UsageError

HELLO = b'{"prompt": "hello", "id": 7}'
CHAT = b'{"messages": [{"role": "system", "content": "be brief"}, {"role": "user", "content": "hi"}]}'
GPT = b'{"id": "1", "conversations": [{"from": "human", "value": "a"}, {"from": "gpt", "value": "b"}]}'


def read(line: bytes | dict[str, object], **options: bool) -> Entry:
    data = line if isinstance(line, bytes) else msgspec.json.encode(line)
    return read_entry(data, "d.jsonl, line 17", "chat", **options)


def user(text: str) -> dict[str, object]:
    return {"role": "user", "content": text}


def test_prompts_messages_and_conversations() -> None:
    assert read(HELLO).messages == (Message("user", "hello"),)
    assert read(CHAT).messages == (Message("system", "be brief"), Message("user", "hi"))
    (turn,) = read(GPT).turns
    assert (turn.messages, turn.reply) == ((Message("user", "a"),), (Message("assistant", "b"),))


@pytest.mark.parametrize(
    "line",
    [
        {"text": "hi", "tools": None, "model": None},
        [user("hi")],
        {"conversation": [user("hi"), {"role": "assistant", "content": "yo"}]},
    ],
)
def test_other_names_of_the_same(line: object) -> None:
    entry = read(msgspec.json.encode(line))
    asked = entry.turns[0].messages if entry.turns else entry.messages
    assert (asked, entry.extras, entry.left_out) == ((Message("user", "hi"),), {}, ())


def test_calls_of_tools_in_a_conversation_are_those_of_a_request() -> None:
    said = [
        ("human", "w?"),
        ("gpt", "Let me see."),
        ("function_call", '{"name": "f", "arguments": {"a": 1}}'),
    ]
    said += [("observation", "21 C"), ("gpt", "Warm.")]
    line = {"conversations": [{"from": who, "value": text} for who, text in said]}
    first, second = read(line).turns
    call = {"id": "call2", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
    assert first.reply == (
        Message("assistant", "Let me see."),
        Message("assistant", None, tool_calls=(call,)),
    )
    assert (first.needs_reply, second.needs_reply) == (True, False)
    assert second.messages == (Message("tool", "21 C", tool_call_id="call2"),)
    assert second.reply == (Message("assistant", "Warm."),)


def test_lengths_tools_sessions_and_pictures_are_kept() -> None:
    tool = {"type": "function", "function": {"name": "w"}}
    picture = [
        {"type": "text", "text": "hi"},
        {"type": "image_url", "image_url": {"url": "data:image/png;,"}},
    ]
    said: dict[str, object] = {"role": "user", "content": picture}
    entry = read({"messages": [said], "tools": [tool], "output_length": 5, "session_id": 3, "timestamp": 10})
    assert entry.extras == {"tools": [tool]}
    assert entry.messages[0].content == tuple(picture)
    assert (entry.max_tokens, entry.session, entry.timestamp_ms) == (5, "3", 10)
    assert read({"prompt": "two", "max_tokens": 7}).max_tokens == 7


@pytest.mark.parametrize(
    "line",
    [
        {"prompt": "a", "colour": "red"},
        {"messages": [{"role": "user", "content": "a", "audio": 1}]},
        {"messages": [{"role": "user", "content": [{"text": "a"}]}]},
        {"conversations": [{"from": "human", "value": "a", "weight": 1}]},
    ],
)
def test_what_is_not_understood_is_refused_or_left_out_and_told(line: dict[str, object]) -> None:
    with pytest.raises(UsageError, match=r"line 17: .* is not understood") as refusal:
        read(line)
    assert "--lenient" in (refusal.value.remedy or "")
    assert len(read(line, lenient=True).left_out) == 1


@pytest.mark.parametrize(
    ("line", "endpoint", "message"),
    [
        (b"{no", "chat", "d.jsonl, line 17 is not JSON: JSON is malformed"),
        (b"\xff\xfe", "chat", "d.jsonl, line 17 is not JSON: JSON is malformed"),
        (b'{"prompt": 5}', "chat", "d.jsonl, line 17: Expected `str | null`, got `int` - at `$.prompt`"),
        (b'{"id": "x"}', "chat", "d.jsonl, line 17 needs either a prompt or messages"),
        (b'{"prompt": "a", "messages": []}', "chat", "d.jsonl, line 17 needs either a prompt or messages"),
        (b'{"messages": []}', "chat", "d.jsonl, line 17: there are no messages"),
        (b'{"messages": [{"role": "user"}]}', "chat", "d.jsonl, line 17: Object missing required field"),
        (b'{"prompt": ""}', "chat", "d.jsonl, line 17: the prompt is empty"),
        (b"[1]", "chat", "d.jsonl, line 17: Expected `object`, got `int`"),
        (
            b'{"url": "/v1", "body": {}}',
            "chat",
            "d.jsonl, line 17 needs either a prompt or messages, it holds url, body",
        ),
        (b'{"conversations": [{"from": "function_call", "value": "f()"}]}', "chat", "d.jsonl, line 17: "),
        (CHAT, "completion", "d.jsonl, line 17 holds messages, which only the chat endpoint takes"),
        (GPT, "completion", "d.jsonl, line 17 holds messages, which only the chat endpoint takes"),
        (b'{"prompt": "a", "max_tokens": 0}', "chat", "d.jsonl, line 17: 0 is no length of a reply"),
        (b'{"conversations": [{"from": "gpt", "value": "b"}]}', "chat", "d.jsonl, line 17: nobody asks"),
        (b'{"conversations": [{"from": "cat", "value": "b"}]}', "chat", "d.jsonl, line 17: "),
    ],
)
def test_a_bad_line_is_named(line: bytes, endpoint: Endpoint, message: str) -> None:
    with pytest.raises(UsageError) as refusal:
        read_entry(line, "d.jsonl, line 17", endpoint)
    assert refusal.value.message.startswith(message)
    assert refusal.value.remedy


def joined(*lines: dict[str, object]) -> list[list[int]]:
    joining = Joining()
    for line in lines:
        joining.take(read(line))
    return [list(group) for group in joining.groups()] if joining.any_joined else []


def test_lines_belong_together_by_session_or_by_growing_messages() -> None:
    a, grown = [user("a")], [user("a"), {"role": "assistant", "content": "b"}, user("c")]
    assert joined({"messages": a}, {"messages": grown}, {"messages": [user("d")]}) == [[0, 1], [2]]
    one, two = {"session_id": "1"}, {"session_id": 2}
    mixed = ({"messages": a, **one}, {"messages": [user("z")], **two}, {"messages": grown, **one})
    assert joined(*mixed) == [[0, 2], [1]]
    assert joined({"messages": a}, {"messages": [user("b")]}, {"messages": a}) == []


def test_growing_lines_come_to_turns_with_their_recorded_replies() -> None:
    a, grown = [user("a")], [user("a"), {"role": "assistant", "content": "b"}, user("c")]
    lines = ({"messages": a}, {"messages": grown, "delay": 1500, "max_tokens": 9}, {"messages": [user("z")]})
    first, second, third = conversation_of(4, map(read, lines)).turns
    assert (first.messages, first.reply) == ((Message("user", "a"),), (Message("assistant", "b"),))
    assert (second.messages, second.think_s, second.max_tokens) == ((Message("user", "c"),), 1.5, 9)
    assert (third.fresh, second.fresh) == (True, False)


def test_prompts_of_one_session_go_on() -> None:
    lines = ({"prompt": "a", "session_id": "s"}, {"prompt": "b", "session_id": "s"})
    first, second = conversation_of(0, map(read, lines)).turns
    assert (first.messages, second.messages) == ((Message("user", "a"),), (Message("user", "b"),))
    assert not second.fresh
