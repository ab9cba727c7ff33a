"""A conversation and its turns, and how a request comes of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from rocmtui.core.load.prompts import beginning_with
from rocmtui.core.load.scenario import Message, Prompt
from rocmtui.core.request.spoken import Reply


class Turn(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One request of a conversation: what is new in it."""

    messages: tuple[Message, ...]
    """Sent after everything said before."""
    reply: tuple[Message, ...] = ()
    """What the model said when this was recorded; empty: not recorded."""
    needs_reply: bool = False
    """Whether what follows makes sense only after the recorded reply, as the result of a tool does."""
    fresh: bool = False
    """Whether nothing said before belongs to it."""
    follows: bool = True
    """Whether, by the chat template, its prompt begins with that of the turn before."""
    at_s: float | None = None
    """When it is due, in seconds from the start of the load, if the turn before has ended; None: then."""
    think_s: float | None = None
    """From the end of the turn before, or of the wait for a worker; None: as the plan says."""
    reusable_tokens: int | None = None
    """Of its prompt, part of prompts sent before; None: it follows from the turn before."""
    children: tuple[Conversation, ...] = ()
    """Sub-agents: they begin when it has ended, side by side, and the next turn waits for them."""
    max_tokens: int | None = None
    """Longest reply; None: as the scenario says."""
    extras: dict[str, Any] = {}
    """Further fields of the request's body, sent as they are."""


class Conversation(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Turns that build on each other."""

    number: int
    """Counted over the whole load."""
    turns: tuple[Turn, ...]
    shared_tokens: int = 0
    """Tokens of its beginning that are those of all other conversations."""


class History:
    """What was said so far in one conversation; gives each turn its prompt, in their order."""

    def __init__(self, *, recorded: bool) -> None:
        self._recorded = recorded
        self._said: list[Message] = []
        self._held: int | None = None
        """Tokens a server's cache may hold of it; None: not known."""

    def prompt(self, turn: Turn, *, keeps_reply: bool = True) -> Prompt:
        """The request of the next turn; `keeps_reply`: whether what the model says is needed."""
        if turn.fresh:
            self._said.clear()
            self._held = None
        self._said += turn.messages
        said = tuple(self._said)
        return Prompt(messages=said, max_tokens=turn.max_tokens, extras=turn.extras, keeps_reply=keeps_reply)

    def reusable_tokens(self, turn: Turn) -> int | None:
        """Tokens of the next turn's prompt that were computed before; None: not known."""
        if turn.reusable_tokens is not None:
            return turn.reusable_tokens
        return None if turn.fresh or not turn.follows else self._held

    def heard(
        self, turn: Turn, reply: Reply | None, prompt_tokens: int | None, output_tokens: int | None
    ) -> None:
        """The turn has ended, with these counts of the server's."""
        keeps_record = bool(turn.reply) and (self._recorded or turn.needs_reply)
        self._held = prompt_tokens
        if keeps_record:
            self._said += turn.reply
            return
        said = reply or Reply()
        silent = None if said.tool_calls else ""
        self._said.append(Message("assistant", said.text or silent, tool_calls=said.tool_calls or None))
        if prompt_tokens is not None and output_tokens and not said.reasoned:
            # The last token was sampled and never computed.
            self._held = prompt_tokens + output_tokens - 1


def marked(conversation: Conversation, mark: str, *, shared_system: bool) -> Conversation:
    """The conversation with its own mark, before everything or after the system message.

    A turn that begins anew gets it again.
    """
    if not mark:
        return conversation
    turns = tuple(
        msgspec.structs.replace(turn, messages=_marked(turn.messages, mark, shared_system))
        if index == 0 or turn.fresh
        else turn
        for index, turn in enumerate(conversation.turns)
    )
    return msgspec.structs.replace(conversation, turns=turns)


def _marked(messages: Sequence[Message], mark: str, shared_system: bool) -> tuple[Message, ...]:
    at = 0
    if shared_system:
        at = next((i for i, message in enumerate(messages) if message.role != "system"), 0)
    return (*messages[:at], beginning_with(messages[at], mark), *messages[at + 1 :])
