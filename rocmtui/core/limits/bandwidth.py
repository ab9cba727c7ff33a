"""How many bytes a second a device's memory moves: by the driver, else the maker, else not known."""

from __future__ import annotations

import re
import struct

import msgspec

from rocmtui.core.text import forms

GB = 1e9


class Bandwidth(msgspec.Struct, frozen=True, kw_only=True):
    """Of one device."""

    bytes_per_s: float
    source: str
    """`driver`, `maker` or `measured`, with what it was made of."""


class MemoryInfo(msgspec.Struct, frozen=True, kw_only=True):
    """What the driver tells of a card's memory."""

    type_id: int
    bits: int
    max_clock_hz: int


SAME_CLOCK = 0.03
"""Clocks nearer than this are the same one, rounded."""
BITS_A_CLOCK = {5: ("GDDR5", 4), 6: ("HBM", 2), 9: ("GDDR6", 16)}
"""AMDGPU_VRAM_TYPE_* to its name and how many bits a pin moves in a cycle of the clock that is listed. Of an
APU's memory the listed clock means different things, so that is not computed."""

_MAKERS = (
    ("MI35[05]X", 8000, None),
    ("MI325X", 6000, None),
    ("MI300[XA]|MI308X", 5300, 1300),
    ("MI250X?", 1638, 1600),
    ("MI210", 1638, 1600),
    ("MI100", 1229, 1200),
    ("MI[56]0|Radeon VII", 1024, 1000),
    ("7900 XTX", 960, 1249),
    ("W7900", 864, 1124),
    ("7900 XT(?!X)", 800, 1249),
    ("R9700|9070(?! GRE)", 640, 1258),
    ("7800 XT", 624, 1218),
    ("7900 GRE|W7800|6950 XT", 576, 1124),
    ("6[89]00(?! ?M)", 512, 1000),
    ("7700 XT", 432, 1124),
    ("6700 XT", 384, 1000),
    ("9060 XT(?! LP)", 320, 1258),
    ("7600(?! ?[MS])|7700S", 288, 1124),
    ("7600S", 256, 1000),
    ("6600 XT", 256, 1000),
    ("6600(?! ?[MXS])", 224, 875),
    ("5700(?! ?M)", 448, 875),
    ("5500 XT", 224, 875),
    ("RX 580", 256, 2000),
    ("80[56]0S", 256, None),
)
"""Name, GB/s and the memory clock in MHz at which that holds. MI250X counts as its half, one device; the
8060S is soldered to LPDDR5X-8000, other APUs have whatever memory was put in."""


def card_bandwidth(
    name: str, info: MemoryInfo | None = None, allowed_clock_hz: int | None = None
) -> Bandwidth | None:
    """Of a card. `allowed_clock_hz`: the highest step of its memory clock now, which is the limit."""
    if info is not None and info.type_id in BITS_A_CLOCK and info.bits and info.max_clock_hz:
        memory, bits = BITS_A_CLOCK[info.type_id]
        clock = min(info.max_clock_hz, allowed_clock_hz or info.max_clock_hz)
        source = f"driver: {info.bits} bits of {memory} at {forms.mhz(clock)} MHz"
        return Bandwidth(bytes_per_s=clock * bits * info.bits / 8, source=source)
    for pattern, gb_per_s, clock_mhz in _MAKERS:
        if re.search(rf"(?<!\w)(?:{pattern})", name):
            return _of_maker(gb_per_s, clock_mhz, allowed_clock_hz)
    return None


def _of_maker(gb_per_s: int, clock_mhz: int | None, allowed_clock_hz: int | None) -> Bandwidth:
    source = f"maker's figure, {forms.figure(gb_per_s)} GB/s"
    part = allowed_clock_hz / (clock_mhz * 1e6) if clock_mhz and allowed_clock_hz else 1.0
    if abs(part - 1) < SAME_CLOCK:
        return Bandwidth(bytes_per_s=gb_per_s * GB, source=source)
    allowed, usual = forms.mhz(allowed_clock_hz), forms.count(clock_mhz)
    clock = f"held at {allowed} of {usual}" if part < 1 else f"raised from {usual} to {allowed}"
    return Bandwidth(bytes_per_s=gb_per_s * GB * part, source=f"{source}, its memory clock {clock} MHz")


def read_device_info(data: bytes) -> MemoryInfo | None:
    """From the kernel's `drm_amdgpu_info_device` (amdgpu_drm.h); None where it is too short."""
    if len(data) < 184:
        return None
    (clock_khz,) = struct.unpack_from("<Q", data, 40)
    type_id, bits = struct.unpack_from("<II", data, 176)
    return MemoryInfo(type_id=type_id, bits=bits, max_clock_hz=clock_khz * 1000)


def highest_clock_hz(pp_dpm_mclk: str) -> int | None:
    """The highest step of `pp_dpm_mclk` (`3: 1249Mhz *`)."""
    steps = [int(step) for step in re.findall(r"(?i)^\d+:\s*(\d+)\s*mhz", pp_dpm_mclk, re.M)]
    return max(steps) * 1_000_000 if steps else None
