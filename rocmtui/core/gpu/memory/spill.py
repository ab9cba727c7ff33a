"""VRAM overflowing into system memory: the driver moves it without a word and the speed halves."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.gpu.reading import GpuReading, MemoryUser
from rocmtui.core.gpu.sleep import ASLEEP
from rocmtui.core.stats.quantiles import known
from rocmtui.core.text import forms

FULL = 0.95
"""Share of VRAM in use from which growth of GTT is spill."""
LEAST_BYTES = 1 << 30
LEAST_OF_VRAM = 0.05
_CALM = 0.5
"""A spill is over once GTT has fallen below this share of the threshold, or VRAM is no longer full."""
GIB = 1 << 30


class Spill(msgspec.Struct, frozen=True, kw_only=True):
    """A card whose server's memory is not in VRAM now."""

    pci: str
    spilled_bytes: int
    """Growth of GTT since before the server started, or what was evicted, whichever is more."""
    evicted_bytes: int = 0
    """Of the server's processes: proof that its VRAM was pushed out."""
    asleep: bool = False
    """The card is suspended: its memory waits in system memory for it, which is no spill."""

    @property
    def is_proven(self) -> bool:
        """Whether the kernel names evicted memory of the server, not only GTT that grew."""
        return self.evicted_bytes > 0


class SpillWatch:
    """Watches one discrete card against what was in GTT before the server started.

    The driver's own figure decides where it is known: memory of the server's processes evicted from VRAM is
    spill, none evicted is none. Where it is not, VRAM at 95 % or more and GTT more than max(1 GiB, 5 % of
    VRAM) above the baseline is; what the server's log says it keeps in system memory (experts on the CPU,
    pinned buffers) was asked for, and what other programs took is theirs. An APU cannot spill, nor a card
    of which the server is known to hold nothing.
    """

    def __init__(self) -> None:
        self._baseline: int | None = None
        self._server_base: int | None = None
        self._others_base: int | None = None
        self._spilling = False
        self.peak_bytes: int | None = None
        """Most spilled so far; None while there was nothing to compare with."""

    def set_baseline(self, gpu: GpuReading) -> None:
        """Take this moment as the one before the server started."""
        self._baseline = gpu.gtt_used_bytes
        self._server_base = self._others_base = None
        self._spilling = False
        self.peak_bytes = None

    def observe(self, gpu: GpuReading, users: Iterable[MemoryUser] = (), host_bytes: int = 0) -> Spill | None:
        """Whether the card spills at this moment; `host_bytes`: what the log puts into system memory."""
        if gpu.kind == "apu" or gpu.vram_total_bytes is None or gpu.vram_used_bytes is None:
            return None
        here = [user for user in users if user.pci == gpu.pci]
        mine = [user for user in here if user.is_server]
        if mine and not any(user.vram_bytes or user.gtt_bytes or user.evicted_bytes for user in mine):
            return None
        grown = max(self._grown(gpu, mine, [user for user in here if not user.is_server]) - host_bytes, 0)
        told = known(sum, (user.evicted_bytes for user in mine))
        spill = Spill(pci=gpu.pci, spilled_bytes=max(grown, told or 0), evicted_bytes=told or 0)
        if gpu.runtime_status in ASLEEP:
            return msgspec.structs.replace(spill, asleep=True) if mine else None
        self._spilling = told > 0 if told is not None else self._overflows(gpu, grown)
        self.peak_bytes = max(self.peak_bytes or 0, spill.spilled_bytes if self._spilling else 0)
        return spill if self._spilling else None

    def _grown(self, gpu: GpuReading, mine: list[MemoryUser], others: list[MemoryUser]) -> int:
        """By how much the server's GTT grew; the card's without other programs' where that is not told."""
        used = gpu.gtt_used_bytes or 0
        if self._baseline is None:
            self._baseline = gpu.gtt_used_bytes
        held, theirs = _gtt(mine), _gtt(others) or 0
        if self._others_base is None:
            self._others_base = theirs
        if held is None:
            return used - (self._baseline or 0) - max(theirs - self._others_base, 0)
        if self._server_base is None:
            self._server_base = held if held <= (self._baseline or 0) else 0
        return held - self._server_base

    def _overflows(self, gpu: GpuReading, grown: int) -> bool:
        if not is_full(gpu):
            return False
        threshold = max(LEAST_BYTES, LEAST_OF_VRAM * (gpu.vram_total_bytes or 0))
        return grown > threshold * (_CALM if self._spilling else 1)


def is_full(gpu: GpuReading) -> bool:
    """Whether hardly any VRAM is left."""
    return (gpu.vram_used_bytes or 0) >= FULL * (gpu.vram_total_bytes or 0)


def spill_text(gpu: GpuReading, spill: Spill) -> str:
    """What happened, in words, with what to try."""
    amount = forms.size(spill.spilled_bytes)
    if spill.asleep:
        return (
            f"{gpu.name} sleeps: the server's memory waits in system memory until the next request wakes it. "
            f"To keep it awake: echo on | sudo tee /sys/bus/pci/devices/{gpu.pci}/power/control"
        )
    if spill.is_proven and not is_full(gpu):
        return (
            f"{gpu.name} has room, but {amount} the driver pushed out of it (a suspend, or another program's "
            "need) did not come back, which is much slower. Restart the server to bring it back."
        )
    proof = " (the driver evicted it)" if spill.is_proven else ""
    return (
        f"{gpu.name} is full: {amount} went to system memory{proof}, "
        "which is much slower. Try fewer slots, a shorter context, a smaller cache type or fewer GPU layers."
    )


def _gtt(users: list[MemoryUser]) -> int | None:
    return known(sum, (user.gtt_bytes for user in users))
