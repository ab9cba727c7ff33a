"""Options: how they are written, what their numbers may be, and which belong to another."""

from __future__ import annotations

import argparse
import math
from collections.abc import Iterable

from rocmtui.errors import UsageError

SHORTEST_S = 0.01
LONGEST_S = 1e6
"""Longest time one may ask for: eleven days."""
LOWEST_RATE = 1e-5
"""Requests a second: less than one a day."""


def check_range(option: str, value: float | None, least: float, most: float) -> None:
    """Raises UsageError unless `value` is None or a number from `least` to `most`; nan is none."""
    if value is None or least <= value <= most:
        return
    shown = f"{value:g}" if isinstance(value, float) else f"{value}"
    raise UsageError(f"{option} {shown} is out of range", f"{least:.10g} to {most:.10g}")


def option_of(name: str) -> str:
    """How the option of an argument is written."""
    return "--" + name.replace("_", "-")


def refuse_given(args: argparse.Namespace, names: Iterable[str], owner: str, remedy: str) -> None:
    """Raises UsageError for one of the options that was given, though what it belongs to was not."""
    for name in names:
        value = getattr(args, name)
        if value is not None and value is not False:  # a 0 was given, too
            raise UsageError(f"{option_of(name)} belongs to {owner}", remedy)


def seconds_of(option: str, text: str | None, least: float = SHORTEST_S) -> float | None:
    """A time such as `2s`, `5m` or `90`; None where none was given. Raises UsageError."""
    from rocmtui.core.load.draft.amounts import parse_duration

    if text is None:
        return None
    try:
        seconds = parse_duration(text)
    except UsageError as error:
        raise UsageError(f"{option} {text!r} is no time", f"give {error.message}") from error
    check_range(option, seconds, least, LONGEST_S)
    return seconds


def percentage(text: str) -> float:
    """`5%` as 0.05, for argparse."""
    number, _, rest = text.partition("%")
    try:
        share = float(number) / 100
    except ValueError:
        share = -1.0
    if rest or not 0 <= share < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is no percentage such as 5%")
    return share
