"""All text of figures: one way to write each unit, a dash for what is not known."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

DASH = "–"
_GIB = 1 << 30
_MIB = 1 << 20
Number = TypeVar("Number", int, float)


def _or_dash(write: Callable[[Number], str]) -> Callable[[Number | None], str]:
    """What is not known is a dash, whatever it is."""

    @wraps(write)
    def written(value: Number | None) -> str:
        return DASH if value is None else write(value)

    return written


@_or_dash
def count(value: int) -> str:
    """Whole numbers, thousands apart from 10,000 on: `9999`, `12,345`."""
    return str(value) if abs(value) < 10_000 else f"{value:,}"


@_or_dash
def short_count(value: float) -> str:
    """At most four characters: `950`, `9.5k`, `12k`, `1.2M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit * 0.9995:
            scaled = value / limit
            return f"{scaled:.0f}{unit}" if scaled >= 9.95 else f"{scaled:.1f}{unit}"
    return f"{value:.0f}"


@_or_dash
def tps(value: float) -> str:
    """Tokens per second, three digits worth: `9.84`, `42.3`, `182`, `12.3k`."""
    if value >= 9_999.5:
        return f"{value / 1000:.1f}k"
    if value == 0 or value >= 99.95:
        return f"{value:.0f}"
    return f"{value:.1f}" if value >= 9.995 else f"{value:.2f}"


def scale(value: float) -> str:
    """A round number on an axis: `0.5`, `150`, `2k`."""
    if value >= 1000:
        return f"{value / 1000:g}k"
    return f"{value:g}"


@_or_dash
def ms(value: float) -> str:
    """Milliseconds in the unit that reads best, three digits: `0.42 ms`, `41.2 ms`, `1.90 s`, `2 m 05`."""
    if value >= 99_950:
        minutes, seconds = divmod(round(value / 1000), 60)
        return f"{minutes} m {seconds:02}"
    if value >= 999.5:
        seconds_value = value / 1000
        return f"{seconds_value:.1f} s" if seconds_value >= 9.995 else f"{seconds_value:.2f} s"
    return f"{value:.0f} ms" if value >= 99.95 else f"{value:.1f} ms" if value >= 9.995 else f"{value:.2f} ms"


@_or_dash
def ms_short(value: float) -> str:
    """Milliseconds in at most six characters: `0.4ms`, `72ms`, `1.9s`."""
    if value >= 999.5:
        return f"{value / 1000:.1f}s"
    return f"{value:.0f}ms" if value >= 9.95 else f"{value:.1f}ms"


def ms_tick(value: float) -> str:
    """A round number of milliseconds on an axis: `0.5`, `20`, `1s`, `50s`; below 1 s the unit is ms."""
    return f"{value / 1000:g}s" if value >= 1000 else f"{value:g}"


@_or_dash
def gib(value: int) -> str:
    """Bytes as GiB without the unit, for pairs such as `21.3/24.0`."""
    return f"{value / _GIB:.0f}" if value >= 999.5 * _GIB else f"{value / _GIB:.1f}"


@_or_dash
def size(value: int) -> str:
    """Bytes with their unit: `512 MiB`, `20.8 GiB`."""
    if value >= 0.9995 * _GIB:
        return f"{gib(value)} GiB"
    if value >= _MIB:
        return f"{value / _MIB:.0f} MiB"
    return f"{value / 1024:.0f} KiB" if value >= 1024 else f"{value} B"


@_or_dash
def clock(duration_ns: int) -> str:
    """A duration as `00:12:31`."""
    seconds = max(duration_ns, 0) // 1_000_000_000
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def position(duration_ns: int) -> str:
    """A place in a recording as `1:15`, `1:02:03`."""
    return clock(duration_ns).removeprefix("00:").removeprefix("0")


@_or_dash
def seconds(duration_ns: int) -> str:
    """A short duration: `0.4 s`, `12.3 s`, `3 m 05`."""
    return _seconds(max(duration_ns, 0) / 1e9)


@_or_dash
def percent(value: float) -> str:
    """Percent without decimals."""
    return f"{value:.0f} %"


@_or_dash
def share(value: float) -> str:
    """A fraction as percent; one decimal below 10 %."""
    return f"{value * 100:.1f} %" if 0 < value < 0.0995 else f"{value * 100:.0f} %"


@_or_dash
def watts(value: float) -> str:
    """Watts without the unit, for pairs such as `287/339 W`; 12 mW are 0.01 and not 0."""
    return f"{value:.0f}" if value >= 0.95 or value <= 0 else f"{value:.1g}"


@_or_dash
def celsius(value: float) -> str:
    """Degrees: `84°`."""
    return f"{value:.0f}°"


@_or_dash
def mhz(value: int) -> str:
    """Hertz as MHz without the unit."""
    return f"{value / 1e6:.0f}"


def plural(number: int, noun: str) -> str:
    """`1 worker`, `6 workers`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def _seconds(value: float) -> str:
    if value >= 99.95:
        minutes, rest = divmod(round(value), 60)
        return f"{minutes} m {rest:02}"
    return f"{value:.1f} s"
