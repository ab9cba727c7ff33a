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
    *, is_apu: bool, heap_bytes: int | None, vram_bytes: int | None, gtt_bytes: int | None
) -> Pool:
    """The pool by the KFD's heap, else by the kernel's rule.

    An APU allocates from GTT where its carve-out is smaller (the kernel's `apu_prefer_gtt`), from
    the carve-out otherwise; never from both, so their sum is no capacity.
    """
    if not is_apu:
        return Pool(
            kind="vram", size_bytes=vram_bytes or heap_bytes, source="VRAM" if vram_bytes else "KFD heap"
        )
    prefers_gtt = vram_bytes is None or gtt_bytes is None or vram_bytes < gtt_bytes
    if heap_bytes is not None:
        if vram_bytes is not None and heap_bytes == vram_bytes != gtt_bytes:
            prefers_gtt = False
        return Pool(kind="gtt" if prefers_gtt else "vram", size_bytes=heap_bytes, source="KFD heap")
    if prefers_gtt:
        return Pool(kind="gtt", size_bytes=gtt_bytes, source="GTT, larger than the carve-out")
    return Pool(kind="vram", size_bytes=vram_bytes, source="carve-out, larger than GTT")
