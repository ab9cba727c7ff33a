"""The reader over made-up cards: rules for what is not believable, sleep, rest, pools, partitions."""

from __future__ import annotations

from pathlib import Path

import pytest

from rocmtui.adapters.gpu.card_reader import RESTING_NS
from rocmtui.adapters.gpu.names import find_name
from rocmtui.adapters.gpu.sampler import GpuSampler
from rocmtui.adapters.gpu.sysfs import SysfsReader, read_gpus
from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.gpu.reading import GpuReading
from rocmtui.core.gpu.sampler.messages import SamplerSettings
from tests.fakes.gpu_tree import RECORDINGS, write_card

GIB = 1 << 30
VRAM = {"mem_info_vram_total": f"{16 * GIB}\n", "mem_info_vram_used": f"{4 * GIB}\n"}
HWMON = {
    "hwmon__hwmon3__power1_input": "31000000\n",
    "hwmon__hwmon3__temp1_label": "edge\n",
    "hwmon__hwmon3__temp1_input": "40000\n",
    "hwmon__hwmon3__fan1_input": "0\n",
}


def one(root: Path) -> GpuReading:
    (reading,) = read_gpus(str(root), ids=(), sensors=True)
    return reading


@pytest.mark.parametrize(
    ("file", "text", "field"),
    [
        ("mem_info_vram_total", "", "vram_total_bytes"),
        ("mem_info_vram_total", "0\n", "vram_total_bytes"),
        ("mem_info_vram_used", f"{17 * GIB}\n", "vram_used_bytes"),
        ("mem_info_vram_used", "-1\n", "vram_used_bytes"),
        ("mem_info_vram_used", "18446744073709551615\n", "vram_used_bytes"),
        ("mem_info_vram_used", "12 apples\n", "vram_used_bytes"),
        ("gpu_busy_percent", "101\n", "busy_percent"),
        ("gpu_busy_percent", "65535\n", "busy_percent"),
        ("hwmon__hwmon3__power1_input", "4294967295\n", "power_watts"),
        ("hwmon__hwmon3__power1_input", "2000000001\n", "power_watts"),
        ("hwmon__hwmon3__temp1_input", "0\n", "edge_c"),
        ("hwmon__hwmon3__temp1_input", "151000\n", "edge_c"),
        ("hwmon__hwmon3__fan1_input", "65535\n", "fan_rpm"),
    ],
)
def test_nonsense_is_none(file: str, text: str, field: str, tmp_path: Path) -> None:
    write_card(tmp_path, **(VRAM | HWMON | {file: text}))
    reading = one(tmp_path)
    assert getattr(reading, field) is None
    assert field not in reading.sources


def test_a_real_zero_stays(tmp_path: Path) -> None:
    write_card(tmp_path, **(VRAM | HWMON | {"mem_info_vram_used": "0\n", "gpu_busy_percent": "0\n"}))
    reading = one(tmp_path)
    assert (reading.vram_used_bytes, reading.busy_percent, reading.fan_rpm) == (0, 0.0, 0)


def test_average_power_comes_before_the_instant(tmp_path: Path) -> None:
    write_card(tmp_path, **HWMON, hwmon__hwmon3__power1_average="32000000\n")
    assert one(tmp_path).power_watts == 32.0


