"""Reads the PCIe links from an awake card up to its root port."""

from __future__ import annotations

import os
import re
from pathlib import Path

from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.fields import parse_int, parse_text
from rocmtui.core.gpu.link import Hop, hop, narrowest

_PCI = re.compile(r"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\.[0-7]")
LINK_FILES = {
    "link_speed": "current_link_speed",
    "link_width": "current_link_width",
    "link_max_speed": "max_link_speed",
    "link_max_width": "max_link_width",
}
"""Field of GpuReading to the file it comes from, of the card or a bridge above it."""


def link_folders(device: str) -> tuple[str, ...]:
    """The folder of the card and of each bridge above it, as the kernel nests them."""
    real = Path(os.path.realpath(device))
    above = [str(folder) for folder in real.parents if _PCI.fullmatch(folder.name)]
    return (device, *above)


def read_link(reader: FileReader, folders: tuple[str, ...]) -> dict[str, object]:
    """The link's fields of GpuReading: what it carries now, and at most."""
    now = narrowest([_hop(reader, folder, "current") for folder in folders])
    most = narrowest([_hop(reader, folder, "max") for folder in folders])
    own = _hop(reader, folders[0], "max")
    lost = now is not None and now.pci != own.pci and (now.width or 32) < (own.width or 0)
    return {
        "link_speed": now.speed if now else None,
        "link_width": now.width if now else None,
        "link_max_speed": most.speed if most else None,
        "link_max_width": most.width if most else None,
        "link_narrowed_at": now.pci if now and lost else None,
    }


def _hop(reader: FileReader, folder: str, kind: str) -> Hop:
    speed = parse_text(reader.read(f"{folder}/{kind}_link_speed"), 32)
    width = parse_int(reader.read(f"{folder}/{kind}_link_width"))
    return hop(folder.rpartition("/")[2], speed, width)
