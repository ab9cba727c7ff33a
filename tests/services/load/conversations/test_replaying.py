"""Traces carried out: at their times, sub-agents side by side, nothing before what it waits for."""

from __future__ import annotations

import pytest

from rocmtui.core.load.conversation import Conversation, Turn
from rocmtui.core.load.scenario import Message, OpenLoop
from rocmtui.core.load.workload import TracePlan
from rocmtui.core.session.commands import AddConversations, Pause, Resume
from rocmtui.services.load.shapes import LEAD_S
from tests.services.load.fixture import Load

TRACE = OpenLoop(rate=1.0, arrivals="trace")
SAID = (Message("user", "x"),)


def turn(at_s: float | None = None, **more: object) -> Turn:
    return Turn(messages=SAID, fresh=True, at_s=at_s, **more)  # type: ignore[arg-type]


def given(load: Load, *conversations: Conversation, last: bool = True) -> None:
    load.runner.obey(AddConversations(conversations=conversations, last=last))


def sent(load: Load) -> list[float]:
    return [round(at_s - LEAD_S, 6) for at_s in load.sent_s]


@pytest.mark.parametrize("seconds", [10.0, 0.01])
async def test_sessions_begin_at_their_times_whatever_the_server_does(seconds: float) -> None:
    load = Load(TRACE, seconds=seconds, trace=TracePlan(file="t"))
    given(load, *(Conversation(number=n, turns=(turn(n * 0.5),)) for n in range(4)))
    finished = await load.finish()
    assert sent(load) == [0, 0.5, 1.0, 1.5]
    assert finished.reason == "requests"
    assert all(r.scheduled_ns == r.sent_ns for r in load.records)


async def test_a_turn_is_due_at_its_time_but_not_before_the_last_has_ended() -> None:
    load = Load(TRACE, seconds=2.0, trace=TracePlan(file="t"))
    given(load, Conversation(number=0, turns=(turn(0.0), turn(1.0), turn(7.0))))
    await load.finish()
    assert sent(load) == [0, 2.0, 7.0]


async def test_a_pause_moves_what_is_still_to_come() -> None:
    load = Load(TRACE, trace=TracePlan(file="t"))
    given(load, *(Conversation(number=n, turns=(turn(float(n)),)) for n in range(3)))
    await load.advance(0.5)
    load.runner.obey(Pause())
    await load.advance(5.5)
    load.runner.obey(Resume())
    await load.finish()
    first, second, third = sent(load)
    assert first == 0
    assert second >= 6.0 - LEAD_S
    assert round(third - second, 1) == 1.0


async def test_too_many_open_at_once_are_dropped_and_counted() -> None:
    load = Load(
        OpenLoop(rate=1.0, arrivals="trace", max_in_flight=1), seconds=10.0, trace=TracePlan(file="t")
    )
    given(load, *(Conversation(number=n, turns=(turn(n * 1.0),)) for n in range(3)))
    await load.finish()
    assert len(load.records) == 1
    assert load.snapshots[-1].dropped == 2


async def test_sub_agents_run_side_by_side_and_the_next_turn_waits_for_them() -> None:
    load = Load(1, trace=TracePlan(file="t"))
    slow = Conversation(number=2, turns=(turn(), turn(think_s=0.5)))
    quick = Conversation(number=1, turns=(turn(think_s=0.25),))
    given(load, Conversation(number=0, turns=(turn(children=(quick, slow)), turn(reusable_tokens=7))))
    await load.finish()
    assert load.sent_s == [0, 1.0, 1.25, 2.5, 3.5]
    assert [(r.conversation, r.turn, r.reusable_tokens) for r in load.records] == [
        (0, 0, None),
        (2, 0, None),
        (1, 0, None),
        (2, 1, None),
        (0, 1, 7),
    ]
