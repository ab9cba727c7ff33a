"""The binary `gpu_metrics` file of the amdgpu driver, read by its version.

Format 1 is a card of its own, 2 and 3 an APU. Only what sysfs has no better file for is taken out.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Literal

import msgspec

from rocmtui.core.gpu.metrics.layouts import (
    ATTRIBUTE_VERSION,
    FIRST_1_6,
    FIRST_1_6_BYTES,
    LAYOUTS,
    RESIDENCIES,
    THROTTLE_BITS,
    Read,
    Version,
    read_attributes,
)

_INDEPENDENT: Mapping[int, str] = {
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
_INSTINCT: Mapping[int, str] = {
    0: "hot signal",
    1: "power",
    2: "temperature",
    3: "regulator temperature",
    4: "memory temperature",
}
"""THROTTLER_* of smu_v13_0_6_pmfw.h."""
_BITS = {"independent": _INDEPENDENT, "instinct": _INSTINCT}
_INTEGERS = ("sclk_hz", "mclk_hz", "fan_rpm")
_HEADER = struct.Struct("<HBB")
HEADER_BYTES = _HEADER.size


class GpuMetrics(msgspec.Struct, frozen=True, kw_only=True):
    """What one table says: what its version has, but for what the firmware says is not available."""

    kind: Literal["discrete", "apu"]
    version: str
    figures: dict[str, float] = {}
    """By field of GpuReading."""
    throttle: tuple[str, ...] = ()
    """Why the firmware says it holds the card back, whether or not the card is busy."""
    residencies: tuple[tuple[str, int], ...] = ()
    """Reason to how long it ever held the card back, in the firmware's steps."""

    def held_back_since(self, before: GpuMetrics | None) -> tuple[str, ...]:
        """The reasons whose time grew since an earlier table of the card."""
        if before is None or len(before.residencies) != len(self.residencies):
            return ()
        pairs = zip(self.residencies, before.residencies, strict=True)
        return tuple(dict.fromkeys(reason for (reason, now), (_, then) in pairs if now > then))


def table_kind(head: bytes) -> Literal["discrete", "apu"] | None:
    """What kind of GPU writes tables of this format, by its first bytes; None for an unknown one."""
    if len(head) < HEADER_BYTES or head[2] not in (1, 2, 3):
        return None
    return "discrete" if head[2] == 1 else "apu"


def parse_gpu_metrics(data: bytes) -> GpuMetrics | None:
    """Read one table; None when it is cut short, empty or of a format this code does not know."""
    kind = table_kind(data)
    if kind is None:
        return None
    size, *revisions = _HEADER.unpack_from(data)
    version: Version = (revisions[0], revisions[1])
    is_list = version == ATTRIBUTE_VERSION
    if size < (HEADER_BYTES if is_list else 32) or size > len(data):
        return None
    table = data[:size]
    layout = FIRST_1_6 if (version, size) == ((1, 6), FIRST_1_6_BYTES) else version
    values, residencies = read_attributes(table) if is_list else _laid_out(table, layout)
    return GpuMetrics(
        kind=kind,
        version=f"{version[0]}.{version[1]}",
        figures={name: int(value) if name in _INTEGERS else value for name, value in values.items()},
        throttle=_throttle(table, version),
        residencies=tuple(residencies),
    )


def _laid_out(table: bytes, version: Version) -> Read:
    values: dict[str, float] = {}
    for field in LAYOUTS.get(version, ()):
        raw = _raw(table, field.offset, field.code)
        if raw is not None:
            values[field.name] = round(raw * field.scale, 3)
    counters = ((field.name, _raw(table, field.offset, field.code)) for field in RESIDENCIES.get(version, ()))
    return values, [(reason, count) for reason, count in counters if count is not None]


def _raw(table: bytes, offset: int, code: str) -> int | None:
    """The number at `offset`; None past the end or where all its bits are set (not available)."""
    width = struct.calcsize(code)
    if offset + width > len(table):
        return None
    number = int.from_bytes(table[offset : offset + width], "little")
    return None if number == (1 << 8 * width) - 1 else number


def _throttle(table: bytes, version: Version) -> tuple[str, ...]:
    field = THROTTLE_BITS.get(version)
    bits = _raw(table, field.offset, field.code) if field is not None else None
    if field is None or not bits:
        return ()
    return tuple(dict.fromkeys(name for bit, name in _BITS[field.name].items() if bits >> bit & 1))
