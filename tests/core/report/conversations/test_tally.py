"""Conversations in a report: by turn, and the sentence about a prefix that was lost."""

from __future__ import annotations

import pytest

from rocmtui.core.load.scenario import ClosedLoop, PromptPlan, Scenario
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.core.report.conversations.figures import ConversationFigures
from rocmtui.core.report.conversations.tally import ConversationTally
from rocmtui.core.report.conversations.text import conversation_warnings, reuse_text, turn_rows
from rocmtui.core.request.record import ErrorKind, Phase, RequestError, RequestRecord

MS = 1_000_000


def turn(conversation: int, number: int, sent_ms: int, **known: object) -> RequestRecord:
    """One of 100 ms whose first token came after 20."""
    return RequestRecord(
        id=0,
        worker=0,
        phase=Phase.MEASURED,
        sent_ns=sent_ms * MS,
        first_token_ns=(sent_ms + 20) * MS,
        done_ns=(sent_ms + 100) * MS,
        conversation=conversation,
        turn=number,
        **known,  # type: ignore[arg-type]
    )


def figures(*records: RequestRecord, slots: int = 1, cache: bool = True) -> ConversationFigures | None:
    tally = ConversationTally()
    for record in records:
        tally.add(record)
    plan = ConversationPlan(count=2)
    shape, prompt = ClosedLoop(concurrency=2), PromptPlan()
    return tally.figures(Scenario(shape=shape, prompt=prompt, conversations=plan, cache_prompt=cache), slots)


FIRST = {"prompt_tokens": 100, "cached_tokens": 0}
KEPT = {"prompt_tokens": 150, "cached_tokens": 110, "reusable_tokens": 119}
KEPT_LESS = "its slot was free for it, and the server kept no more (a sliding window needs --swa-full)"
LOST = {**KEPT, "cached_tokens": 0}


def test_by_turn_prompt_cached_computed_and_ttft() -> None:
    found = figures(turn(0, 0, 0, **FIRST), turn(0, 1, 200, **KEPT), turn(1, 0, 0, **FIRST))
    assert found is not None
    assert turn_rows(found) == [
        ("1", "2", "100", "–", "0", "100", "20 ms", "20 ms"),
        ("2", "1", "150", "119", "110", "40", "20 ms", "20 ms"),
    ]
    assert (found.conversations, found.lost, found.overtaken) == (2, 0, 0)
    assert reuse_text(found) == "cache: 110 of 119 reusable prompt tokens came from it (92 %)"
    assert not conversation_warnings(found)


@pytest.mark.parametrize(
    ("slots", "cache", "cause"),
    [
        (1, True, "the slot went to another conversation"),
        (
            2,
            True,
            "its slot was free for it, and the server kept no more (a sliding window needs --swa-full)",
        ),
        (1, False, "the prompt cache was off"),
    ],
)
def test_a_lost_prefix_is_named_with_its_cause(slots: int, cache: bool, cause: str) -> None:
    others = turn(1, 0, 110, **FIRST)
    found = figures(turn(0, 0, 0, **FIRST), others, turn(0, 1, 300, **LOST), slots=slots, cache=cache)
    (told,) = conversation_warnings(found)
    assert told == f"turn 2 of conversation 1: 119 of 150 prompt tokens could be reused, 0 were: {cause}"


def test_a_conversation_that_ran_before_took_no_slot() -> None:
    before = turn(1, 0, -200, **FIRST)
    found = figures(before, turn(0, 0, 0, **FIRST), turn(0, 1, 300, **LOST))
    assert found is not None
    assert found.examples[0].cause.startswith("its slot was free")


def test_broken_ones_and_turns_that_overtook_are_told() -> None:
    error = RequestError(kind=ErrorKind.CONNECT, message="refused")
    found = figures(turn(0, 0, 0, **FIRST), turn(0, 1, 50, **KEPT), turn(1, 0, 0, error=error))
    assert conversation_warnings(found) == [
        "1 turn began before the one before had ended",
        "1 of 2 conversations broke off with a turn that failed: what follows it was not sent",
    ]


def test_requests_that_stand_alone_are_none() -> None:
    alone = RequestRecord(id=0, worker=0, phase=Phase.MEASURED, sent_ns=0, done_ns=1)
    assert figures(alone) is None
