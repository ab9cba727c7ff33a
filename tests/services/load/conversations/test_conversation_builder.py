"""Conversations made of words or of a data set: their lengths, their nonces, and what the template does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pytest

from rocmtui.core.load.conversation import Conversation, Turn
from rocmtui.core.load.scenario import ClosedLoop, Message, PromptPlan, Scenario
from rocmtui.core.load.share import share_of
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.core.session.commands import AddConversations, LoadCommand
from rocmtui.errors import UsageError
from rocmtui.services.load.conversation_feed import ConversationFeed, Conversations
from rocmtui.services.load.exact_prompts import PromptSet
from rocmtui.services.load.prompt_builder import build_prompts
from tests.services.load.test_prompt_builder import Source, WordTokenizer


class KeepingTemplate(WordTokenizer):
    """A template that begins each prompt with the one before."""

    async def apply_template(self, messages: Sequence[Mapping[str, Any]]) -> str | None:
        said = "".join(f"<{message['role']}> {message['content']} </>" for message in messages)
        return f"{said}<assistant>"


def scenario(plan: ConversationPlan | None, *, nonce: bool = False, **fields: object) -> Scenario:
    prompt = PromptPlan(nonce=nonce, dataset="d" if plan is None or plan.count is None else None)
    base = Scenario(shape=ClosedLoop(concurrency=2), prompt=prompt, conversations=plan)
    return msgspec.structs.replace(base, **fields)


async def built(
    what: Scenario, talks: Sequence[Conversation] | None = None, tokenizer: WordTokenizer | None = None
) -> PromptSet:
    return await build_prompts(what, tokenizer or KeepingTemplate(), Source(talks))


def made(found: PromptSet) -> Conversations:
    assert isinstance(found.prompts, Conversations)
    return found.prompts


def texts(conversation: Conversation) -> list[str]:
    return [str(message.content) for turn in conversation.turns for message in turn.messages]


PLAN = ConversationPlan(count=3, turns=2, turn_tokens=20, system_tokens=50)


async def test_made_ones_have_the_lengths_asked_for_and_one_system_message() -> None:
    found = made(await built(scenario(PLAN)))
    assert found.count == 3
    assert [len(text.split()) for text in texts(found[0])] == [50, 20, 20]
    assert texts(found[0])[0] == texts(found[1])[0]
    assert texts(found[0])[1] != texts(found[1])[1] != texts(found[1])[2]
    assert found[0] == made(await built(scenario(PLAN)))[0]


async def test_the_nonce_parts_conversations_and_a_shared_system_message_joins_them() -> None:
    alone = made(await built(scenario(PLAN, nonce=True)))
    assert texts(alone[0])[0] != texts(alone[1])[0]
    assert alone[1].shared_tokens == 0
    shared = made(await built(scenario(msgspec.structs.replace(PLAN, shared_system=True), nonce=True)))
    assert texts(shared[0])[0] == texts(shared[1])[0]
    assert texts(shared[0])[1].startswith("[")
    assert (shared[0].shared_tokens, shared[1].shared_tokens) == (0, 50)


async def test_a_template_that_changes_what_was_said_is_told_and_nothing_is_expected_then() -> None:
    kept = await built(scenario(PLAN))
    changed = await built(scenario(PLAN), tokenizer=WordTokenizer())
    assert not kept.notices
    assert changed.notices == (
        "by the chat template turn 2's prompt does not begin with turn 1's: 73 of its 75 tokens are the "
        "same, so no cache can give back the rest",
    )
    assert [made(found)[0].turns[1].follows for found in (kept, changed)] == [True, False]


async def test_those_of_a_data_set_are_used_once_or_again_until_the_end() -> None:
    talk = Conversation(number=0, turns=(Turn(messages=(Message("user", "hi"),)),))
    once = await built(scenario(None), [talk, talk])
    assert (made(once).count, once.conversations) == (2, ConversationPlan())
    again = made(await built(scenario(None, requests=9), [talk, talk]))
    assert (again.count, again[7].number) == (None, 7)
    with pytest.raises(UsageError, match="no two lines of the data set belong together"):
        await built(scenario(ConversationPlan()))


async def test_those_with_times_are_sent_once_whatever_the_end() -> None:
    talk = Conversation(number=0, turns=(Turn(messages=(Message("user", "hi"),), at_s=0.5),))
    plan = PromptPlan(dataset="d", timed=True, nonce=False)
    timed = await built(scenario(None, requests=9, prompt=plan), [talk, talk, talk])
    assert (made(timed).count, made(timed)[2].turns[0].at_s) == (3, 0.5)


class Listener:
    """A load process that only takes commands."""

    def __init__(self) -> None:
        self.numbers: list[int] = []
        self.last = False

    async def send(self, command: LoadCommand) -> None:
        assert isinstance(command, AddConversations)
        self.numbers += [conversation.number for conversation in command.conversations]
        self.last = command.last


async def test_each_process_is_fed_its_own_a_little_ahead() -> None:
    talks = Conversations(lambda n: Conversation(number=n, turns=(Turn(messages=()),)), 4000)
    share = share_of(scenario(PLAN, processes=2), 1)
    feed, process = ConversationFeed(talks, share), Listener()
    await feed.feed(process, 0)  # type: ignore[arg-type]
    first = len(process.numbers)
    assert process.numbers == list(range(1, 2 * first, 2))
    assert first < 400
    await feed.feed(process, 1)  # type: ignore[arg-type]
    assert len(process.numbers) == first
    for begun in range(0, 2001, 50):
        await feed.feed(process, begun)  # type: ignore[arg-type]
    assert process.numbers == list(range(1, 4000, 2))
    assert process.last
