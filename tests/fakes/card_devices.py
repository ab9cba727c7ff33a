"""What llama.cpp's backends see of the cards of this machine, pretend or not, through the kernel's files."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

SYS, DEV = Path("/sys"), Path("/dev")


class Device(NamedTuple):
    """What llama.cpp sees of a card, or of a partition of one."""

    name: str
    description: str
    pci: str
    total: int
    free: int
    counter: Path
    """The kernel's file of what is in use."""


def number(path: Path) -> int:
    """What stands in a file; 0 where there is none."""
    with contextlib.suppress(OSError, ValueError):
        return int(path.read_text())
    return 0


def may_open(name: str) -> bool:
    return os.access(DEV / name, os.R_OK | os.W_OK)


def kept(devices: Sequence[tuple[str, Device]], wish: str | None) -> list[tuple[str, Device]]:
    """Those that a variable names by UUID or number, up to the first that is none."""
    if wish is None:
        return list(devices)
    known = {str(at): device for at, device in enumerate(devices)} | {one[0]: one for one in devices}
    found = []
    for word in wish.split(","):
        if word not in known:
            break
        found.append(known[word])
    return found


def cards() -> dict[str, Path]:
    """PCI address to folder of the cards that amdgpu drives."""
    found = {}
    for folder in sorted((SYS / "class/drm").glob("card*/device")):
        told = dict(
            line.split("=", 1) for line in (folder / "uevent").read_text().splitlines() if "=" in line
        )
        if told.get("DRIVER") == "amdgpu":
            found[told["PCI_SLOT_NAME"]] = folder
    return dict(sorted(found.items()))


def is_apu(card: Path) -> bool:
    with contextlib.suppress(OSError):
        return (card / "gpu_metrics").read_bytes()[2] in (2, 3)
    return not number(card / "mem_info_vram_total")


def rocm_devices() -> Iterator[tuple[str, Device]]:
    """UUID and device of each node of the KFD; only if that itself may be opened."""
    nodes = SYS / "class/kfd/kfd/topology/nodes"
    folders = (
        sorted(nodes.iterdir(), key=lambda node: int(node.name)) if may_open("kfd") and nodes.is_dir() else ()
    )
    for folder in folders:
        told = dict(line.split() for line in (folder / "properties").read_text().splitlines())
        if told.get("simd_count", "0") == "0" or not may_open(f"dri/renderD{told['drm_render_minor']}"):
            continue
        place = int(told["location_id"])
        pci = f"{int(told['domain']):04x}:{place >> 8:02x}:{place >> 3 & 31:02x}.{place & 7}"
        banks = (bank.read_text().split() for bank in folder.glob("mem_banks/*/properties"))
        size = sum(int(bank[bank.index("size_in_bytes") + 1]) for bank in banks)
        yield f"GPU-{int(told['unique_id']):016x}", device(pci, size, f"gfx{told['gfx_target_version']}")


def vulkan_devices() -> Iterator[tuple[str, Device]]:
    """Each card of amdgpu whose render node may be opened; an APU has the heaps of both names."""
    for pci, folder in cards().items():
        if not any(may_open(f"dri/{node.name}") for node in folder.glob("drm/renderD*")):
            continue
        size = number(folder / "mem_info_vram_total")
        size += number(folder / "mem_info_gtt_total") if is_apu(folder) else 0
        yield pci, device(pci, size, "RADV")


def device(pci: str, size: int, what: str) -> Device:
    """The function of a partition's address is no PCI function: its card is that of the slot."""
    known = cards()
    card = known.get(pci) or known[f"{pci[:-1]}0"]
    pool = "gtt" if is_apu(card) else "vram"
    total, counter = number(card / f"mem_info_{pool}_total"), card / f"mem_info_{pool}_used"
    free = size - number(counter) * min(size, total) // max(total, 1)
    return Device("", os.environ.get("CARD_NAME", f"AMD {what}"), pci, size, max(free, 0), counter)


def devices_of(backend: str, environ: Mapping[str, str], words: Sequence[str]) -> list[Device]:
    """What is left after all that hides devices, under llama.cpp's names."""
    if backend == "Vulkan":
        found = kept(list(vulkan_devices()), environ.get("GGML_VK_VISIBLE_DEVICES"))
    else:
        found = kept(list(rocm_devices()), environ.get("ROCR_VISIBLE_DEVICES"))
        found = kept(found, environ.get("HIP_VISIBLE_DEVICES"))
    named = [one._replace(name=f"{backend}{at}") for at, (_, one) in enumerate(found)]
    wanted = words[words.index("--device") + 1].split(",") if "--device" in words else None
    return [one for one in named if wanted is None or one.name in wanted]


def count(counter: Path, more: int) -> None:
    """In the kernel's file, where this user may."""
    with contextlib.suppress(OSError):
        counter.write_text(f"{number(counter) + more}\n")
