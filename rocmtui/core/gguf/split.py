"""How a model is shared between devices: each one's part of weights and cache, and which one limits.

llama-server gives each device its share of the layers with their cache (`-sm layer`, `-ts`; by default in
proportion to what is free there), and a compute buffer to every one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec

_MODE, _PARTS, _MAIN = ("-sm", "--split-mode"), ("-ts", "--tensor-split"), ("-mg", "--main-gpu")


class DeviceRoom(msgspec.Struct, frozen=True, kw_only=True):
    """What one device has free, and its share of the layers."""

    free_bytes: int
    share: float = 1.0
    name: str = ""


Rooms = tuple[DeviceRoom, ...]


class Split(msgspec.Struct, frozen=True, kw_only=True):
    """llama-server's options that share a model out."""

    mode: str = "layer"
    """`none`, `layer`, `row` or `tensor`."""
    parts: tuple[float, ...] = ()
    main_gpu: int = 0


def read_split(words: Sequence[str]) -> Split:
    """From llama-server's arguments; what cannot be read is left to the server to complain of."""
    return Split(
        mode=value_of(words, _MODE) or "layer",
        parts=_numbers(value_of(words, _PARTS) or ""),
        main_gpu=number_of(words, _MAIN) or 0,
    )


def value_of(words: Sequence[str], names: Sequence[str]) -> str | None:
    """The last value given to an option by any of its names, apart or after `=`; None where there is none."""
    found = None
    for index, word in enumerate(words):
        name, is_joined, value = word.partition("=")
        if name in names:
            found = value if is_joined else words[index + 1] if index + 1 < len(words) else None
    return found


def number_of(words: Sequence[str], names: Sequence[str]) -> int | None:
    """A whole number given to an option; None where there is none, or the server will complain of it."""
    value = value_of(words, names) or ""
    return int(value) if value.isdecimal() and len(value) < 7 else None


def share_out(free: Sequence[tuple[str, int]], split: Split) -> Rooms:
    """The devices that take part, (name, free bytes) each, with their shares."""
    if split.mode == "none" and free:
        name, size = free[min(split.main_gpu, len(free) - 1)]
        return (DeviceRoom(name=name, free_bytes=size),)
    weights = list(split.parts[: len(free)]) or [float(size) for _, size in free]
    weights += [0.0] * (len(free) - len(weights))
    total = sum(weights)
    return tuple(
        DeviceRoom(name=name, free_bytes=size, share=weight / total if total else 1 / len(free))
        for (name, size), weight in zip(free, weights, strict=True)
        if weight > 0 or not total
    )


def _numbers(text: str) -> tuple[float, ...]:
    try:
        numbers = tuple(float(part) for part in text.replace("/", ",").split(",") if part.strip())
    except ValueError:
        return ()
    return numbers if all(math.isfinite(number) and number >= 0 for number in numbers) else ()
