"""Marketing names of AMD GPUs, from the table libdrm installs."""

from __future__ import annotations

from functools import cache

from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.known_names import known_name

AMDGPU_IDS = ("/usr/share/libdrm/amdgpu.ids", "/opt/amdgpu/share/libdrm/amdgpu.ids")
_TABLE_LIMIT = 1 << 20


@cache
def load_names(path: str) -> dict[tuple[int, int], str]:
    """(device id, revision) to name; empty where the file is missing."""
    names = {}
    for line in FileReader().text(path, _TABLE_LIMIT).splitlines():
        parts = [part.strip() for part in line.split(",", 2)]
        if len(parts) == 3 and not line.startswith("#"):
            try:
                names[int(parts[0], 16), int(parts[1], 16)] = parts[2]
            except ValueError:
                continue
    return names


def find_name(
    device_id: int, revision: int | None, product_name: str | None = None, paths: tuple[str, ...] = AMDGPU_IDS
) -> tuple[str, str]:
    """The card's name and where it came from.

    Without a revision the table decides only where all revisions of the device share one name.
    """
    for path in paths:
        names = load_names(path)
        if revision is not None and (device_id, revision) in names:
            return names[device_id, revision], "amdgpu.ids"
        of_device = {name for (device, _), name in names.items() if device == device_id}
        if revision is None and len(of_device) == 1:
            return of_device.pop(), "amdgpu.ids"
    if product_name:
        return product_name, "sysfs product_name"
    if name := known_name(device_id, revision):
        return name, "known PCI id"
    return f"AMD GPU {device_id:04x}", "PCI id"
