"""Asks the driver of a card that is awake how its memory is built, and which clocks it may use now."""

from __future__ import annotations

import ctypes
import fcntl
import os
import struct

from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.limits.bandwidth import (
    Bandwidth,
    MemoryInfo,
    card_bandwidth,
    highest_clock_hz,
    read_device_info,
)

_IOCTL = 0x40206445
"""DRM_IOCTL_AMDGPU_INFO."""
_DEV_INFO = 0x16
_SIZE = 512


def bandwidth_of(gpu: GpuReading, root: str = "/sys", dev: str = "/dev") -> Bandwidth | None:
    """Of one card, without waking it; of a part of one (MI300) it is not known."""
    if gpu.partitions:
        return None
    if gpu.runtime_status not in (None, "active"):
        return card_bandwidth(gpu.name)
    allowed = highest_clock_hz(FileReader().text(f"{root}/class/drm/{gpu.card}/device/pp_dpm_mclk"))
    return card_bandwidth(gpu.name, _device_info(gpu, dev), allowed)


def _device_info(gpu: GpuReading, dev: str) -> MemoryInfo | None:
    """What the kernel says; None where the node may not be opened."""
    if gpu.kind == "apu" or not gpu.render_node:
        return None
    answer = ctypes.create_string_buffer(_SIZE)
    question = struct.pack("<QII16x", ctypes.addressof(answer), _SIZE, _DEV_INFO)
    try:
        node = os.open(f"{dev}/dri/{gpu.render_node}", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.ioctl(node, _IOCTL, question)
    except OSError:
        return None
    finally:
        os.close(node)
    return read_device_info(answer.raw)
