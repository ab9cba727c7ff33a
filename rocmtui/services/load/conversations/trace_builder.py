"""Makes the requests of a trace: their words, when they are due, and what a cache could give back."""

from __future__ import annotations

from typing import Protocol

from rocmtui.core.load.conversation import Conversation, Turn
from rocmtui.core.load.prompts import seed_of, to_prompt
from rocmtui.core.load.scenario import ClosedLoop, Message, Scenario
from rocmtui.core.load.traces.figures import left_out_words
from rocmtui.core.load.traces.session import TraceSession, TraceTurn
from rocmtui.core.load.traces.survey import Survey
from rocmtui.core.load.traces.words import TraceWords
from rocmtui.core.text import forms
from rocmtui.errors import UsageError
from rocmtui.services.load.conversation_feed import Conversations
from rocmtui.services.load.exact_prompts import PromptSet, Tokenizer, countable_words, length_of


class Trace(Protocol):
    """The sessions of a trace (adapters/load/trace_file.py)."""

    @property
    def survey(self) -> Survey: ...
    @property
    def block_tokens(self) -> int: ...
    def __len__(self) -> int: ...
    def session(self, number: int) -> TraceSession: ...
    def first_conversation(self, number: int) -> int: ...


class TraceBuilder:
    """The conversations of a trace."""

    def __init__(self, scenario: Scenario, tokenizer: Tokenizer, trace: Trace) -> None:
        self._scenario = scenario
        self._tokenizer = tokenizer
        self._trace = trace
        self._timed = not isinstance(scenario.shape, ClosedLoop)
        self._overhead = 0
        self._words: TraceWords

    async def build(self, slot_ctx: int | None) -> PromptSet:
        """All of them, with what the user should know. Raises UsageError where times are asked for."""
        if self._timed and self._trace.survey.rate is None:
            raise UsageError("the trace has no times", "let workers take its sessions: a closed loop")
        known = await countable_words(self._tokenizer)
        seed, block = seed_of(self._scenario), self._trace.block_tokens or 1
        self._words = TraceWords(seed, known.words, known.tokens_each, block)
        least = to_prompt(known.words[0], self._scenario.endpoint)
        self._overhead = max(await length_of(least, self._tokenizer) - 1, 0)
        notices = [known.notice] if known.notice else []
        notices += left_out_words(self._trace.survey)
        longer = self._trace.survey.longer_than(slot_ctx) if slot_ctx is not None else 0
        if longer:
            of_all = f"{forms.count(longer)} of {forms.count(self._trace.survey.requests)} requests"
            notices.append(
                f"{of_all} need more than a slot's {forms.count(slot_ctx)} tokens and will fail: "
                f"--max-context {slot_ctx} leaves them out"
            )
        again = self._scenario.requests is not None or self._scenario.duration_s is not None
        count = None if again and not self._timed else len(self._trace)
        rate = self._trace.survey.rate if self._timed else None
        return PromptSet(prompts=Conversations(self._one, count), notices=tuple(notices), rate=rate)

    def _one(self, number: int) -> Conversation:
        rounds, index = divmod(number, len(self._trace))
        first = self._trace.first_conversation(index) + rounds * self._trace.survey.sessions
        return self._conversation(self._trace.session(index), first)

    def _conversation(self, session: TraceSession, number: int) -> Conversation:
        following = number + 1
        turns: list[Turn] = []
        for index, turn in enumerate(session.turns):
            children: list[Conversation] = []
            for child in turn.children:
                children.append(self._conversation(child, following))
                following += child.count
            turns.append(self._turn(session, index, turn, tuple(children)))
        return Conversation(number=number, turns=tuple(turns))

    def _turn(
        self, session: TraceSession, index: int, turn: TraceTurn, children: tuple[Conversation, ...]
    ) -> Turn:
        request = turn.request
        text = self._words.text(session, index, request, self._overhead)
        return Turn(
            messages=(Message("user", text),),
            fresh=True,
            at_s=request.at_s if self._timed else None,
            think_s=request.think_s,
            max_tokens=request.output_tokens,
            reusable_tokens=turn.reusable_tokens if self._trace.survey.knows_reuse else None,
            children=children,
        )
