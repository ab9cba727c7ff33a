"""Which values of a GPU field are believable; everything else is None, never 0."""

from __future__ import annotations

import msgspec

SENTINELS = frozenset({0xFFFF, 0xFFFF_FFFF, 0xFFFF_FFFF_FFFF_FFFF, 0x7FFF_FFFF_FFFF_FFFF})
"""What AMD's firmware and library say for "not available", at each width."""

MAX_BYTES = 1 << 50


class GpuField(msgspec.Struct, frozen=True):
    """One figure of a card."""

    name: str
    """Field of GpuReading."""
    title: str
    unit: str
    low: float
    high: float
    """Smallest and largest believable value, both allowed, in `unit`."""


FIELDS: tuple[GpuField, ...] = (
    GpuField("vram_total_bytes", "VRAM total", "bytes", 1, MAX_BYTES),
    GpuField("vram_used_bytes", "VRAM used", "bytes", 0, MAX_BYTES),
    GpuField("visible_vram_total_bytes", "VRAM the CPU sees, total", "bytes", 1, MAX_BYTES),
    GpuField("visible_vram_used_bytes", "VRAM the CPU sees, used", "bytes", 0, MAX_BYTES),
    GpuField("gtt_total_bytes", "GTT (system memory) total", "bytes", 1, MAX_BYTES),
    GpuField("gtt_used_bytes", "GTT used", "bytes", 0, MAX_BYTES),
    GpuField("pool_bytes", "memory ROCm allocates from", "bytes", 1, MAX_BYTES),
    GpuField("power_watts", "power", "W", 0, 2000),
    GpuField("power_cap_watts", "power cap", "W", 1, 2000),
    GpuField("busy_percent", "busy", "%", 0, 100),
    GpuField("memory_busy_percent", "memory busy", "%", 0, 100),
    GpuField("edge_c", "edge temperature", "°C", 0.001, 150),
    GpuField("junction_c", "junction temperature", "°C", 0.001, 150),
    GpuField("memory_c", "memory temperature", "°C", 0.001, 150),
    GpuField("sclk_hz", "shader clock", "Hz", 0, 10_000_000_000),
    GpuField("mclk_hz", "memory clock", "Hz", 0, 10_000_000_000),
    GpuField("fan_rpm", "fan", "RPM", 0, 30_000),
    GpuField("video_busy_percent", "encoder and decoder busy", "%", 0, 100),
    GpuField("voltage_mv", "voltage", "mV", 1, 3000),
    GpuField("fan_percent", "fan, of its most", "%", 0, 100),
    GpuField("fan_max_rpm", "fan at most", "RPM", 1, 30_000),
    GpuField("edge_limit_c", "edge limit", "°C", 1, 150),
    GpuField("junction_limit_c", "junction limit", "°C", 1, 150),
    GpuField("memory_limit_c", "memory limit", "°C", 1, 150),
    GpuField("power_now_watts", "power of the moment", "W", 0, 2000),
    GpuField("power_cap_min_watts", "power cap, least", "W", 0, 2000),
    GpuField("power_cap_max_watts", "power cap, most", "W", 1, 2000),
    GpuField("power_cap_default_watts", "power cap by default", "W", 1, 2000),
    GpuField("gfx_watts", "power of the GPU's part", "W", 0, 2000),
    GpuField("cpu_watts", "power of the CPU's part", "W", 0, 2000),
    GpuField("dram_read_bytes_per_s", "memory read, whole chip", "bytes/s", 0, 1e13),
    GpuField("dram_write_bytes_per_s", "memory written, whole chip", "bytes/s", 0, 1e13),
    GpuField("max_bandwidth_bytes_per_s", "memory bandwidth at most", "bytes/s", 1, 1e14),
    GpuField("errors_corrected", "errors corrected", "", 0, 1 << 53),
    GpuField("errors_uncorrected", "errors not corrected", "", 0, 1 << 53),
    GpuField("link_width", "PCIe lanes", "lanes", 1, 32),
    GpuField("link_bytes_per_s", "PCIe traffic", "bytes/s", 0, 128e9),
    GpuField("link_max_width", "PCIe lanes at most", "lanes", 1, 32),
)
TOTAL_OF = {
    "vram_used_bytes": "vram_total_bytes",
    "visible_vram_used_bytes": "visible_vram_total_bytes",
    "gtt_used_bytes": "gtt_total_bytes",
}
"""Memory in use to the memory there is."""
_BY_NAME = {field.name: field for field in FIELDS}


def believable(name: str, value: float | None) -> bool:
    """Whether `value` can be what field `name` says; None and the sentinels cannot."""
    field = _BY_NAME[name]
    return value is not None and value not in SENTINELS and field.low <= value <= field.high


def parse_int(data: bytes | None, base: int = 10) -> int | None:
    """The integer a sysfs file holds; padding of NUL bytes and white space is ignored."""
    if not data:
        return None
    text = data.rstrip(b"\0").strip()
    if not text or len(text) > 24 or b"_" in text:
        return None
    try:
        return int(text, base)
    except ValueError:
        return None


def parse_text(data: bytes | None, limit: int = 128) -> str | None:
    """The printable text a sysfs file holds; None when there is none."""
    if not data:
        return None
    text = data.split(b"\0", 1)[0].decode("utf-8", "replace").strip()[:limit]
    return text if text and text.isprintable() else None
