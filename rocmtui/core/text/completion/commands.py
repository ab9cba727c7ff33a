"""What shell completion needs to know of the commands, whatever the shell."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

Takes = Literal["nothing", "words", "file", "folder", "model", "anything"]


class Value(msgspec.Struct, frozen=True, kw_only=True):
    """What may stand behind an option or as an argument."""

    takes: Takes
    words: tuple[str, ...] = ()


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """One option with all its names."""

    names: tuple[str, ...]
    help: str
    value: Value


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """One sub-command."""

    name: str
    help: str
    options: tuple[Option, ...]
    arguments: tuple[Value, ...] = ()


def any_of(arguments: Sequence[Value]) -> Value:
    """One value for all arguments of a command: the words of one, else the files of another."""
    for takes in ("words", "model", "file", "folder"):
        for value in arguments:
            if value.takes == takes:
                return value
    return Value(takes="anything")
