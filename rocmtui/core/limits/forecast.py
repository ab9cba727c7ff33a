"""What speed to expect before a load: the limit, times the shares of it that such a device reached before."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.text import forms

PUBLIC = {"dense": (0.60, 0.80), "moe": (0.35, 0.60)}
"""Shares that published benchmarks of cards reach; a first range, until this machine has runs of its own."""
SPREAD = 0.05
"""A range of several runs is widened by this share of itself on either side."""
FIRST_SPREAD = 0.10
"""One of a single run of the model: from run to run a quiet machine differs by less."""
OTHERS_SPREAD = 0.35
"""One of other models' runs: the shares of two quantizations on one device are so far apart."""
MOST = 20
"""Newest shares of a kind that count."""


class PastShare(msgspec.Struct, frozen=True, kw_only=True):
    """What a run reached of its limit."""

    device: str
    backend: str | None = None
    kind: str = "dense"
    model: str = ""
    """Its file's name."""
    streams: int = 1
    share: float
    error: float | None = None
    """How far outside of the range that was told before the speed came, as a share of it; 0: inside."""


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """A range of speeds."""

    low_tps: float
    high_tps: float
    is_public: bool
    """Made of published figures, not of this machine's own runs."""


class Speeds(msgspec.Struct, frozen=True):
    """What to expect of a model; None: not known."""

    alone: Expected | None = None
    with_slots: Expected | None = None


def expected(
    limit_tps: float,
    past: Sequence[PastShare],
    *,
    device: str,
    backend: str | None,
    kind: str,
    model: str = "",
    streams: int = 1,
    has_card: bool = True,
) -> Expected | None:
    """The range; None where nothing is known of such a device: a processor without runs of its own.

    Runs of the model itself count, else those of other models of its kind.
    """
    wanted = (device, backend, kind, streams > 1)
    alike = [one for one in past if (one.device, one.backend, one.kind, one.streams > 1) == wanted]
    own = [one.share for one in alike if one.model == model][-MOST:]
    shares = own or [one.share for one in alike][-MOST:]
    if shares:
        spread = (SPREAD if len(own) > 1 else FIRST_SPREAD) if own else OTHERS_SPREAD
        low, high = min(shares) * (1 - spread), max(shares) * (1 + spread)
    elif has_card:
        low, high = PUBLIC[kind]
    else:
        return None
    return Expected(low_tps=limit_tps * low, high_tps=limit_tps * high, is_public=not shares)


def miss(told: Expected, tps: float) -> float:
    """How far outside of the range a speed came, as a share of the nearer end; 0 inside."""
    if tps < told.low_tps:
        return tps / told.low_tps - 1
    return tps / told.high_tps - 1 if tps > told.high_tps else 0.0


def range_text(told: Expected) -> str:
    """`45 to 60 tok/s`."""
    return f"{forms.figure(told.low_tps)} to {forms.figure(told.high_tps)} tok/s"
