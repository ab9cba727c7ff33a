"""VRAM overflowing into system memory: the driver moves it without a word and the speed halves."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.gpu.reading import GpuReading, MemoryUser

FULL = 0.95
"""Share of VRAM in use from which growth of GTT is spill."""
LEAST_BYTES = 1 << 30
LEAST_OF_VRAM = 0.05
_CALM = 0.5
"""A spill is over once GTT has fallen below this share of the threshold, or VRAM is no longer full."""


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """A card whose VRAM overflows now."""

    pci: str
    spilled_bytes: int
    """Growth of GTT since before the server started, or what was evicted, whichever is more."""
    evicted_bytes: int = 0
    """Of the server's processes: proof that its VRAM was pushed out."""

    @property
    def is_proven(self) -> bool:
        """Whether the kernel names evicted memory of the server, not only GTT that grew."""
        return self.evicted_bytes > 0


class SpillWatch:
    """Watches one discrete card against its GTT use before the server started.

    Rule (FULL, LEAST_*): VRAM at 95 % or more and GTT more than max(1 GiB, 5 % of VRAM) above the
    baseline; or memory of the server's processes evicted from VRAM. An APU cannot spill, nor a card
    of which the server is known to hold nothing.
    """

    def __init__(self) -> None:
        self._baseline: int | None = None
        self._spilling = False
        self.peak_bytes: int | None = None
        """Most spilled so far; None while there was nothing to compare with."""

    def set_baseline(self, gpu: GpuReading) -> None:
        """Take this moment as the one before the server started."""
        self._baseline = gpu.gtt_used_bytes
        self._spilling = False
        self.peak_bytes = None

    def observe(self, gpu: GpuReading, users: Iterable[MemoryUser] = ()) -> Spill | None:
        """Whether the card spills at this moment."""
        if gpu.kind == "apu" or gpu.vram_total_bytes is None or gpu.vram_used_bytes is None:
            return None
        mine = [user for user in users if user.is_server and user.pci == gpu.pci]
        if mine and not any(user.vram_bytes or user.gtt_bytes or user.evicted_bytes for user in mine):
            return None
        if self._baseline is None:
            self._baseline = gpu.gtt_used_bytes
        grown = max((gpu.gtt_used_bytes or 0) - (self._baseline or 0), 0)
        evicted = sum(user.evicted_bytes or 0 for user in mine)
        self._spilling = evicted > 0 or self._overflows(gpu, grown)
        spilled = max(grown, evicted) if self._spilling else 0
        self.peak_bytes = max(self.peak_bytes or 0, spilled)
        if not self._spilling:
            return None
        return Spill(pci=gpu.pci, spilled_bytes=spilled, evicted_bytes=evicted)

    def _overflows(self, gpu: GpuReading, grown: int) -> bool:
        total, used = gpu.vram_total_bytes or 0, gpu.vram_used_bytes or 0
        if used < FULL * total:
            return False
        threshold = max(LEAST_BYTES, LEAST_OF_VRAM * total)
        return grown > threshold * (_CALM if self._spilling else 1)
