"""Calm sentences about what is missing: no card, no driver, another vendor's GPU, no permission."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection
from pathlib import Path

from rocmtui.adapters.gpu.cards import AMD_VENDOR, Card, parse_uevent
from rocmtui.adapters.machine.small_file import FileReader, list_dir
from rocmtui.core.gpu.fields import parse_int

_OTHERS = {0x10DE: "NVIDIA", 0x8086: "Intel"}
_DISPLAY, _ACCELERATOR = 0x03, 0x12


def behind_wsl(dev: str = "/dev") -> bool:
    """Whether Windows has the GPU: servers can use it, the kernel here shows nothing of it."""
    return Path(f"{dev}/dxg").exists()


def find_notes(cards: tuple[Card, ...], root: str = "/sys", dev: str = "/dev") -> tuple[str, ...]:
    """One sentence for each thing a user may wonder about; none on a machine where all is well."""
    notes = [*other_gpus(cards, root)]
    if not cards and behind_wsl(dev):
        notes.insert(0, "Under WSL the GPU is behind /dev/dxg: servers can use it, its figures stay unknown.")
        return tuple(notes)
    if not cards:
        where = f"{root}/class/drm"
        seen = "no AMD card there" if list_dir(where) else "nothing there"
        notes.insert(0, f"No AMD GPU: looked in {where} and found {seen}.")
        return tuple(notes)
    if any(card.driver == "amdgpu" for card in cards):
        notes += _compute_access(dev)
    notes += [
        f"{card.name} ({card.pci}) runs on the old {card.driver} driver, which tells no memory use."
        for card in cards
        if card.driver not in ("amdgpu", None)
    ]
    return tuple(notes)


def why_gone(pci: str, root: str = "/sys") -> str:
    """What became of a card that was there, by what the PCI bus still shows of it."""
    device = f"{root}/bus/pci/devices/{pci}"
    uevent = FileReader().read(f"{device}/uevent")
    if uevent is None:
        return "reset or unplugged"
    driver = parse_uevent(uevent).get("DRIVER")
    if driver not in ("amdgpu", None):
        return f"the driver {driver} has it now"
    return "amdgpu let go of it (unbound, or a reset failed: `sudo dmesg | grep amdgpu` says why)"


def denied_note(paths: Collection[str]) -> tuple[str, ...]:
    """What to say of kernel files that may not be read; nothing where there are none."""
    if not paths:
        return ()
    return (f"Not permitted to read {min(paths)}: a container or a security module keeps it from us.",)


def other_gpus(cards: tuple[Card, ...], root: str = "/sys") -> tuple[str, ...]:
    """A sentence for each GPU that is no readable card: another vendor's, without a driver, handed on."""
    reader, known = FileReader(), {card.pci for card in cards}
    notes = []
    devices = f"{root}/bus/pci/devices"
    for pci in list_dir(devices):
        kind = parse_int(reader.read(f"{devices}/{pci}/class"), 16)
        vendor = parse_int(reader.read(f"{devices}/{pci}/vendor"), 16)
        if kind is None or kind >> 16 not in (_DISPLAY, _ACCELERATOR) or pci in known:
            continue
        if vendor in _OTHERS:
            notes.append(f"{_OTHERS[vendor]} GPU at {pci}: not watched, rocmtui reads AMD GPUs only.")
        elif vendor == AMD_VENDOR:
            driver = parse_uevent(reader.read(f"{devices}/{pci}/uevent")).get("DRIVER")
            notes.append(f"AMD GPU at {pci} cannot be read: {_hindrance(driver, root)}.")
    return tuple(notes)


def _hindrance(driver: str | None, root: str) -> str:
    if driver == "amdgpu":
        return f"its driver runs, but shows no card in {root}/class/drm"
    return (f"its driver is {driver}" if driver else "it has no driver") + ", and amdgpu is needed"


def _compute_access(dev: str) -> list[str]:
    """What keeps a ROCm llama-server of this user from the card; our own figures need none of it."""
    kfd = f"{dev}/kfd"
    try:
        facts = Path(kfd).stat()
    except OSError:
        return [
            f"{kfd} is missing: figures are complete, but a ROCm llama-server cannot use the GPU "
            "(in a container: --device /dev/kfd --device /dev/dri)."
        ]
    if not stat.S_ISCHR(facts.st_mode) or os.access(kfd, os.R_OK | os.W_OK):
        return []
    return [f"No permission for {kfd}: figures are complete, but a ROCm llama-server needs {_way_in(facts)}."]


def _way_in(facts: os.stat_result) -> str:
    """Who may use the device, and how a user becomes one of them."""
    import grp

    group = facts.st_gid
    if group == 0 or not facts.st_mode & stat.S_IWGRP:
        return "it, and only root may use it here: ROCm's udev rules give it to group render"
    try:
        name = grp.getgrgid(group).gr_name
    except KeyError:
        return f"group {group}, which has no name here (in a container: --group-add {group})"
    return f"group {name} (sudo usermod -aG {name} $USER, then log in again)"
