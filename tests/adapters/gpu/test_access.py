"""What of a card is told from several places: its kind, its render node, its number in ROCm's list."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.gpu.names import find_name
from rocmtui.adapters.gpu.notes import why_gone
from rocmtui.adapters.gpu.sampler import GpuSampler
from rocmtui.adapters.gpu.sysfs import read_gpus
from rocmtui.core.gpu.details import calm_details, details
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sampler.messages import SamplerSettings
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


def test_a_card_the_server_does_not_use_rests_beside_the_one_it_uses(tmp_path: Path) -> None:
    files = {
        "mem_info_vram_total": f"{16 * GIB}\n",
        "mem_info_vram_used": "90000000\n",
        "power__control": "auto\n",
        "hwmon__hwmon3__power1_input": "31000000\n",
    }
    watts = [
        write_card(tmp_path, f"0000:0{3 + number}:00.0", f"card{number}", **files)
        / "hwmon/hwmon3/power1_input"
        for number in range(2)
    ]
    proc = tmp_path / "proc/7"
    (proc / "fd").mkdir(parents=True)
    (proc / "fdinfo").mkdir()
    (proc / "fd/3").symlink_to("/dev/dri/renderD128")
    told = "drm-driver:\tamdgpu\ndrm-client-id:\t1\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t900 MiB\n"
    (proc / "fdinfo/3").write_text(told)
    settings = SamplerSettings(root=str(tmp_path), proc=str(tmp_path / "proc"), use_pyrsmi=False)
    sampler = GpuSampler(settings, 0)
    sampler.watch_server(7)
    seen = []
    for second in range(3):
        for file in watts:
            file.write_text(f"{second + 1}000000\n")
        seen.append([gpu.power_watts for gpu in sampler.sample(second).gpus])
    assert seen == [[1, 1], [2, 1], [3, 1]]


def test_a_passive_card_has_no_fan_at_rest(tmp_path: Path) -> None:
    table = bytearray(b"\xff" * 120)
    table[:4] = (120, 0, 1, 3)
    table[72:74] = (0, 0)
    device = write_card(tmp_path, hwmon__hwmon3__name="amdgpu\n")
    (device / "gpu_metrics").write_bytes(table)
    assert [gpu.fan_rpm for gpu in read_gpus(str(tmp_path), (), sensors=True)] == [None]
    (device / "hwmon/hwmon3/fan1_input").write_text("0\n")
    assert [gpu.fan_rpm for gpu in read_gpus(str(tmp_path), (), sensors=True)] == [0]
    (device / "hwmon/hwmon3/fan1_max").write_text("0\n")
    assert [gpu.fan_rpm for gpu in read_gpus(str(tmp_path), (), sensors=True)] == [None]


@pytest.mark.parametrize(
    ("uevent", "why"),
    [
        (None, "reset or unplugged"),
        ("DRIVER=vfio-pci\n", "the driver vfio-pci has it now"),
        ("PCI_ID=1002:744C\n", "amdgpu let go of it"),
    ],
)
def test_a_lost_card_says_why(uevent: str | None, why: str, tmp_path: Path) -> None:
    device = tmp_path / "bus/pci/devices/0000:03:00.0"
    device.mkdir(parents=True)
    if uevent is not None:
        (device / "uevent").write_text(uevent)
    assert why in why_gone("0000:03:00.0", str(tmp_path))


@pytest.mark.parametrize(
    ("device", "revision", "name"),
    [
        (0x7590, 0xC7, "AMD Radeon RX 9060"),
        (0x75A3, 0xC0, "AMD Instinct MI355X"),
        (0x74A5, None, "AMD Instinct MI325X"),
        (0x150E, 0xC1, "AMD Radeon 890M Graphics"),
        (0x15BF, 0xDD, "AMD Radeon 780M Graphics"),
        (0x1506, 0xC9, "AMD Radeon 610M"),
        (0x164E, 0xC1, "AMD GPU 164e"),
        (0x7550, 0xC9, "AMD GPU 7550"),
    ],
)
def test_names_libdrm_may_lack(device: int, revision: int | None, name: str) -> None:
    assert find_name(device, revision, None, ())[0] == name


def test_what_is_looked_at_seldom(tmp_path: Path) -> None:
    device = write_card(
        tmp_path,
        current_compute_partition="CPX\n",
        current_memory_partition="NPS4\n",
        ras__umc_err_count="ue: 1\nce: 4\n",
        ras__gfx_err_count="ue: 0\nce: 3\n",
        ras__features="feature mask: 0x0\n",
        hwmon__hwmon3__name="amdgpu\n",
        hwmon__hwmon3__power1_average="30000000\n",
        hwmon__hwmon3__power1_input="45000000\n",
        hwmon__hwmon3__power1_cap_min="90000000\n",
        hwmon__hwmon3__power1_cap_max="390000000\n",
        hwmon__hwmon3__in0_input="812\n",
        hwmon__hwmon3__pwm1="51\n",
        hwmon__hwmon3__temp1_label="edge\n",
        hwmon__hwmon3__temp1_crit="100000\n",
        vcn_busy_percent="17\n",
    )
    (gpu,) = read_gpus(str(tmp_path), (), sensors=True)
    assert (gpu.compute_partition, gpu.memory_partition) == ("CPX", "NPS4")
    assert (gpu.errors_uncorrected, gpu.errors_corrected) == (1, 7)
    assert (gpu.power_watts, gpu.power_now_watts) == (30, 45)
    assert (gpu.power_cap_min_watts, gpu.power_cap_max_watts, gpu.edge_limit_c) == (90, 390, 100)
    assert (gpu.voltage_mv, gpu.fan_percent, gpu.video_busy_percent) == (812, 20, 17)
    assert calm_details(gpu) == ["   errors: not corrected 1   corrected 7"]
    assert "   partitions: compute CPX   memory NPS4" in details(gpu)
    (device / "hwmon/hwmon3/power1_average").unlink()
    (gpu,) = read_gpus(str(tmp_path), (), sensors=True)
    assert (gpu.power_watts, gpu.power_now_watts) == (45, None)
    assert calm_details(GpuReading(pci="p", name="n")) == details(GpuReading(pci="p", name="n")) == []
