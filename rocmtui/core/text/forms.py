"""All text of figures: one way to write each unit, a dash for what is not known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import TypeVar

DASH = "–"
MINUS = "−"
FAILED, MISSED, MET = "failed", "missed", "met"
"""A request that came to nothing; an SLO that was not held; one that was."""
BAD, GOOD, MIND = "✗", "✓", "⚠"
"""The marks before what failed or was missed, what is well, and what is to be minded."""
_QUANT_SIZES = {"Extra Large": "XL", "Large": "L", "Medium": "M", "Small": "S", "Extra Small": "XS"}
_GIB = 1 << 30
_MIB = 1 << 20
_SIZES = (("TiB", 1 << 40, 0.9995, 1), ("GiB", _GIB, 0.9995, 1), ("MiB", _MIB, 1, 0), ("KiB", 1 << 10, 1, 0))
"""Units, from which part of one on they are used, and with how many digits."""
Number = TypeVar("Number", int, float)


def _or_dash(write: Callable[[Number], str]) -> Callable[[Number | None], str]:
    """What is not known is a dash, whatever it is."""

    @wraps(write)
    def written(value: Number | None) -> str:
        return DASH if value is None else write(value)

    return written


@_or_dash
def count(value: int) -> str:
    """Whole numbers, thousands apart: `950`, `8,192`."""
    return f"{value:,}"


@_or_dash
def figure(value: float) -> str:
    """A measure whose unit stands beside it, three digits worth: `0.042`, `9.84`, `42.3`, `182`, `12,345`.

    A whole number is written as one.
    """
    size = abs(value)
    if size >= 99.95 or value == int(value):
        return _signed(f"{value:,.0f}")
    if size < 0.0995:
        return _signed(f"{value:.2g}")
    return _signed(f"{value:.1f}" if size >= 9.995 else f"{value:.2f}")


tps = figure
"""Tokens per second."""


@_or_dash
def short_count(value: float) -> str:
    """At most four characters: `950`, `9.5k`, `12k`, `1.2M`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit * 0.9995:
            scaled = value / limit
            return f"{scaled:.0f}{unit}" if scaled >= 9.95 else f"{scaled:.1f}{unit}"
    return f"{value:.0f}"


@_or_dash
def params(value: int) -> str:
    """Parameters as model cards write them: `268M`, `7.2B`, `70.6B`, `671B`."""
    for unit, scale in (("T", 10**12), ("B", 10**9), ("M", 10**6), ("K", 10**3)):
        if value >= 0.9995 * scale:
            amount = value / scale
            return f"{amount:.0f}{unit}" if amount >= 99.95 or scale < 10**9 else f"{amount:.1f}{unit}"
    return str(value)


@_or_dash
def context(value: int) -> str:
    """Tokens of context where they are a limit: `512`, `8k` for 8192, `32k`, `1M`; others as they are."""
    for unit, scale in (("M", 1 << 20), ("k", 1 << 10)):
        if value >= scale and value % scale == 0:
            return f"{value // scale}{unit}"
    return count(value)


def scale(value: float) -> str:
    """A round number on an axis: `0.5`, `150`, `2k`."""
    return f"{value / 1000:g}k" if value >= 1000 else f"{value:g}"


@_or_dash
def ms(value: float) -> str:
    """Milliseconds in the unit that reads best, three digits: `0.42 ms`, `41.2 ms`, `1.90 s`, `2 m 05`."""
    if value >= 99_950:
        return _minutes(value / 1000)
    return f"{figure(value / 1000)} s" if value >= 999.5 else f"{figure(value)} ms"


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
def mib(value: float) -> str:
    """Bytes as MiB without the unit, for columns of a table: `9,318`."""
    return f"{value / _MIB:,.0f}"


@_or_dash
def size(value: int) -> str:
    """Bytes with their unit: `7 B`, `12 KiB`, `512 MiB`, `20.8 GiB`, `1.2 TiB`."""
    for unit, scale, least, digits in _SIZES:
        if abs(value) >= least * scale:
            return f"{value / scale:.{digits}f} {unit}"
    return f"{value} B"


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
    value = max(duration_ns, 0) / 1e9
    return _minutes(value) if value >= 99.95 else f"{value:.1f} s"


