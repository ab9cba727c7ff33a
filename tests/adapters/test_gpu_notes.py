"""What a user is told where something is missing: one calm sentence each."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocmtui.adapters.gpu_notes import denied_note, find_notes
from rocmtui.adapters.gpu_sysfs import SysfsReader
from tests.fakes.gpu_tree import write_card


@pytest.fixture
def dev(tmp_path: Path) -> str:
    """A /dev whose kfd may be used."""
    (tmp_path / "dev").mkdir()
    (tmp_path / "dev" / "kfd").symlink_to("/dev/null")
    return str(tmp_path / "dev")


def pci_device(root: Path, pci: str, vendor: str, kind: str = "0x030000", driver: str = "") -> None:
    folder = root / "bus" / "pci" / "devices" / pci
    folder.mkdir(parents=True)
    (folder / "vendor").write_text(vendor + "\n")
    (folder / "class").write_text(kind + "\n")
    (folder / "uevent").write_text(f"DRIVER={driver}\n" if driver else "PCI_CLASS=30000\n")


def notes(root: Path, dev: str) -> tuple[str, ...]:
    return find_notes(SysfsReader(str(root)).cards, str(root), dev)


def test_nothing_is_said_where_all_is_well(tmp_path: Path, dev: str) -> None:
    write_card(tmp_path)
    pci_device(tmp_path, "0000:03:00.0", "0x1002", driver="amdgpu")
    pci_device(tmp_path, "0000:04:00.0", "0x10de", kind="0x020000")
    assert notes(tmp_path, dev) == ()


def test_no_gpu_at_all(tmp_path: Path, dev: str) -> None:
    where = f"{tmp_path}/class/drm"
    assert notes(tmp_path, dev) == (f"No AMD GPU: looked in {where} and found nothing there.",)


def test_gpus_of_other_vendors_are_named(tmp_path: Path, dev: str) -> None:
    (tmp_path / "class/drm/card0").mkdir(parents=True)
    pci_device(tmp_path, "0000:01:00.0", "0x10de")
    pci_device(tmp_path, "0000:00:02.0", "0x8086", kind="0x038000")
    assert notes(tmp_path, dev) == (
        f"No AMD GPU: looked in {tmp_path}/class/drm and found no AMD card there.",
        "Intel GPU at 0000:00:02.0: not watched, rocmtui reads AMD GPUs only.",
        "NVIDIA GPU at 0000:01:00.0: not watched, rocmtui reads AMD GPUs only.",
    )


@pytest.mark.parametrize(
    ("driver", "said"),
    [("", "it has no driver"), ("vfio-pci", "its driver is vfio-pci")],
)
def test_amd_gpu_without_amdgpu(tmp_path: Path, dev: str, driver: str, said: str) -> None:
    pci_device(tmp_path, "0000:03:00.0", "0x1002", driver=driver)
    assert notes(tmp_path, dev)[1:] == (
        f"AMD GPU at 0000:03:00.0 cannot be read: {said}, and amdgpu is needed.",
    )


def test_container_without_kfd(tmp_path: Path) -> None:
    write_card(tmp_path)
    (note,) = notes(tmp_path, str(tmp_path))
    assert note.startswith(f"{tmp_path}/kfd is missing: figures are complete, but a ROCm llama-server")


def test_user_outside_the_render_group(tmp_path: Path, dev: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_card(tmp_path)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    (note,) = notes(tmp_path, dev)
    assert note == (
        f"No permission for {dev}/kfd: figures are complete, but a ROCm llama-server needs group root "
        "(sudo usermod -aG root $USER, then log in again)."
    )


def test_old_driver_is_named(tmp_path: Path, dev: str) -> None:
    device = write_card(tmp_path)
    (device / "uevent").write_text((device / "uevent").read_text().replace("amdgpu", "radeon"))
    (note,) = notes(tmp_path, dev)
    assert "runs on the old radeon driver, which tells no memory use" in note


def test_forbidden_files_are_named() -> None:
    assert denied_note({"/sys/b", "/sys/a"}) == (
        "Not permitted to read /sys/a: a container or a security module keeps it from us.",
    )
    assert denied_note(set()) == ()
