"""How much memory a card has for a server, and how much of it nobody uses."""

from __future__ import annotations

from rocmtui.core.gpu import GpuReading


def memory_bytes(gpu: GpuReading) -> int | None:
    """What the server can allocate from in all: a card's VRAM, or the pool of an APU."""
    return gpu.pool_bytes or gpu.vram_total_bytes


def free_bytes(gpu: GpuReading) -> int | None:
    """What of it nobody uses now; None where a figure is missing."""
    total = memory_bytes(gpu)
    used = gpu.gtt_used_bytes if gpu.pool == "gtt" else gpu.vram_used_bytes
    return None if total is None or used is None else max(total - used, 0)
