"""Loads whose requests belong together: what of conversations and traces is asked for."""

from __future__ import annotations

from typing import Literal

import msgspec

Replies = Literal["live", "recorded"]


class ConversationPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Requests in turns: the next one of a conversation is sent when the one before has ended.

    A closed loop's workers hold one conversation each. Where the prompts are a data set, the conversations
    are its own; else they are made of words.
    """

    count: int | None = None
    """Conversations of the load; None: those of the data set, once each, or as many as its end allows."""
    turns: int = 1
    """Of a made conversation."""
    turn_tokens: int = 200
    """Tokens of words in a user's message of a made conversation; template and nonce come on top."""
    system_tokens: int = 0
    """Tokens of words in the system message of a made conversation; 0: there is none."""
    think_s: float = 0.0
    """From the end of a turn to the next one, where the data does not say it."""
    replies: Replies = "live"
    """What the history holds of the model: what it said, or what the data set says it did."""
    shared_system: bool = False
    """Keep the system message the same in all conversations: the nonce follows it."""


class TracePlan(msgspec.Struct, frozen=True, kw_only=True):
    """A recorded trace, sent again.

    An open loop sends its requests at the trace's times, a closed one's workers take its sessions in turn.
    """

    file: str
    time_scale: float = 1.0
    """All its times are multiplied by this: 0.1 is ten times as fast."""
    sessions: float = 1.0
    """Share of its sessions that are sent, drawn by the scenario's seed."""
    max_context: int | None = None
    """Requests that need more tokens, prompt and reply together, are left out."""
