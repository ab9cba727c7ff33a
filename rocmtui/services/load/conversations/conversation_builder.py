"""Builds the conversations of a load, and finds out whether the chat template keeps what was said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from rocmtui.core.load.conversation import Conversation, History, Turn, marked
from rocmtui.core.load.prompts import nonce, seed_of
from rocmtui.core.load.scenario import Message, Scenario
from rocmtui.core.load.workload import ConversationPlan
from rocmtui.core.request.spoken import Reply
from rocmtui.core.text import forms
from rocmtui.services.load.conversation_feed import Conversations
from rocmtui.services.load.exact_prompts import PromptSet, Tokenizer, Words, countable_words

STAND_IN = Reply(text="Quite so.")
"""Said by the model, to see what the template makes of what was said before."""


@dataclass(eq=False)
class ConversationBuilder:
    """The conversations of a plan: made of words, or those of a data set."""

    _scenario: Scenario
    _plan: ConversationPlan
    _tokenizer: Tokenizer
    _data: Sequence[Conversation] = ()
    """Empty: they are made."""
    _words: Words = field(init=False)
    _system: tuple[Message, ...] = field(init=False, default=())
    _system_tokens: int = field(init=False, default=0)
    _follows: bool = field(init=False, default=True)

    async def build(self) -> PromptSet:
        """All of them, with what the user should know."""
        notices: list[str] = []
        if not self._data:
            self._words = await countable_words(self._tokenizer)
            notices += [self._words.notice] if self._words.notice else []
            if self._plan.system_tokens:
                self._system = (Message("system", self._text("system", self._plan.system_tokens)),)
        found = await template_notice(self._one(0), self._tokenizer)
        self._follows = not found
        notices += [found] if found else []
        shared = self._shared_system()
        if shared:
            self._system_tokens = await tokens_of(shared, self._tokenizer)
        return PromptSet(prompts=Conversations(self._one, self._count()), notices=tuple(notices))

    def _count(self) -> int | None:
        """How many conversations there are; None: as many as fit the load's end."""
        scenario = self._scenario
        if scenario.prompt.timed:
            return len(self._data)
        if scenario.requests is not None or scenario.duration_s is not None:
            return None
        return self._plan.count or len(self._data) or None

    def _one(self, number: int) -> Conversation:
        if self._data:
            raw = self._data[number % len(self._data)]
            conversation = msgspec.structs.replace(raw, number=number)
        else:
            conversation = self._made(number)
        mark = f"[{nonce(seed_of(self._scenario), number)}] " if self._scenario.prompt.nonce else ""
        conversation = marked(conversation, mark, shared_system=self._plan.shared_system)
        turns = conversation.turns
        if not self._follows:
            turns = tuple(msgspec.structs.replace(turn, follows=False) for turn in turns)
        shared = self._system_tokens if number else 0
        return msgspec.structs.replace(conversation, turns=turns, shared_tokens=shared)

    def _made(self, number: int) -> Conversation:
        turns = []
        for index in range(self._plan.turns):
            said = Message("user", self._text(f"{number}/{index}", self._plan.turn_tokens))
            turns.append(Turn(messages=(*(self._system if not index else ()), said)))
        return Conversation(number=number, turns=tuple(turns))

    def _text(self, which: str, tokens: int) -> str:
        count = max(round(tokens / self._words.tokens_each), 1)
        drawn = random.Random(f"{seed_of(self._scenario)}/{which}").choices(self._words.words, k=count)
        return " ".join(drawn)

    def _shared_system(self) -> str:
        """The system message all conversations have in common, where they do."""
        if not self._plan.shared_system:
            return ""
        first = self._one(0).turns[0].messages[0]
        return first.content if first.role == "system" and isinstance(first.content, str) else ""


async def tokens_of(text: str, tokenizer: Tokenizer) -> int:
    """Tokens of a text; 0 where the server cannot count."""
    return len(await tokenizer.tokenize(text) or ())


async def template_notice(conversation: Conversation, tokenizer: Tokenizer) -> str:
    """What to say of a chat template that changes what was said before; empty where it keeps it.

    The first two turns are tried, with a reply that stands in for the model's.
    """
    history = History(recorded=True)
    before: str | None = None
    for index, turn in enumerate(conversation.turns[:2]):
        messages = history.prompt(turn).messages
        text = await tokenizer.apply_template([msgspec.to_builtins(message) for message in messages])
        if text is None or (turn.fresh and index):
            return ""
        if before is not None and not text.startswith(before):
            same = next((i for i, (a, b) in enumerate(zip(before, text, strict=False)) if a != b), 0)
            kept, all_ = await tokens_of(before[:same], tokenizer), await tokens_of(before, tokenizer)
            return (
                f"by the chat template turn 2's prompt does not begin with turn 1's: {forms.count(kept)} of "
                f"its {forms.count(all_)} tokens are the same, so no cache can give back the rest"
            )
        before = text
        history.heard(turn, STAND_IN, None, None)
    return ""
