"""Who holds a card's memory: weights, KV cache, compute, the server's rest, others, free."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading, MemoryUser
from rocmtui.core.server.state import DeviceMemory


class MemoryOwners(msgspec.Struct, frozen=True, kw_only=True):
    """One card's pool, split by owner; all in bytes. The known parts add up to `total_bytes`.

    None: not known. While neither the server's processes can be read nor its log told its share,
    all that is used stands in `others_bytes`.
    """

    total_bytes: int
    weights_bytes: int | None = None
    kv_bytes: int | None = None
    compute_bytes: int | None = None
    other_server_bytes: int | None = None
    """The server's beyond what its log broke down: the driver's share, buffers, other models."""
    others_bytes: int = 0
    """Not the server's: the desktop, a browser, another program."""
    free_bytes: int = 0


def split_memory(
    gpu: GpuReading, users: Iterable[MemoryUser] = (), log: Iterable[DeviceMemory] = (), cards: int = 1
) -> MemoryOwners | None:
    """The split of the pool ROCm allocates from (VRAM, or GTT on an APU); None where its use is unknown.

    `log` is what llama-server said it allocated; an entry without an address counts where the
    machine has one card. The parts never exceed what the card says is used.
    """
    used = pool_used_bytes(gpu)
    total = gpu.pool_bytes
    if total is None or used is None:
        return None
    used = min(used, total)
    held = _held_by_server(gpu, users)
    told = [entry for entry in log if _is_here(entry, gpu, cards)]
    sizes = (
        sum(entry.weights_bytes for entry in told),
        sum(entry.kv_bytes for entry in told),
        sum(entry.compute_bytes + entry.output_bytes for entry in told),
    )
    if held is None and not told:
        return MemoryOwners(total_bytes=total, others_bytes=used, free_bytes=total - used)
    server = min(max(held or 0, sum(sizes)), used)
    room = server
    parts = []
    for size in sizes:
        parts.append(min(size, room))
        room -= parts[-1]
    weights, kv, compute = parts if told else (None, None, None)
    return MemoryOwners(
        total_bytes=total,
        weights_bytes=weights,
        kv_bytes=kv,
        compute_bytes=compute,
        other_server_bytes=room if held is not None else None,
        others_bytes=used - server,
        free_bytes=total - used,
    )


def _held_by_server(gpu: GpuReading, users: Iterable[MemoryUser]) -> int | None:
    sizes = [
        user.vram_bytes if gpu.pool == "vram" else user.gtt_bytes
        for user in users
        if user.is_server and user.pci == gpu.pci
    ]
    known = [size for size in sizes if size is not None]
    return sum(known) if known else None


def _is_here(entry: DeviceMemory, gpu: GpuReading, cards: int) -> bool:
    if entry.pci is not None:
        return entry.pci.lower() == gpu.pci
    return cards == 1 and "CPU" not in entry.device.upper() and "HOST" not in entry.device.upper()
