"""Cards the kernel has put to sleep: whatever opens one, be it to ask its name, wakes it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rocmtui.core.gpu.reading import GpuReading, MemoryUser

ASLEEP = ("suspended", "suspending", "resuming")
"""Words of power/runtime_status in which a card is left alone."""
USED_BYTES = 64 << 20
"""A server that merely opened a card holds less."""


def sleeping(gpus: Sequence[GpuReading]) -> tuple[GpuReading, ...]:
    """Those a GPU build of llama-server would wake: it opens every card, whatever it is asked."""
    return tuple(gpu for gpu in gpus if gpu.runtime_status in ASLEEP)


def kept_awake(users: Iterable[MemoryUser]) -> frozenset[str] | None:
    """The cards on which a server holds memory; None, all of them, where its processes cannot be read."""
    mine = [user for user in users if user.is_server]
    if not mine:
        return None
    return frozenset(
        user.pci for user in mine if max(user.vram_bytes or 0, user.gtt_bytes or 0) >= USED_BYTES
    )


def not_asked(gpus: Sequence[GpuReading]) -> str | None:
    """Why llama-server is not asked what it is; None where asking wakes no card."""
    asleep = sleeping(gpus)
    if not asleep:
        return None
    names = ", ".join(f"GPU {gpu.index}" for gpu in asleep)
    return f"not asked what it can do: {names} sleeps, and asking would wake it"