@_or_dash
def percent(value: float) -> str:
    """Percent as the card's books hold it, without decimals: `98 %`."""
    return f"{value:.0f} %"


@_or_dash
def share(value: float) -> str:
    """A fraction as percent, whole or with one decimal below 10 %: `85 %`, `4.2 %`, `2 %`, `0.04 %`."""
    percents = value * 100
    if 0 < percents < 0.095:
        return f"{percents:.1g} %"
    return f"{percents:.1f}".removesuffix(".0") + " %" if 0 < percents < 9.95 else f"{percents:.0f} %"


def points(fraction: float, *, sign: bool = False) -> str:
    """A change in percent without the unit, for spans: `4.1`, `+4.1`, `−1.2`; whole from 100 % on."""
    value = fraction * 100
    digits = 0 if abs(value) >= 99.95 else 1
    text = f"{value:+,.{digits}f}" if sign else f"{value:,.{digits}f}"
    return _signed(text) if round(value, digits) else text.lstrip("+-")


@_or_dash
def change(fraction: float) -> str:
    """A change with its sign: `+8.0 %`, `−8.6 %`."""
    return f"{points(fraction, sign=True)} %"


def difference(value: float) -> str:
    """A difference with its sign: `+12.3`, `−0.6`, `0`."""
    return f"+{figure(value)}" if value > 0 else figure(value)


@_or_dash
def watts(value: float) -> str:
    """Watts without the unit, for pairs such as `287/339 W`; 12 mW are 0.01 and not 0."""
    return f"{value:,.0f}" if value >= 0.95 or value <= 0 else f"{value:.1g}"


@_or_dash
def cores(value: float) -> str:
    """Processors kept busy, and other small amounts: `7.9`."""
    return f"{value:.1f}"


@_or_dash
def celsius(value: float) -> str:
    """Degrees: `84°`."""
    return f"{value:.0f}°"


@_or_dash
def mhz(value: int) -> str:
    """Hertz as MHz without the unit, for pairs such as `2,482/1,249 MHz`."""
    return f"{value / 1e6:,.0f}"


def model_words(name: str | None, quantized: str | None) -> list[str]:
    """Both, as far as they are known, for a line of facts."""
    return [*([model_name(name)] if name else []), *([quantization(quantized)] if quantized else [])]


def quantization(name: str | None) -> str:
    """As in file names: `Q4_K_M`, also where a server says `Q4_K - Medium` or `mostly F16`."""
    if not name:
        return DASH
    word = name.removeprefix("all ").removeprefix("mostly ").split(" (")[0]
    for size, letter in _QUANT_SIZES.items():
        word = word.replace(f" - {size}", f"_{letter}")
    return word


def model_name(name: str | None) -> str:
    """The name of a model, of its file without folder and ending."""
    if not name:
        return DASH
    plain = name.rpartition("/")[2] if name.endswith(".gguf") else name
    return plain.removesuffix(".gguf")


def duration(seconds: float) -> str:
    """A time one waits for: `42 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


@_or_dash
def moment(unix_ns: int) -> str:
    """When something began, in this machine's time: `2026-11-23 14:05`."""
    return datetime.fromtimestamp(unix_ns / 1e9).astimezone().strftime("%Y-%m-%d %H:%M")


@_or_dash
def day(unix_ns: int) -> str:
    """The same in a narrow column: `23 Nov 14:05`."""
    return datetime.fromtimestamp(unix_ns / 1e9).astimezone().strftime("%d %b %H:%M")


def with_unit(value: float | None, unit: str) -> str:
    """A figure that stands alone, in the form of its unit: `412 ms`, `1.43 s`, `1.2 %`, `182 tok/s`."""
    if unit == "ms":
        return ms(value)
    if unit == "fraction":
        return share(value)
    return figure(value) if value is None else f"{figure(value)} {unit}".rstrip()


def plural(number: int, noun: str) -> str:
    """`1 worker`, `6 workers`."""
    return f"{count(number)} {noun}" if number == 1 else f"{count(number)} {noun}s"


def _signed(text: str) -> str:
    """A true minus sign, and none before a zero."""
    if not text.startswith("-"):
        return text
    return text.replace("-", MINUS) if text.strip("-0.,") else text[1:]


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} m {rest:02}"
