"""The devices a server would spread a model over, with what each has free."""

from __future__ import annotations

from collections.abc import Sequence

from rocmtui.core.gguf.split import Rooms, Split, share_out
from rocmtui.core.gpu.memory.room import device_free_bytes, partition_numbers
from rocmtui.core.gpu.reading import GpuReading


def device_rooms(
    gpus: Sequence[GpuReading], available_bytes: int | None, backend: str | None, split: Split
) -> Rooms | None:
    """A room for each card, for each partition of a partitioned one; None where a figure is missing."""
    free: list[tuple[str, int]] = []
    for gpu in gpus:
        sizes = device_free_bytes(gpu, available_bytes, backend)
        if sizes is None:
            return None
        name = f"GPU {gpu.index} {gpu.name}"
        names = [f"{name} partition {number}" for number in partition_numbers(gpu)] or [name]
        free += zip(names, sizes, strict=True)
    return share_out(free, split)
