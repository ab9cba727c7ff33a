"""What of a card is told from several places: its kind, its render node, its number in ROCm's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.gpu.sysfs import read_gpus
from tests.fakes.gpu_tree import write_card, write_node

GIB = 1 << 30


def test_a_render_node_that_is_missing_or_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        node = {f"drm__renderD{128 + number}__x": ""}
        write_card(tmp_path, f"0000:0{number + 3}:00.0", f"card{number}", **node)
    nodes = tmp_path / "dev/dri"
    nodes.mkdir(parents=True)
    for name in ("renderD129", "renderD130"):
        (nodes / name).touch()
    refused = str(nodes / "renderD129")
    monkeypatch.setattr(
        "os.access", lambda path, mode: Path(path).exists() and not (mode and path == refused)
    )
    gpus = read_gpus(str(tmp_path), (), str(tmp_path / "dev"))
    assert [gpu.access for gpu in gpus] == ["missing", "denied", "yes"]
    assert [gpu.access for gpu in read_gpus(str(tmp_path), ())] == [None, None, None]


def test_rocms_count_leaves_out_what_it_does_not_know(tmp_path: Path) -> None:
    for number in range(3):
        write_card(tmp_path, f"0000:0{number + 3}:00.0", f"card{number}")
    assert [gpu.rocm_indexes for gpu in read_gpus(str(tmp_path), ())] == [None, None, None]
    write_node(tmp_path, 1, location_id=0x500)
    write_node(tmp_path, 2, location_id=0x300)
    assert [gpu.rocm_indexes for gpu in read_gpus(str(tmp_path), ())] == [(1,), (), (0,)]


def test_partitions_have_their_own_memory_and_one_card(tmp_path: Path) -> None:
    write_card(tmp_path, "0000:05:00.0", mem_info_vram_total=f"{192 * GIB}\n")
    for number in range(4):
        write_node(tmp_path, number + 2, heap=48 * GIB, location_id=0x500 + number)
    (gpu,) = read_gpus(str(tmp_path), ())
    assert (gpu.partition_bytes, gpu.rocm_indexes) == ((48 * GIB,) * 4, (0, 1, 2, 3))


def test_bus_zero_is_a_place(tmp_path: Path) -> None:
    write_card(tmp_path, "0001:00:00.0")
    write_node(tmp_path, 1, location_id=0, domain=1, gfx_target_version=90402)
    assert [gpu.gfx for gpu in read_gpus(str(tmp_path), ())] == ["gfx942"]


def test_an_apu_without_hwmon_and_metrics_is_told_by_its_heap(tmp_path: Path) -> None:
    memory = {"mem_info_vram_total": f"{GIB}\n", "mem_info_gtt_total": f"{60 * GIB}\n"}
    write_card(tmp_path, "0000:0c:00.0", **memory, mem_info_gtt_used=f"{2 * GIB}\n")
    assert [gpu.kind for gpu in read_gpus(str(tmp_path), ())] == ["discrete"]
    write_node(tmp_path, 1, heap=60 * GIB, location_id=0xC00)
    (gpu,) = read_gpus(str(tmp_path), ())
    assert (gpu.kind, gpu.pool, gpu.pool_bytes, gpu.pool_used_bytes) == ("apu", "gtt", 60 * GIB, 2 * GIB)


def test_the_link_is_followed_to_the_root_port(tmp_path: Path) -> None:
    port = tmp_path / "devices/pci0000:00/0000:00:01.1"
    card = port / "0000:01:00.0"
    for folder, width in ((port, 4), (card, 16)):
        folder.mkdir(parents=True)
        for kind in ("current", "max"):
            (folder / f"{kind}_link_speed").write_text("16.0 GT/s PCIe\n")
            (folder / f"{kind}_link_width").write_text(f"{width if kind == 'current' else 16}\n")
    (card / "uevent").write_text("DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:01:00.0\n")
    drm = tmp_path / "class/drm/card0"
    drm.mkdir(parents=True)
    (drm / "device").symlink_to(card)
    (gpu,) = read_gpus(str(tmp_path), (), links=True)
    assert (gpu.link_width, gpu.link_max_width, gpu.link_narrowed_at) == (4, 16, "0000:00:01.1")
    assert gpu.sources["link_width"] == "sysfs current_link_width"
    (port / "current_link_width").write_text("63\n")
    (gpu,) = read_gpus(str(tmp_path), (), links=True)
    assert (gpu.link_width, gpu.link_narrowed_at) == (16, None)
