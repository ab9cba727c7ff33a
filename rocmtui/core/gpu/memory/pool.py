"""Which memory ROCm allocates from: a card's VRAM, or on an APU most often system memory."""

from __future__ import annotations

from typing import Literal

import msgspec


class Pool(msgspec.Struct, frozen=True, kw_only=True):
    """The pool of one card."""

    kind: Literal["vram", "gtt"]
    size_bytes: int | None
    source: str


def choose_pool(
    *,
    is_apu: bool,
    heap_bytes: int | None,
    vram_bytes: int | None,
    gtt_bytes: int | None,
    only_system: bool = False,
) -> Pool:
    """The pool by the KFD's heap, else by the kernel's rule; system memory never beyond GTT's own limit.

    An APU allocates from GTT where its carve-out is smaller (the kernel's `apu_prefer_gtt`), from
    the carve-out otherwise; never from both, so their sum is no capacity. `only_system`: from system memory
    whatever the sizes say (MI300A, or a KFD that names no other heap).
    """
    if not is_apu:
        return Pool(
            kind="vram", size_bytes=vram_bytes or heap_bytes, source="VRAM" if vram_bytes else "KFD heap"
        )
    prefers_gtt = only_system or not vram_bytes or gtt_bytes is None or vram_bytes < gtt_bytes
    if heap_bytes is not None and not only_system and vram_bytes != gtt_bytes:
        prefers_gtt = heap_bytes == gtt_bytes or (prefers_gtt and heap_bytes != vram_bytes)
    if not prefers_gtt:
        source = "KFD heap" if heap_bytes is not None else "carve-out, larger than GTT"
        return Pool(kind="vram", size_bytes=heap_bytes or vram_bytes, source=source)
    if heap_bytes is not None and (gtt_bytes is None or heap_bytes <= gtt_bytes):
        return Pool(kind="gtt", size_bytes=heap_bytes, source="KFD heap")
    if heap_bytes is not None:
        return Pool(kind="gtt", size_bytes=gtt_bytes, source="GTT, smaller than the KFD heap")
    return Pool(kind="gtt", size_bytes=gtt_bytes, source="GTT, larger than the carve-out")
