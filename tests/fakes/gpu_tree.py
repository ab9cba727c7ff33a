"""Pretend /sys trees of AMD cards: from recordings of real ones, or made up file by file."""

from __future__ import annotations

from pathlib import Path

import pytest

RECORDINGS = Path(__file__).parents[3] / "shared" / "sysfs"
"""Recordings of real cards live beside the checkout; they are not part of the project."""


def recorded_sys(tmp_path: Path, *names: str) -> str:
    """A /sys of the named recordings, untouched; skips where the recordings are absent."""
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings of real cards at {RECORDINGS}")
    drm = tmp_path / "class" / "drm"
    drm.mkdir(parents=True)
    for number, name in enumerate(names):
        (recorded,) = (RECORDINGS / name).glob("card*")
        (drm / f"card{number}").symlink_to(recorded)
        if (RECORDINGS / name / "kfd").is_dir():
            (tmp_path / "class" / "kfd").mkdir(exist_ok=True)
            (tmp_path / "class" / "kfd" / "kfd").symlink_to(RECORDINGS / name / "kfd")
    return str(tmp_path)


def write_card(root: Path, pci: str = "0000:03:00.0", card: str = "card0", **files: str) -> Path:
    """A made-up card: `files` are written below its device folder, `__` standing for `/`."""
    device = root / "class" / "drm" / card / "device"
    device.mkdir(parents=True, exist_ok=True)
    uevent = f"DRIVER=amdgpu\nPCI_CLASS=30000\nPCI_ID=1002:744C\nPCI_SLOT_NAME={pci}\n"
    (device / "uevent").write_text(uevent)
    for name, text in files.items():
        path = device / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return device


def write_node(root: Path, number: int, heap: int = 24 << 30, **properties: int) -> None:
    """A GPU of the KFD's list; the properties are those of its text file."""
    node = root / "class/kfd/kfd/topology/nodes" / str(number)
    (node / "mem_banks/0").mkdir(parents=True, exist_ok=True)
    (node / "gpu_id").write_text(f"{4000 + number}\n")
    told = {"simd_count": 80, "gfx_target_version": 110000} | properties
    (node / "properties").write_text("".join(f"{name} {value}\n" for name, value in told.items()))
    (node / "mem_banks/0/properties").write_text(f"heap_type 1\nsize_in_bytes {heap}\n")
