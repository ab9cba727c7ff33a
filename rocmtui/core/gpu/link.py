"""The PCIe link of a card: as wide as the narrowest hop between it and the CPU."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from rocmtui.core.text.late_regex import LateRegex

WIDTHS = frozenset({1, 2, 4, 8, 12, 16, 32})
"""Lanes a link can have; a bridge that sleeps answers 63 or 255."""
_SPEED = LateRegex(r"(\d{1,3}(?:\.\d)?) GT/s")
_OLD_ENCODING_GTS = 5.0
"""Up to this rate 8 bits travel as 10, beyond as 8.125 (128 as 130)."""


class Hop(msgspec.Struct, frozen=True, kw_only=True):
    """One device on the way, with its link towards the CPU; None: it does not say."""

    pci: str
    speed: str | None = None
    width: int | None = None

    @property
    def bytes_per_s(self) -> float | None:
        """What it carries each way at most."""
        found = _SPEED.search(self.speed or "")
        if found is None or self.width is None:
            return None
        rate = float(found[1])
        return rate * 1e9 / 8 * (0.8 if rate <= _OLD_ENCODING_GTS else 128 / 130) * self.width


def hop(pci: str, speed: str | None, width: int | None) -> Hop:
    """With what can be a link's speed and width."""
    known = speed if speed and _SPEED.search(speed) else None
    return Hop(pci=pci, speed=known, width=width if width in WIDTHS else None)


def narrowest(hops: Sequence[Hop]) -> Hop | None:
    """The hop that carries least, of equal ones the first; without any speed or width what one hop says."""
    rated = [hop for hop in hops if hop.bytes_per_s is not None]
    if rated:
        return min(rated, key=lambda hop: hop.bytes_per_s or 0.0)
    return next((hop for hop in hops if hop.speed or hop.width), None)