@pytest.mark.parametrize("status", ["suspended", "suspending", "resuming"])
def test_sleeping_card_is_asked_for_memory_alone(
    status: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_card(tmp_path, **VRAM, **HWMON, power__runtime_status=f"{status}\n", gpu_busy_percent="3\n")
    reader = SysfsReader(str(tmp_path), ids=())
    opened: list[str] = []
    read = FileReader.read
    monkeypatch.setattr(
        FileReader, "read", lambda self, path, limit=8192: opened.append(path) or read(self, path, limit)
    )
    (reading,) = reader.read(0)
    assert (reading.vram_used_bytes, reading.power_watts, reading.busy_percent) == (4 * GIB, None, None)
    device = f"{tmp_path}/class/drm/card0/device/"
    names = {path.removeprefix(device) for path in opened}
    assert {name for name in names if not name.startswith("mem_info_")} == {"uevent", "power/runtime_status"}


def test_resting_card_is_left_to_fall_asleep(tmp_path: Path) -> None:
    files = VRAM | HWMON | {"mem_info_vram_used": "90000000\n", "power__control": "auto\n"}
    device = write_card(tmp_path, **files)
    reader = SysfsReader(str(tmp_path), ids=())
    watts = [reader.read(0)[0].power_watts]
    (device / "hwmon/hwmon3/power1_input").write_text("99000000\n")
    watts += [reader.read(now_ns)[0].power_watts for now_ns in (RESTING_NS - 1, RESTING_NS)]
    assert watts == [31.0, 31.0, 99.0]


def test_no_card_rests_while_a_server_is_watched(tmp_path: Path) -> None:
    files = VRAM | HWMON | {"mem_info_vram_used": "90000000\n", "power__control": "auto\n"}
    watts = write_card(tmp_path, **files) / "hwmon/hwmon3/power1_input"
    sampler = GpuSampler(SamplerSettings(root=str(tmp_path), proc=str(tmp_path), use_pyrsmi=False), 0)
    seen = []
    for second, pid in enumerate((None, None, 7, 7, None)):
        watts.write_text(f"{second}000000\n")
        sampler.watch_server(pid)
        seen.append(sampler.sample(second).gpus[0].power_watts)
    assert seen == [0, 0, 2, 3, 3]


@pytest.mark.parametrize(
    "change",
    [
        {"power__control": "on\n"},
        {"mem_info_vram_used": f"{GIB}\n"},
        {"hwmon__hwmon3__in1_label": "vddnb\n"},
    ],
)
def test_card_in_use_is_read_every_time(change: dict[str, str], tmp_path: Path) -> None:
    files = VRAM | HWMON | {"mem_info_vram_used": "90000000\n", "power__control": "auto\n"} | change
    device = write_card(tmp_path, **files)
    reader = SysfsReader(str(tmp_path), ids=())
    reader.read(0)
    (device / "hwmon/hwmon3/power1_input").write_text("99000000\n")
    assert reader.read(1)[0].power_watts == 99.0


def test_card_with_a_display_is_read_every_time(tmp_path: Path) -> None:
    files = VRAM | HWMON | {"mem_info_vram_used": "90000000\n", "power__control": "auto\n"}
    device = write_card(tmp_path, **files)
    output = tmp_path / "class/drm/card0-DP-1"
    output.mkdir()
    (output / "enabled").write_text("enabled\n")
    reader = SysfsReader(str(tmp_path), ids=())
    reader.read(0)
    (device / "hwmon/hwmon3/power1_input").write_text("99000000\n")
    assert reader.read(1)[0].power_watts == 99.0


def test_without_sensors_no_firmware_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_card(tmp_path, **VRAM, **HWMON, hwmon__hwmon3__in1_label="vddnb\n", gpu_busy_percent="3\n")
    opened: list[str] = []
    read = FileReader.read
    monkeypatch.setattr(
        FileReader, "read", lambda self, path, limit=8192: opened.append(path) or read(self, path, limit)
    )
    (reading,) = read_gpus(str(tmp_path), ids=())
    assert (reading.kind, reading.vram_used_bytes, reading.power_watts) == ("apu", 4 * GIB, None)
    asking = ("_input", "_average", "_percent", "gpu_metrics", "current_link_width")
    assert [path for path in opened if path.endswith(asking)] == []


def test_gpus_of_others_and_virtual_cards_are_not_listed(tmp_path: Path) -> None:
    device = write_card(tmp_path)
    (device / "uevent").write_text("DRIVER=i915\nPCI_ID=8086:46A6\nPCI_SLOT_NAME=0000:00:02.0\n")
    virtual = write_card(tmp_path, card="card1")
    (virtual / "uevent").write_text("DRIVER=vkms\n")
    assert read_gpus(str(tmp_path)) == ()


def test_vanished_card_is_left_out_and_found_again(tmp_path: Path) -> None:
    device = write_card(tmp_path, **VRAM)
    reader = SysfsReader(str(tmp_path), ids=())
    assert not reader.has_changed()
    (tmp_path / "class/drm/card0").rename(tmp_path / "away")
    assert reader.read(0) == ()
    assert reader.has_changed()
    reader.find()
    assert reader.cards == ()
    (tmp_path / "away").rename(tmp_path / "class/drm/card0")
    reader.find()
    assert reader.read(0)[0].pci == "0000:03:00.0"
    assert device.is_dir()


def test_partitions_stand_under_one_card(tmp_path: Path) -> None:
    write_card(tmp_path, pci="0000:05:00.0", **VRAM)
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings of real cards at {RECORDINGS}")
    (tmp_path / "class/kfd/kfd").mkdir(parents=True)
    (tmp_path / "class/kfd/kfd/topology").symlink_to(RECORDINGS / "mi300x-cpx-kfd/topology")
    reading = one(tmp_path)
    assert reading.gfx == "gfx942"
    assert reading.partitions == tuple(f"gfx942 partition {number}" for number in range(8))
    assert (reading.pool, reading.pool_bytes) == ("vram", 16 * GIB)


def test_name_by_id_and_revision(tmp_path: Path) -> None:
    table = tmp_path / "amdgpu.ids"
    table.write_text(
        "# a comment\n1.0.0\n744C,\tC8,\tAMD Radeon RX 7900 XTX\n744C,\tCC,\tAMD Radeon RX 7900 XT\n"
        "15BF,\t01,\tAMD Radeon 780M\n15BF,\t02,\tAMD Radeon 780M\nbad line\nXX,\tYY,\tnothing\n"
    )
    ids = (str(tmp_path / "missing"), str(table))
    assert find_name(0x744C, 0xCC, None, ids) == ("AMD Radeon RX 7900 XT", "amdgpu.ids")
    assert find_name(0x15BF, None, None, ids) == ("AMD Radeon 780M", "amdgpu.ids")
    assert find_name(0x744C, None, None, ids) == ("AMD GPU 744c", "PCI id")
    assert find_name(0x7550, 0xC0, None, ids) == ("AMD Radeon RX 9070 XT", "known PCI id")
    assert find_name(0x744C, 0x00, "Instinct", ids) == ("Instinct", "sysfs product_name")
