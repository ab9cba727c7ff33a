"""How much memory a card has for a server, and how much of it nobody uses."""

from __future__ import annotations

import msgspec

from rocmtui.core.gpu.reading import GpuReading

VULKAN = "Vulkan"


def memory_bytes(gpu: GpuReading, backend: str | None = None) -> int | None:
    """What a server of that backend can allocate from in all.

    A card's VRAM, or that of its chosen partitions. On an APU ROCm has one pool, the carve-out or system
    memory; Vulkan has both heaps.
    """
    if gpu.chosen_partitions:
        return sum(gpu.partition_bytes[number] for number in gpu.chosen_partitions)
    if _has_both(gpu, backend):
        return (gpu.vram_total_bytes or 0) + (gpu.gtt_total_bytes or 0)
    return gpu.pool_bytes or gpu.vram_total_bytes


def free_bytes(gpu: GpuReading, available_bytes: int | None, backend: str | None = None) -> int | None:
    """What of it nobody uses now; None where a figure is missing.

    The part of an APU's memory that is the system's has no more left than the system itself,
    `available_bytes`. A partition's free memory is no more than its share: see `device_free_bytes`.
    """
    if _has_both(gpu, backend):
        carved = _left(gpu.vram_total_bytes, gpu.vram_used_bytes)
        system = _left(gpu.gtt_total_bytes, gpu.gtt_used_bytes)
        if system is None:
            return None
        return (carved or 0) + (system if available_bytes is None else min(system, available_bytes))
    free = _left(memory_bytes(gpu), pool_used_bytes(gpu))
    if free is None or gpu.pool == "vram" or available_bytes is None:
        return free
    return min(free, available_bytes)


def device_free_bytes(
    gpu: GpuReading, available_bytes: int | None, backend: str | None = None
) -> tuple[int, ...] | None:
    """The free memory of each device a server sees of this card: one, or a (chosen) partition each.

    The kernel tells only the whole card's use: partitions share it in proportion to their size.
    """
    whole = msgspec.structs.replace(gpu, chosen_partitions=())
    free = free_bytes(whole, available_bytes, backend)
    if free is None or not gpu.partition_bytes:
        return None if free is None else (free,)
    total = sum(gpu.partition_bytes)
    left = min(free, total)
    return tuple(gpu.partition_bytes[number] * left // total for number in partition_numbers(gpu))


def chosen_words(gpu: GpuReading) -> str:
    """` partition 3` of a card of which not all is taken, to be put behind its name; else nothing."""
    numbers = gpu.chosen_partitions
    kind = "partition" if len(numbers) == 1 else "partitions"
    return f" {kind} {', '.join(map(str, numbers))}" if numbers else ""


def partition_numbers(gpu: GpuReading) -> tuple[int, ...]:
    """The partitions of the card that a server is to see."""
    return gpu.chosen_partitions or tuple(range(len(gpu.partition_bytes)))


def pool_used_bytes(gpu: GpuReading) -> int | None:
    """What is used of the pool ROCm allocates from; of an APU whose memory is all one, by either name.

    More than there is means that the two names count the same bytes.
    """
    if gpu.pool == "vram":
        return gpu.vram_used_bytes
    if gpu.is_unified and gpu.gtt_used_bytes is not None:
        used = (gpu.gtt_used_bytes, gpu.vram_used_bytes or 0)
        return sum(used) if sum(used) <= (memory_bytes(gpu) or sum(used)) else max(used)
    return gpu.gtt_used_bytes


def _has_both(gpu: GpuReading, backend: str | None) -> bool:
    known = gpu.vram_total_bytes is not None or gpu.gtt_total_bytes is not None
    return backend == VULKAN and gpu.kind == "apu" and not gpu.is_unified and known


def _left(total: int | None, used: int | None) -> int | None:
    return None if total is None or used is None else max(total - used, 0)
