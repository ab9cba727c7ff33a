"""The binary `gpu_metrics` file of the amdgpu driver, read by its version.

Layouts: `struct gpu_metrics_v*` in the kernel's drivers/gpu/drm/amd/include/kgd_pp_interface.h.
Format 1 is a card of its own, 2 and 3 an APU. Only what sysfs has no better file for is taken out.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

import msgspec

THROTTLE_BITS: Mapping[int, str] = {
    **dict.fromkeys(range(8), "power"),
    **dict.fromkeys(range(16, 24), "current"),
    **dict.fromkeys((32, 33, 37), "temperature"),
    34: "memory temperature",
    35: "edge temperature",
    36: "junction temperature",
    **dict.fromkeys(range(38, 44), "regulator temperature"),
    **dict.fromkeys(range(44, 48), "hot signal"),
}
"""ASIC-independent throttle bits (SMU_THROTTLER_* in amdgpu_smu.h) to what holds the card back."""


class GpuMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What one table says; None: not in this version, or the firmware says not available."""

    kind: Literal["discrete", "apu"]
    version: str
    edge_c: float | None = None
    junction_c: float | None = None
    memory_c: float | None = None
    power_watts: float | None = None
    busy_percent: float | None = None
    memory_busy_percent: float | None = None
    sclk_hz: int | None = None
    mclk_hz: int | None = None
    fan_rpm: int | None = None
    throttle: tuple[str, ...] = ()
    """Why the firmware says it holds the card back, whether or not the card is busy."""


class _Field(msgspec.Struct, frozen=True):
    name: str
    offset: int
    code: str = "H"
    scale: float = 1


_DISCRETE_OLD = (
    _Field("edge_c", 4),
    _Field("junction_c", 6),
    _Field("memory_c", 8),
    _Field("busy_percent", 16),
    _Field("memory_busy_percent", 18),
    _Field("power_watts", 22),
    _Field("sclk_hz", 54, scale=1_000_000),
    _Field("mclk_hz", 58, scale=1_000_000),
    _Field("fan_rpm", 72),
)
_DISCRETE_INSTINCT = (
    _Field("junction_c", 4),
    _Field("memory_c", 6),
    _Field("power_watts", 10),
    _Field("busy_percent", 12),
    _Field("memory_busy_percent", 14),
)
_APU_2 = (_Field("edge_c", 4, scale=0.01),)
_APU_3 = (
    _Field("edge_c", 4, scale=0.01),
    _Field("power_watts", 112, "I", 0.001),
)
_LAYOUTS = {
    **dict.fromkeys(((1, content) for content in range(1, 4)), _DISCRETE_OLD),
    **dict.fromkeys(((1, content) for content in range(4, 9)), _DISCRETE_INSTINCT),
    **dict.fromkeys(((2, content) for content in range(1, 256)), _APU_2),
    (3, 0): _APU_3,
}
"""(format, content) revision to where its fields lie; of others only the kind of GPU is known."""
_THROTTLE_OFFSET = {(1, 3): 112, (2, 2): 120, (2, 3): 120, (2, 4): 120}
_INTEGERS = ("sclk_hz", "mclk_hz", "fan_rpm")
_HEADER = struct.Struct("<HBB")
HEADER_BYTES = _HEADER.size


def table_kind(head: bytes) -> Literal["discrete", "apu"] | None:
    """What kind of GPU writes tables of this format, by its first bytes; None for an unknown one."""
    if len(head) < HEADER_BYTES or head[2] not in (1, 2, 3):
        return None
    return "discrete" if head[2] == 1 else "apu"


def parse_gpu_metrics(data: bytes) -> GpuMetrics | None:
    """Read one table; None when it is cut short, empty or of a format this code does not know."""
    if len(data) < _HEADER.size:
        return None
    size, format_revision, content_revision = _HEADER.unpack_from(data)
    if format_revision not in (1, 2, 3) or size < 32 or size > len(data):
        return None
    table = data[:size]
    values: dict[str, float | int] = {}
    for field in _LAYOUTS.get((format_revision, content_revision), ()):
        raw = _raw(table, field.offset, field.code)
        if raw is not None:
            value = raw * field.scale
            values[field.name] = int(value) if field.name in _INTEGERS else round(value, 3)
    return msgspec.convert(
        {
            "kind": "discrete" if format_revision == 1 else "apu",
            "version": f"{format_revision}.{content_revision}",
            "throttle": _throttle(table, _THROTTLE_OFFSET.get((format_revision, content_revision))),
            **values,
        },
        GpuMetrics,
    )


def _raw(table: bytes, offset: int, code: str) -> int | None:
    """The number at `offset`; None past the end or where all its bits are set (not available)."""
    width = struct.calcsize(code)
    if offset + width > len(table):
        return None
    number = int.from_bytes(table[offset : offset + width], "little")
    return None if number == (1 << 8 * width) - 1 else number


def _throttle(table: bytes, offset: int | None) -> tuple[str, ...]:
    bits = _raw(table, offset, "Q") if offset is not None else None
    if not bits:
        return ()
    return tuple(dict.fromkeys(name for bit, name in THROTTLE_BITS.items() if bits >> bit & 1))
