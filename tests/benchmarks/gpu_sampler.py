"""What the GPU sampler costs: CPU a sample, memory, share of a core at 2 Hz. Prints against the targets.

    python tests/benchmarks/gpu_sampler.py [--seconds 20]

Two made-up cards in a folder stand for /sys, so the kernel's own cost (each sensor file asks the card's
firmware) is not in it; the look through this machine's processes is. With gcc a stub of AMD's library is
built and pyrsmi runs as well.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rocmtui.adapters.gpu.sampler_process import SamplerProcess
from rocmtui.core.gpu.sampler.messages import SamplerSettings

STUB = Path(__file__).parents[1] / "fakes" / "amdsmi_stub.c"
TARGET_MS, TARGET_RSS_MB, TARGET_PERCENT = 2.0, 25.0, 0.5
PERIOD_S = 0.5
HWMON = {
    **{f"temp{n}_label": label for n, label in ((1, "edge"), (2, "junction"), (3, "mem"))},
    **{f"temp{n}_input": "61000" for n in (1, 2, 3)},
    **{f"temp{n}_crit": "110000" for n in (1, 2, 3)},
    "freq1_label": "sclk",
    "freq1_input": "2482000000",
    "freq2_label": "mclk",
    "freq2_input": "1249000000",
    "power1_average": "287000000",
    "power1_cap": "339000000",
    "fan1_input": "1200",
}


def make_tree(root: Path) -> None:
    """Two cards with all their files."""
    for number in (0, 1):
        device = root / "class/drm" / f"card{number}" / "device"
        (device / "hwmon/hwmon3").mkdir(parents=True)
        (device / "power").mkdir()
        pci = f"0000:0{3 + number}:00.0"
        (device / "uevent").write_text(f"DRIVER=amdgpu\nPCI_ID=1002:744C\nPCI_SLOT_NAME={pci}\n")
        for kind in ("vram", "vis_vram", "gtt"):
            (device / f"mem_info_{kind}_total").write_text(f"{24 << 30}\n")
            (device / f"mem_info_{kind}_used").write_text(f"{20 << 30}\n")
        for name, text in (("gpu_busy_percent", "98"), ("mem_busy_percent", "71"), ("revision", "0xc8")):
            (device / name).write_text(text + "\n")
        (device / "power/runtime_status").write_text("active\n")
        (device / "current_link_speed").write_text("16.0 GT/s PCIe\n")
        (device / "current_link_width").write_text("16\n")
        (device / "gpu_metrics").write_bytes(b"\x78\x00\x01\x03" + bytes(116))
        for name, text in HWMON.items():
            (device / "hwmon/hwmon3" / name).write_text(text + "\n")


def make_library(root: Path) -> bool:
    """The stub where pyrsmi looks; False without a compiler."""
    compiler = shutil.which("gcc") or shutil.which("cc")
    if compiler is None:
        return False
    (root / "lib").mkdir(parents=True)
    library = root / "lib/libamd_smi.so"
    subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, STUB], check=True)
    lines = ["cards 2", "0.bdf 0x300", "1.bdf 0x400"]
    lines += [
        f"{n}.{k}_{w} {b << 30}"
        for n in (0, 1)
        for k in ("vram", "vis", "gtt")
        for w, b in (("total", 24), ("used", 20))
    ]
    (root / "answers").write_text("\n".join(lines) + "\n")
    os.environ.update(ROCM_PATH=str(root), AMDSMI_STUB=str(root / "answers"))
    return True


def cpu_ns(pid: int) -> int:
    """Time a process was on a core."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])


def rss_mb(pid: int) -> float:
    """Memory a process holds now."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


async def measure(root: Path, seconds: float, use_pyrsmi: bool) -> None:
    """Sample at 2 Hz, the look through all processes included, and print what that took."""
    process = SamplerProcess(SamplerSettings(root=str(root), use_pyrsmi=use_pyrsmi, period_s=PERIOD_S))
    count, cpu, started = 0, 0, 0.0
    try:
        async for sample in process.samples():
            assert len(sample.gpus) == 2
            assert process.pid is not None
            count += 1
            if count == 3:
                cpu, started = cpu_ns(process.pid), time.monotonic()
            if count > 3 and time.monotonic() - started >= seconds:
                break
        used_ms = (cpu_ns(process.pid) - cpu) / 1e6
        wall_ms = (time.monotonic() - started) * 1e3
        memory = rss_mb(process.pid)
    finally:
        await process.close()
    print(f"{'sysfs and pyrsmi (stub)' if use_pyrsmi else 'sysfs alone'}, two cards, {count - 3} samples")
    print(f"  CPU a sample   {used_ms / (count - 3):6.2f} ms   target <= {TARGET_MS} ms")
    print(f"  share at 2 Hz  {used_ms / wall_ms * 100:6.2f} %    target <= {TARGET_PERCENT} % of a core")
    print(f"  memory (RSS)   {memory:6.1f} MB   target <= {TARGET_RSS_MB} MB")


def main() -> int:
    """Measure both ways."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seconds", type=float, default=20.0, help="how long to sample, each way")
    seconds = parser.parse_args().seconds
    with tempfile.TemporaryDirectory() as folder:
        make_tree(Path(folder) / "sys")
        asyncio.run(measure(Path(folder) / "sys", seconds, use_pyrsmi=False))
        if make_library(Path(folder) / "rocm"):
            asyncio.run(measure(Path(folder) / "sys", seconds, use_pyrsmi=True))
    return 0


if __name__ == "__main__":
    sys.exit(main())
