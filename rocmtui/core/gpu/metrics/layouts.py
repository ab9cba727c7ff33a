"""Where each version of the firmware's table keeps its figures.

`struct gpu_metrics_v*` in the kernel's drivers/gpu/drm/amd/include/kgd_pp_interface.h (torvalds/linux at
00dedab07b52 and FireBurn/linux at 49046e811c81): every offset here was worked out from these. Version 1.9
is a list of attributes instead (`gpu_metrics_attr` there, packed by the SMU_METRICS macros of smu_cmn.h):
eight bytes that say unit, type, number and count, then so many values with nothing between; what the firmware
does not tell has all bits set, in signed types too.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping

import msgspec

MHZ = 1_000_000
MEGABYTE = 1_000_000
GIGABYTE = 1_000_000_000
Version = tuple[int, int]
"""Format and content revision."""
FIRST_1_6: Version = (1, -6)
"""Linux 6.12 gave version 1.6 another layout than those after it; its size tells it from the later one."""
FIRST_1_6_BYTES = 384


class Field(msgspec.Struct, frozen=True):
    """One figure: where it lies, as what (`struct` code), and times what it is in our unit."""

    name: str
    offset: int
    code: str = "H"
    scale: float = 1


_CARD = (
    Field("edge_c", 4),
    Field("junction_c", 6),
    Field("memory_c", 8),
    Field("busy_percent", 16),
    Field("memory_busy_percent", 18),
    Field("video_busy_percent", 20),
    Field("power_watts", 22),
    Field("sclk_hz", 54, scale=MHZ),
    Field("mclk_hz", 58, scale=MHZ),
    Field("fan_rpm", 72),
)
_INSTINCT = (
    Field("junction_c", 4),
    Field("memory_c", 6),
    Field("power_watts", 10),
    Field("busy_percent", 12),
    Field("memory_busy_percent", 14),
)
_INSTINCT_WITH_VIDEO = (*_INSTINCT, Field("video_busy_percent", 16))


def _traffic(offset: int) -> Field:
    """`pcie_bandwidth_inst`, whole GB/s of both directions together."""
    return Field("link_bytes_per_s", offset, "Q", GIGABYTE)


_INSTINCT_WITH_BANDWIDTH = (
    *_INSTINCT,
    Field("max_bandwidth_bytes_per_s", 16, "Q", GIGABYTE),
    _traffic(96),
)
_APU_2 = (
    Field("edge_c", 4, scale=0.01),
    Field("cpu_watts", 42, scale=0.001),
    Field("gfx_watts", 46, scale=0.001),
)
_APU_3 = (
    Field("edge_c", 4, scale=0.01),
    Field("video_busy_percent", 44),
    Field("dram_read_bytes_per_s", 94, scale=MEGABYTE),
    Field("dram_write_bytes_per_s", 96, scale=MEGABYTE),
    Field("power_watts", 112, "I", 0.001),
    Field("gfx_watts", 124, "I", 0.001),
    Field("cpu_watts", 132, "I", 0.001),
)
LAYOUTS: Mapping[Version, tuple[Field, ...]] = {
    **dict.fromkeys(((1, content) for content in range(1, 4)), _CARD),
    (1, 4): (*_INSTINCT_WITH_VIDEO, _traffic(72)),
    (1, 5): (*_INSTINCT_WITH_VIDEO, _traffic(136)),
    FIRST_1_6: _INSTINCT_WITH_VIDEO,
    (1, 6): (*_INSTINCT, _traffic(88)),
    **dict.fromkeys(((1, content) for content in (7, 8)), _INSTINCT_WITH_BANDWIDTH),
    **dict.fromkeys(((2, content) for content in range(1, 256)), _APU_2),
    (3, 0): _APU_3,
}
"""Of versions that are not here only the kind of GPU is known."""
THROTTLE_BITS: Mapping[Version, Field] = {
    (1, 3): Field("independent", 112, "Q"),
    **{(2, content): Field("independent", 120, "Q") for content in (2, 3, 4)},
    (1, 4): Field("instinct", 40, "I"),
    (1, 5): Field("instinct", 104, "I"),
}
"""Where the reasons to hold the card back stand, and which list of bits they follow."""


def _residencies(first: int, names: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(Field(name, first + 4 * index, "I") for index, name in enumerate(names))


_INSTINCT_REASONS = ("hot signal", "power", "temperature", "regulator temperature", "memory temperature")
_APU_REASONS = ("hot signal", "power", "power", "power", "temperature", "temperature", "temperature")
RESIDENCIES: Mapping[Version, tuple[Field, ...]] = {
    FIRST_1_6: _residencies(108, _INSTINCT_REASONS),
    (1, 6): _residencies(36, _INSTINCT_REASONS),
    **{(1, content): _residencies(44, _INSTINCT_REASONS) for content in (7, 8)},
    (3, 0): _residencies(228, _APU_REASONS),
}
"""Counters of the time for which each reason held the card back."""

Read = tuple[dict[str, float], list[tuple[str, int]]]
"""Figures by field of GpuReading, and reasons with their residencies."""
ATTRIBUTE_VERSION: Version = (1, 9)
_ATTRIBUTES: Mapping[int, tuple[str, float]] = {
    0: ("junction_c", 1),
    1: ("memory_c", 1),
    3: ("power_watts", 1),
    4: ("busy_percent", 1),
    5: ("memory_busy_percent", 1),
    6: ("max_bandwidth_bytes_per_s", GIGABYTE),
    23: ("link_bytes_per_s", GIGABYTE),
    33: ("sclk_hz", MHZ),
    37: ("mclk_hz", MHZ),
    42: ("video_busy_percent", 1),
}
_FIRST_RESIDENCY = 10
_TYPES = "BbHhIiQq"
_ATTRIBUTES_BEGIN = 8


def read_attributes(table: bytes) -> Read:
    """What those of a 1.9 table's attributes say that we know.

    Of several instances the first that is available counts. Ends at the first that cannot be read.
    """
    figures: dict[str, float] = {}
    residencies: list[tuple[str, int]] = []
    count = int.from_bytes(table[4:_ATTRIBUTES_BEGIN], "little")
    position = _ATTRIBUTES_BEGIN
    for _ in range(min(count, 1024)):
        encoding = int.from_bytes(table[position : position + 8], "little")
        kind, number, instances = encoding >> 20 & 0xF, encoding >> 10 & 0x3FF, encoding & 0x3FF
        if position + 8 > len(table) or kind >= len(_TYPES):
            break
        value = struct.Struct(f"<{instances}{_TYPES[kind]}")
        position += 8
        if position + value.size > len(table):
            break
        missing = struct.unpack(f"<{_TYPES[kind]}", b"\xff" * struct.calcsize(_TYPES[kind]))[0]
        known = [one for one in value.unpack_from(table, position) if one != missing]
        position += value.size
        if known and number in _ATTRIBUTES:
            name, scale = _ATTRIBUTES[number]
            figures.setdefault(name, known[0] * scale)
        elif known and 0 <= number - _FIRST_RESIDENCY < len(_INSTINCT_REASONS):
            residencies.append((_INSTINCT_REASONS[number - _FIRST_RESIDENCY], int(known[0])))
    return figures, residencies
