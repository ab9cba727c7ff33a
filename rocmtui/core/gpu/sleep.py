"""Cards the kernel has put to sleep: whatever opens one, be it to ask its name, wakes it."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.gpu.reading import GpuReading

ASLEEP = ("suspended", "suspending", "resuming")
"""Words of power/runtime_status in which a card is left alone."""


def sleeping(gpus: Sequence[GpuReading]) -> tuple[GpuReading, ...]:
    """Those a GPU build of llama-server would wake: it opens every card, whatever it is asked."""
    return tuple(gpu for gpu in gpus if gpu.runtime_status in ASLEEP)


def not_asked(gpus: Sequence[GpuReading]) -> str | None:
    """Why llama-server is not asked what it is; None where asking wakes no card."""
    asleep = sleeping(gpus)
    if not asleep:
        return None
    names = ", ".join(f"GPU {gpu.index}" for gpu in asleep)
    return f"not asked what it can do: {names} sleeps, and asking would wake it"
