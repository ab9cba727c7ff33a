"""What a user is told where something is missing: one calm sentence each."""

from __future__ import annotations

import grp
import os
import stat
from pathlib import Path

import pytest

from rocmtui.adapters.gpu.notes import denied_note, find_notes
from rocmtui.adapters.gpu.sysfs import SysfsReader
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
    [
        ("", "it has no driver, and amdgpu is needed"),
        ("vfio-pci", "its driver is vfio-pci, and amdgpu is needed"),
        ("amdgpu", "its driver runs, but shows no card in {root}/class/drm"),
    ],
)
def test_amd_gpu_that_shows_no_card(tmp_path: Path, dev: str, driver: str, said: str) -> None:
    pci_device(tmp_path, "0000:03:00.0", "0x1002", driver=driver)
    why = said.format(root=tmp_path)
    assert notes(tmp_path, dev)[1:] == (f"AMD GPU at 0000:03:00.0 cannot be read: {why}.",)


def test_container_without_kfd(tmp_path: Path) -> None:
    write_card(tmp_path)
    (note,) = notes(tmp_path, str(tmp_path))
    assert note.startswith(f"{tmp_path}/kfd is missing: figures are complete, but a ROCm llama-server")


def unusable_kfd(dev: str, monkeypatch: pytest.MonkeyPatch, group: int, mode: int = 0o660) -> None:
    """Let the kfd in `dev` seem another group's device that we may not open."""
    plain = Path.stat

    def stat_of(path: Path, **options: bool) -> os.stat_result:
        facts = plain(path, **options)
        return os.stat_result((stat.S_IFCHR | mode, *facts[1:5], group, *facts[6:10]))

    monkeypatch.setattr(os, "access", lambda path, mode: str(path) != f"{dev}/kfd")
    monkeypatch.setattr(Path, "stat", stat_of)


def test_user_outside_the_render_group(tmp_path: Path, dev: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_card(tmp_path)
    named = next(entry for entry in grp.getgrall() if entry.gr_gid != 0)
    unusable_kfd(dev, monkeypatch, named.gr_gid)
    (note,) = notes(tmp_path, dev)
    assert note == (
        f"No permission for {dev}/kfd: figures are complete, but a ROCm llama-server needs group "
        f"{named.gr_name} (sudo usermod -aG {named.gr_name} $USER, then log in again)."
    )


def test_group_without_a_name_is_added_by_number(
    tmp_path: Path, dev: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path)
    unusable_kfd(dev, monkeypatch, 4_000_000)
    (note,) = notes(tmp_path, dev)
    assert note.endswith("needs group 4000000, which has no name here (in a container: --group-add 4000000).")


@pytest.mark.parametrize(("group", "mode"), [(0, 0o660), (1, 0o600)])
def test_nobody_is_told_to_join_root(
    tmp_path: Path, dev: str, monkeypatch: pytest.MonkeyPatch, group: int, mode: int
) -> None:
    write_card(tmp_path)
    unusable_kfd(dev, monkeypatch, group, mode)
    (note,) = notes(tmp_path, dev)
    assert "usermod" not in note
    assert note.endswith("only root may use it here: ROCm's udev rules give it to group render.")


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
