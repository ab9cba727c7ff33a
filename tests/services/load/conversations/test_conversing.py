"""Conversations carried out: in order, with their pauses, one a worker, and no turn before its time."""

from __future__ import annotations

from collections import defaultdict
from itertools import pairwise

from rocmtui.core.load.conversation import Conversation, Turn
from rocmtui.core.load.scenario import Message
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.session.commands import AddConversations, SetConcurrency
from tests.fakes.scripted_sender import REFUSED
from tests.services.load.fixture import Load


def talk(number: int, turns: int = 3, **of_turn: float) -> Conversation:
    asked = tuple(Turn(messages=(Message("user", f"{number}/{turn}"),), **of_turn) for turn in range(turns))  # type: ignore[arg-type]
    return Conversation(number=number, turns=asked)


def given(load: Load, *conversations: Conversation, last: bool = True) -> None:
    load.runner.obey(AddConversations(conversations=conversations, last=last))


def by_conversation(load: Load) -> dict[int, list[RequestRecord]]:
    found: dict[int, list[RequestRecord]] = defaultdict(list)
    for record in sorted(load.records, key=lambda record: (record.conversation or 0, record.turn or 0)):
        assert record.conversation is not None
        found[record.conversation].append(record)
    return found


async def test_turns_follow_their_predecessors_after_the_pause() -> None:
    load = Load(2, conversations=ConversationPlan(think_s=0.5))
    given(load, talk(0), talk(1), talk(2))
    finished = await load.finish()
    assert finished.reason == "requests"
    for records in by_conversation(load).values():
        assert [record.turn for record in records] == [0, 1, 2]
        for before, after in pairwise(records):
            assert after.sent_ns == before.done_ns + 500_000_000 == after.scheduled_ns
    assert load.sender.most_open == 2
    assert load.sent_s == [0, 0, 1.5, 1.5, 3, 3, 4, 5.5, 7]
    assert [len(messages) for messages in load.sender.messages[:5]] == [1, 1, 3, 3, 5]


async def test_a_pause_of_its_own_counts_more_than_that_of_the_plan() -> None:
    load = Load(1, conversations=ConversationPlan(think_s=5.0))
    given(load, talk(0, think_s=0.0))
    await load.finish()
    assert load.sent_s == [0, 1, 2]


async def test_a_conversation_whose_turn_fails_ends_and_the_next_begins() -> None:
    load = Load(1, conversations=ConversationPlan())
    load.sender.error = lambda number: REFUSED if number == 1 else None
    given(load, talk(0), talk(1))
    await load.finish()
    assert {number: len(records) for number, records in by_conversation(load).items()} == {0: 2, 1: 3}


async def test_it_waits_for_conversations_that_come_later_and_ends_with_the_last() -> None:
    load = Load(2, conversations=ConversationPlan())
    given(load, talk(0, 1), last=False)
    await load.advance(5)
    assert not load.ended
    given(load, talk(1, 2))
    await load.finish()
    assert load.sent_s == [0, 5, 6]


async def test_the_end_of_a_count_or_a_duration_cuts_conversations_off() -> None:
    load = Load(2, conversations=ConversationPlan(think_s=30.0), requests=3)
    given(load, talk(0), talk(1))
    await load.finish()
    assert len(load.records) == 3
    timed = Load(2, conversations=ConversationPlan(think_s=30.0), duration_s=10.0)
    given(timed, talk(0), talk(1))
    finished = await timed.finish()
    assert (finished.reason, len(timed.records)) == ("duration", 2)


async def test_workers_can_be_added_and_leave_after_their_conversation() -> None:
    load = Load(1, conversations=ConversationPlan())
    given(load, *(talk(number) for number in range(4)))
    await load.advance(0.5)
    load.runner.obey(SetConcurrency(concurrency=3))
    await load.advance(0)
    assert load.sent_s == [0, 0.5, 0.5]
    load.runner.obey(SetConcurrency(concurrency=1))
    await load.finish()
    assert sorted(map(len, by_conversation(load).values())) == [3, 3, 3, 3]
