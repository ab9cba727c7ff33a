"""What of an awake card changes seldom: limits, counted errors, how it is partitioned. Read now and then."""

from __future__ import annotations

import re

import msgspec

from rocmtui.adapters.gpu.sensors import MICRO, Sensors
from rocmtui.adapters.gpu.values import Values
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import parse_int, parse_text

_CAPS = {"min": "power1_cap_min", "max": "power1_cap_max", "default": "power1_cap_default"}
_COUNTS = re.compile(rb"\b(ue|ce):\s*(\d{1,18})\b")
_PARTITION = re.compile(r"[A-Z0-9]{2,8}")


class SlowFacts(msgspec.Struct, frozen=True, kw_only=True):
    """Fields of GpuReading with their sources, and two words."""

    fields: dict[str, float] = msgspec.field(default_factory=dict)
    sources: dict[str, str] = msgspec.field(default_factory=dict)
    compute_partition: str | None = None
    memory_partition: str | None = None


def read_slow(reader: FileReader, device: str, sensors: Sensors) -> SlowFacts:
    """All of them now."""
    values = Values(reader, device)
    if sensors.hwmon:
        for kind, file in _CAPS.items():
            values.read(f"power_cap_{kind}_watts", f"{sensors.hwmon}/{file}", f"hwmon {file}", MICRO)
        if sensors.has_fan:
            values.read("fan_max_rpm", f"{sensors.hwmon}/fan1_max", "hwmon fan1_max")
    for field, limit in sensors.critical_c.items():
        values.take(field.replace("_c", "_limit_c"), limit, "hwmon temp*_crit")
    counts = _errors(reader, f"{device}/ras")
    for kind, field in (("ce", "errors_corrected"), ("ue", "errors_uncorrected")):
        values.take(field, counts.get(kind), "sysfs ras/*_err_count")
    return SlowFacts(
        fields=values.fields,
        sources=values.sources,
        compute_partition=_partition(reader, f"{device}/current_compute_partition"),
        memory_partition=_partition(reader, f"{device}/current_memory_partition"),
    )


def _errors(reader: FileReader, folder: str) -> dict[str, int]:
    """Of all blocks; nothing for a card that counts none."""
    counts: dict[str, int] = {}
    for name in list_dir(folder):
        if name.endswith("_err_count"):
            for kind, count in _COUNTS.findall(reader.read(f"{folder}/{name}") or b""):
                counts[kind.decode()] = counts.get(kind.decode(), 0) + (parse_int(count) or 0)
    return counts


def _partition(reader: FileReader, path: str) -> str | None:
    word = parse_text(reader.read(path), 16)
    return word if word and _PARTITION.fullmatch(word) else None
