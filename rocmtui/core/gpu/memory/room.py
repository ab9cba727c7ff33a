"""How much memory a card has for a server, and how much of it nobody uses."""

from __future__ import annotations

from rocmtui.core.gpu.reading import GpuReading


def memory_bytes(gpu: GpuReading) -> int | None:
    """What the server can allocate from in all: a card's VRAM, or the pool of an APU."""
    return gpu.pool_bytes or gpu.vram_total_bytes


def free_bytes(gpu: GpuReading, available_bytes: int | None) -> int | None:
    """What of it nobody uses now; None where a figure is missing.

    An APU's pool is system memory: it has no more left than the system itself, `available_bytes`.
    """
    total = memory_bytes(gpu)
    used = gpu.gtt_used_bytes if gpu.pool == "gtt" else gpu.vram_used_bytes
    if total is None or used is None:
        return None
    free = max(total - used, 0)
    return min(free, available_bytes) if gpu.pool == "gtt" and available_bytes is not None else free
