"""Gathers the turns of a run, and finds those that lost what they could have reused."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import msgspec

from rocmtui.core.load.scenario import Scenario
from rocmtui.core.report.conversations.figures import ConversationFigures, LostPrefix, TurnFigures
from rocmtui.core.request.record import RequestRecord
from rocmtui.core.request.values import ttft
from rocmtui.core.stats.quantiles import quantile_of

LOST_SHARE = 0.5
"""A prefix is lost when less than this share of what could be reused came from the cache."""
LEAST_TOKENS = 32
"""Less is not worth a word."""
MOST_EXAMPLES = 5


class _Turn(msgspec.Struct, frozen=True):
    conversation: int
    turn: int
    sent_ns: int
    done_ns: int
    prompt: int
    cached: int
    reusable: int
    ttft_us: int
    failed: int


_UNKNOWN = -1


class ConversationTally:
    """Takes the records of a run, about 70 bytes a turn."""

    def __init__(self) -> None:
        self._columns = tuple(array("q") for _ in _Turn.__struct_fields__)

    def add(self, record: RequestRecord) -> None:
        """Take one record; those of no conversation are passed over."""
        if record.conversation is None or record.turn is None or record.sent_ns is None:
            return
        first_ms = ttft(record)
        row = (
            record.conversation,
            record.turn,
            record.sent_ns,
            record.done_ns,
            _or_unknown(record.prompt_tokens) if record.counts else _UNKNOWN,
            _or_unknown(record.cached_tokens),
            _or_unknown(record.reusable_tokens),
            _UNKNOWN if first_ms is None or not record.counts else round(first_ms * 1e3),
            record.error is not None,
        )
        for column, value in zip(self._columns, row, strict=True):
            column.append(value)

    def figures(self, scenario: Scenario | None, slots: int | None) -> ConversationFigures | None:
        """What they come to; None without any."""
        turns = sorted(self._all(), key=lambda turn: (turn.conversation, turn.turn))
        if not turns:
            return None
        known = [turn for turn in turns if min(turn.prompt, turn.cached, turn.reusable) >= 0]
        lost = [turn for turn in known if _is_lost(turn)]
        before = {(turn.conversation, turn.turn + 1): turn for turn in turns}
        return ConversationFigures(
            conversations=len({turn.conversation for turn in turns}),
            broken=sum(turn.failed for turn in turns),
            turns=tuple(_figures_of_turns(turns)),
            reusable_tokens=sum(min(turn.reusable, turn.prompt) for turn in known),
            cached_tokens=sum(min(turn.cached, turn.reusable) for turn in known),
            lost=len(lost),
            examples=tuple(
                _told(turn, self._cause(turn, before.get((turn.conversation, turn.turn)), scenario, slots))
                for turn in sorted(lost, key=lambda turn: turn.sent_ns)[:MOST_EXAMPLES]
            ),
            overtaken=sum(
                turn.sent_ns < before[turn.conversation, turn.turn].done_ns
                for turn in turns
                if (turn.conversation, turn.turn) in before
            ),
        )

    def _all(self) -> Iterator[_Turn]:
        return (_Turn(*row) for row in zip(*self._columns, strict=True))

    def _cause(self, turn: _Turn, before: _Turn | None, scenario: Scenario | None, slots: int | None) -> str:
        """Why a prefix was lost, where the client can know."""
        if scenario is not None and not scenario.cache_prompt:
            return "the prompt cache was off"
        if before is None or slots is None:
            return ""
        others = {
            other.conversation
            for other in self._all()
            if other.sent_ns < turn.sent_ns and other.done_ns > before.done_ns
        } - {turn.conversation}
        if len(others) >= slots:
            return "the slot went to another conversation"
        return "its slot was free for it, and the server kept no more (a sliding window needs --swa-full)"


def _or_unknown(value: int | None) -> int:
    return _UNKNOWN if value is None else value


def _is_lost(turn: _Turn) -> bool:
    reusable = min(turn.reusable, turn.prompt)
    return turn.turn > 0 and reusable >= LEAST_TOKENS and turn.cached < reusable * LOST_SHARE


def _told(turn: _Turn, cause: str) -> LostPrefix:
    return LostPrefix(
        conversation=turn.conversation + 1,
        turn=turn.turn + 1,
        prompt_tokens=turn.prompt,
        reusable_tokens=min(turn.reusable, turn.prompt),
        cached_tokens=turn.cached,
        cause=cause,
    )


def _figures_of_turns(turns: list[_Turn]) -> Iterator[TurnFigures]:
    for number in sorted({turn.turn for turn in turns}):
        of_turn = [turn for turn in turns if turn.turn == number and turn.prompt != _UNKNOWN]
        if not of_turn:
            continue
        first = [turn.ttft_us / 1e3 for turn in of_turn if turn.ttft_us >= 0]
        yield TurnFigures(
            turn=number + 1,
            requests=len(of_turn),
            prompt_tokens=_median(turn.prompt for turn in of_turn),
            cached_tokens=_median(turn.cached for turn in of_turn),
            computed_tokens=_median(turn.prompt - turn.cached for turn in of_turn if turn.cached >= 0),
            reusable_tokens=_median(min(turn.reusable, turn.prompt) for turn in of_turn),
            ttft_ms=quantile_of(first, 0.5),
            ttft_p95_ms=quantile_of(first, 0.95),
        )


def _median(values: Iterator[int]) -> float | None:
    return quantile_of((value for value in values if value >= 0), 0.5)
