"""What each turn sends, what of it a cache could give back, and where the nonce stands."""

from __future__ import annotations

import pytest

from rocmtui.core.load.conversation import Conversation, History, Turn, marked
from rocmtui.core.load.scenario import Message
from rocmtui.core.request.spoken import Reply

SYSTEM, HI, MORE = Message("system", "be brief"), Message("user", "hi"), Message("user", "more")
HELLO = Message("assistant", "hello")


def test_a_live_history_repeats_what_the_model_said_and_could_reuse_all_but_the_last_token() -> None:
    history = History(recorded=False)
    first, second = Turn(messages=(SYSTEM, HI), reply=(HELLO,)), Turn(messages=(MORE,))
    assert history.prompt(first).messages == (SYSTEM, HI)
    history.heard(first, Reply(text="hey"), 100, 20)
    assert history.reusable_tokens(second) == 119
    assert history.prompt(second).messages == (SYSTEM, HI, Message("assistant", "hey"), MORE)


def test_a_recorded_history_repeats_the_record_and_could_reuse_the_prompt_alone() -> None:
    history = History(recorded=True)
    first, second = Turn(messages=(HI,), reply=(HELLO,)), Turn(messages=(MORE,))
    history.prompt(first)
    history.heard(first, Reply(text="hey"), 100, 20)
    assert history.reusable_tokens(second) == 100
    assert history.prompt(second).messages == (HI, HELLO, MORE)


def test_reasoning_is_not_repeated_and_not_reusable() -> None:
    history = History(recorded=False)
    history.prompt(Turn(messages=(HI,)))
    history.heard(Turn(messages=(HI,)), Reply(text="hey", reasoned=True), 100, 20)
    assert history.reusable_tokens(Turn(messages=(MORE,))) == 100


def test_the_result_of_a_tool_follows_the_recorded_call_even_live() -> None:
    call = Message("assistant", None, tool_calls=({"id": "1", "type": "function"},))
    first, result = (
        Turn(messages=(HI,), reply=(call,), needs_reply=True),
        Message("tool", "21 C", tool_call_id="1"),
    )
    history = History(recorded=False)
    history.prompt(first)
    history.heard(first, Reply(text="no idea"), 100, 20)
    assert history.prompt(Turn(messages=(result,))).messages == (HI, call, result)


@pytest.mark.parametrize("turn", [Turn(messages=(MORE,), fresh=True), Turn(messages=(MORE,), follows=False)])
def test_what_no_cache_could_give_back_is_not_expected(turn: Turn) -> None:
    history = History(recorded=False)
    history.prompt(Turn(messages=(HI,)))
    history.heard(Turn(messages=(HI,)), Reply(), 100, 20)
    assert history.reusable_tokens(turn) is None
    assert (history.prompt(turn).messages == (MORE,)) is turn.fresh


def test_the_nonce_stands_first_or_after_a_shared_system_message_and_once() -> None:
    talk = Conversation(number=0, turns=(Turn(messages=(SYSTEM, HI)), Turn(messages=(MORE,))))
    first = marked(talk, "[x] ", shared_system=False)
    assert first.turns[0].messages == (Message("system", "[x] be brief"), HI)
    shared = marked(talk, "[x] ", shared_system=True)
    assert shared.turns[0].messages == (SYSTEM, Message("user", "[x] hi"))
    assert first.turns[1] == shared.turns[1] == talk.turns[1]
    parts = Turn(messages=(Message("user", ({"type": "image_url"},)),))
    begun = marked(Conversation(number=0, turns=(parts,)), "[x] ", shared_system=True)
    assert begun.turns[0].messages[0].content == ({"type": "text", "text": "[x] "}, {"type": "image_url"})
