"""Whatever the kernel's files hold, the sampler does not crash and no figure leaves its range."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from rocmtui.adapters.gpu.sampler import GpuSampler
from rocmtui.core.gpu.fields import FIELDS, SENTINELS
from rocmtui.core.gpu.reading import GpuReading, GpuSample
from rocmtui.core.gpu.sampler.messages import SamplerSettings, encode_line
from tests.fakes.gpu_tree import write_card

CARD_FILES = (
    "uevent",
    "mem_info_vram_total",
    "mem_info_vram_used",
    "mem_info_gtt_total",
    "mem_info_gtt_used",
    "mem_info_vis_vram_used",
    "gpu_busy_percent",
    "gpu_metrics",
    "unique_id",
    "revision",
    "product_name",
    "current_link_speed",
    "current_link_width",
    "power/runtime_status",
    "power/control",
    "hwmon/hwmon0/power1_average",
    "hwmon/hwmon0/power1_cap",
    "hwmon/hwmon0/temp1_label",
    "hwmon/hwmon0/temp1_input",
    "hwmon/hwmon0/temp1_crit",
    "hwmon/hwmon0/freq1_input",
    "hwmon/hwmon0/fan1_input",
    "hwmon",
)
FILES = (
    *(f"class/drm/card0/device/{name}" for name in CARD_FILES),
    "class/drm/card1/device/uevent",
    "class/drm/card0-DP-1/enabled",
    "class/kfd/kfd/topology/nodes/1/properties",
    "class/kfd/kfd/topology/nodes/1/gpu_id",
    "class/kfd/kfd/topology/nodes/1/mem_banks/0/properties",
    "class/kfd/kfd/proc/1/vram_7",
    "bus/pci/devices/0000:01:00.0/vendor",
    "bus/pci/devices/0000:01:00.0/class",
    "proc/9/fdinfo/5",
    "proc/9/comm",
    "proc/9/task/9/children",
)
NUMBERS = st.one_of(
    st.sampled_from(sorted(SENTINELS)), st.integers(-2, 200), st.integers(-(1 << 65), 1 << 65)
).map(lambda number: f"{number}\n".encode())
TEXTS = st.sampled_from(
    (
        b"auto\n",
        b"active\n",
        b"suspended\n",
        b"edge\n",
        b"mem\n",
        b"0x1002\n",
        b"0x030000\n",
        b"DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME=0000:03:00.0\n",
        b"DRIVER=\x1b[31m\nPCI_ID=1002:zz\nPCI_SLOT_NAME=0000:03:00.0\n",
        b"PCI_ID=1002:zz\nPCI_SLOT_NAME=../../etc\n",
        b"simd_count 96\nlocation_id 768\ngfx_target_version 110000\n",
        b"drm-driver:\tamdgpu\ndrm-client-id:\t1\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t9 MiB\n",
        b"\x1b[2J\x1b]0;owned\x07",
    )
)
METRICS = st.binary(max_size=130).map(lambda data: b"\x78\x00\x01\x03" + data)
CONTENT = st.one_of(NUMBERS, TEXTS, METRICS, st.just(b""), st.binary(max_size=80), st.just(b"7" * 70_000))
STEP = st.tuples(st.sampled_from(FILES), st.one_of(CONTENT, st.just("gone"), st.just("folder")))


def put(root: Path, name: str, content: bytes | str) -> None:
    path = root / name
    if any(parent.is_file() for parent in path.parents):
        return
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content == "folder":
        path.mkdir()


def check(gpu: GpuReading) -> None:
    for field in FIELDS:
        value = getattr(gpu, field.name)
        assert value is None or field.low <= value <= field.high
    for used, total in (
        (gpu.vram_used_bytes, gpu.vram_total_bytes),
        (gpu.gtt_used_bytes, gpu.gtt_total_bytes),
    ):
        assert used is None or total is None or used <= total
    assert all(
        text is None or text.isprintable()
        for text in (gpu.name, gpu.link_speed, gpu.runtime_status, gpu.uuid)
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(STEP, min_size=1, max_size=8), min_size=1, max_size=4))
def test_no_sequence_of_contents_breaks_the_sampler(rounds: list[list[tuple[str, bytes | str]]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write_card(root, mem_info_vram_total="17163091968\n", mem_info_vram_used="668274688\n")
        (root / "proc/9/fd").mkdir(parents=True)
        (root / "proc/9/fd/5").symlink_to("/dev/dri/renderD128")
        chosen = SamplerSettings(root=folder, proc=f"{folder}/proc", dev=folder, use_pyrsmi=False)
        sampler = GpuSampler(chosen, 0)
        for number, steps in enumerate(rounds, start=1):
            for name, content in steps:
                put(root, name, content)
            sample = sampler.sample(number * 11_000_000_000)
            assert msgspec.json.decode(encode_line(sample), type=GpuSample) == sample
            for gpu in sample.gpus:
                check(gpu)
