"""Each file of a pretend machine, damaged in each way a kernel, a container or a bad disk knows."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from rocmtui.adapters.doctor.probe import read_facts
from rocmtui.adapters.gpu.sampler import GpuSampler
from rocmtui.core.doctor.rules import examine
from rocmtui.core.gpu.choice.mask import mask_gpus
from rocmtui.core.gpu.details import details
from rocmtui.core.gpu.fields import FIELDS
from rocmtui.core.gpu.reading import GpuSample
from rocmtui.core.gpu.sampler.messages import SamplerSettings, encode_line
from rocmtui.core.server.build import ServerBuild
from tests.fakes.gpu_tree import write_card, write_node

GIB = 1 << 30
PIECE = "\N{SNOWMAN}\x1b[2J".encode() + bytes(range(256))


def machine(root: Path) -> None:
    """A card and an APU, with the KFD's list, a process and the PCI bus."""
    shutil.rmtree(root, ignore_errors=True)
    sys = root / "sys"
    for number, pci in enumerate(("0000:03:00.0", "0000:c5:00.0")):
        write_card(
            sys,
            pci,
            f"card{number}",
            unique_id=f"{number + 1:016x}\n",
            revision="0xc8\n",
            product_name="Radeon\n",
            mem_info_vram_total=f"{24 * GIB}\n",
            mem_info_vram_used=f"{GIB}\n",
            mem_info_gtt_total=f"{60 * GIB}\n",
            mem_info_gtt_used=f"{GIB}\n",
            gpu_busy_percent="7\n",
            current_link_speed="16.0 GT/s PCIe\n",
            current_link_width="16\n",
            current_compute_partition="SPX\n",
            ras__umc_err_count="ue: 0\nce: 0\n",
            power__runtime_status="active\n",
            power__control="auto\n",
            drm__renderD128__dev="226:128\n",
            hwmon__hwmon3__power1_average="30000000\n",
            hwmon__hwmon3__temp1_label="edge\n",
            hwmon__hwmon3__temp1_input="40000\n",
            hwmon__hwmon3__temp1_crit="100000\n",
        )
        (sys / f"class/drm/card{number}/device/gpu_metrics").write_bytes(b"\x78\x00\x01\x03" + bytes(116))
        write_node(sys, number + 1, location_id=0x300 if number == 0 else 0xC500)
    process = root / "proc/9"
    (process / "fd").mkdir(parents=True)
    (process / "fdinfo").mkdir()
    (process / "fd/5").symlink_to("/dev/dri/renderD128")
    told = "drm-driver:\tamdgpu\ndrm-client-id:\t1\ndrm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t9 MiB\n"
    (process / "fdinfo/5").write_text(told)
    (process / "comm").write_text("llama-server\n")
    bus = sys / "bus/pci/devices/0000:0a:00.0"
    bus.mkdir(parents=True)
    (bus / "vendor").write_text("0x1002\n")
    (bus / "class").write_text("0x030000\n")
    (root / "etc").mkdir()
    (root / "etc/os-release").write_text("ID=debian\n")


def files(root: Path) -> list[str]:
    """All regular files, below the root."""
    return sorted(
        str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and not path.is_symlink()
    )


def rewrite(content: bytes) -> Callable[[Path], None]:
    return lambda path: (path.write_bytes(content), None)[1]


def replace_by(make: Callable[[Path], object]) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        path.unlink()
        make(path)

    return damage


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": rewrite(b""),
    "binary": rewrite(PIECE),
    "large": rewrite(b"7" * 200_000),
    "another type": rewrite(b"-12.5e3 apples\n"),
    "gone": Path.unlink,
    "a folder": replace_by(Path.mkdir),
    "a pipe": replace_by(os.mkfifo),
    "a link to itself": replace_by(lambda path: path.symlink_to(path)),
}
ERRORS = (errno.EACCES, errno.EIO, errno.ENODEV, errno.EPERM)


def look(root: Path) -> None:
    """Everything that reads these files, twice, and everything that judges what was read."""
    dev = str(root / "dev")
    settings = SamplerSettings(root=str(root / "sys"), proc=str(root / "proc"), dev=dev, use_pyrsmi=False)
    sampler = GpuSampler(settings, 0)
    sampler.watch_server(9)
    for second in range(2):
        sample = sampler.sample(second * 40_000_000_000)
        assert msgspec.json.decode(encode_line(sample), type=GpuSample) == sample
        for gpu in sample.gpus:
            details(gpu)
            for field in FIELDS:
                value = getattr(gpu, field.name)
                assert value is None or field.low <= value <= field.high, field.name
            assert gpu.name.isprintable()
    mask_gpus("auto", sample.gpus, ServerBuild(backend="ROCm"), {})


@pytest.fixture
def root(tmp_path: Path) -> Path:
    machine(tmp_path / "machine")
    return tmp_path / "machine"


@pytest.mark.parametrize("kind", DAMAGES)
def test_no_damage_to_any_file_ends_in_a_traceback(kind: str, root: Path) -> None:
    names = files(root)
    assert len(names) > 50
    for name in names:
        path = root / name
        content = path.read_bytes()
        DAMAGES[kind](path)
        look(root)
        if path.is_dir():
            path.rmdir()
        else:
            path.unlink(missing_ok=True)
        path.write_bytes(content)


@pytest.mark.parametrize("number", ERRORS, ids=lambda number: errno.errorcode[number])
def test_no_file_that_cannot_be_read_does(number: int, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = ""
    opened = os.open

    def open_or_fail(path: str, flags: int, *rest: int) -> int:
        if str(path) == refused:
            raise OSError(number, os.strerror(number), path)
        return opened(path, flags, *rest)

    monkeypatch.setattr(os, "open", open_or_fail)
    for name in files(root):
        refused = str(root / name)
        look(root)


@pytest.mark.parametrize("kind", DAMAGES)
def test_doctor_survives_a_machine_in_ruins(kind: str, root: Path) -> None:
    for name in files(root):
        DAMAGES[kind](root / name)
    assert examine(read_facts(str(root), {}))
