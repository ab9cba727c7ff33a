"""Who holds a card's memory: weights, KV cache, compute, the server's rest, others, free."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from rocmtui.core.gpu.memory.room import pool_used_bytes
from rocmtui.core.gpu.reading import GpuReading, MemoryUser
from rocmtui.core.server.state import DeviceMemory
from rocmtui.core.stats.quantiles import known

UNSEEN_LEAST_BYTES = 1 << 30
"""The driver's figures and the log's differ by less than this for other reasons."""


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
    unseen_bytes: int = 0
    """What the server's log says it allocated here beyond what the kernel shows: managed memory."""


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
    users = tuple(users)
    held = held_by(gpu, users, server=True)
    told = [entry for entry in log if _is_here(entry, gpu, cards)]
    sizes = by_purpose(told)
    if held is None and not told:
        return MemoryOwners(total_bytes=total, others_bytes=used, free_bytes=total - used)
    unseen = sum(sizes) - max(used - (held_by(gpu, users, server=False) or 0), 0)
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
        unseen_bytes=unseen if unseen >= UNSEEN_LEAST_BYTES else 0,
    )


def by_purpose(log: Iterable[DeviceMemory]) -> tuple[int, int, int]:
    """What is for weights, for the KV cache, and for computing."""
    sizes = [(one.weights_bytes, one.kv_bytes, one.compute_bytes + one.output_bytes) for one in log]
    weights, kv, compute = map(sum, zip((0, 0, 0), *sizes, strict=True))
    return weights, kv, compute


def host_bytes(log: Iterable[DeviceMemory]) -> int:
    """What llama-server said it keeps in system memory: it was asked to, and pins some of it."""
    return sum(by_purpose(filter(is_host, log)))


def host_weights_bytes(log: Iterable[DeviceMemory]) -> int | None:
    """What of the weights belongs in system memory, the rest being the cards'; None where no log told."""
    entries = [entry for entry in log if entry.weights_bytes]
    return sum(entry.weights_bytes for entry in entries if is_host(entry)) if entries else None


def held_by(gpu: GpuReading, users: Iterable[MemoryUser], *, server: bool) -> int | None:
    """What of the card's pool the server's processes hold, or all others; None where no figure is known."""
    here = (user for user in users if user.is_server is server and user.pci == gpu.pci)
    return known(sum, (user.vram_bytes if gpu.pool == "vram" else user.gtt_bytes for user in here))


def _is_here(entry: DeviceMemory, gpu: GpuReading, cards: int) -> bool:
    if entry.pci is not None:
        return entry.pci.lower() == gpu.pci
    return cards == 1 and not is_host(entry)


def is_host(entry: DeviceMemory) -> bool:
    """Whether it is system memory."""
    return "CPU" in entry.device.upper() or "HOST" in entry.device.upper()
