"""A card found in llama-server's own list of devices: by memory size, then by name."""

from __future__ import annotations

import re

from rocmtui.core.gpu.memory.room import memory_bytes
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.server.build import Device

MIB = 1 << 20
SIZE_TOLERANCE = 0.03
"""llama-server's total and the kernel's differ by what the firmware keeps."""


def find_device(gpu: GpuReading, devices: tuple[Device, ...]) -> Device | None:
    """The GPU in llama-server's list; None where that leaves a doubt."""
    sized = [device for device in devices if _has_its_size(gpu, device)]
    candidates = sized or list(devices)
    if len(candidates) > 1 or not sized:
        words = _words(gpu.name)
        scores = [len(words & _words(device.description)) for device in candidates]
        best = max(scores, default=0)
        candidates = [device for device, score in zip(candidates, scores, strict=True) if score == best > 0]
    return candidates[0] if len(candidates) == 1 else None


def _has_its_size(gpu: GpuReading, device: Device) -> bool:
    backend = device.name.rstrip("0123456789")
    sizes = {memory_bytes(gpu, backend), memory_bytes(gpu)}
    return any(total and abs(device.total_mib * MIB / total - 1) <= SIZE_TOLERANCE for total in sizes)


def _words(name: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", name.lower())) - {"amd", "radeon", "graphics", "tm", "r"}
