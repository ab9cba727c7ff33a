"""A headless load on a pretend card: what is said where it does not fit, and which device the server has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.fakes.card_server import write_card_server
from tests.fakes.gpu_tree import write_card, write_node
from tests.fakes.pretend_sys import with_pretend_sys

GIB = 1 << 30


def partitioned_card(root: Path, dev: Path) -> None:
    """An MI300X of two partitions, nearly full."""
    sizes = {"mem_info_vram_total": f"{192 * GIB}\n", "mem_info_vram_used": f"{191 * GIB}\n"}
    write_card(root, "0000:05:00.0", drm__renderD128__dev="226:128\n", **sizes)
    for number in (0, 1):
        place = {"location_id": 5 << 8 | number, "domain": 0, "drm_render_minor": 128 + number}
        write_node(root, number + 1, 96 * GIB, unique_id=0xE3A1, gfx_target_version=90402, **place)
        (dev / "dri").mkdir(parents=True, exist_ok=True)
        (dev / f"dri/renderD{128 + number}").touch(mode=0o666)
    (dev / "kfd").touch(mode=0o666)


def test_a_load_onto_a_full_partition(tmp_path: Path, tiny_model: Path) -> None:
    tree, dev, report = tmp_path / "sys", tmp_path / "dev", tmp_path / "report.json"
    partitioned_card(tree, dev)
    server = write_card_server(tmp_path / "llama-server")
    words = (
        f"load -m {tiny_model} --server-bin {server} --gpu 0.1 -np 1 --requests 1 --warmup 0 --max-tokens 4"
    )
    command = with_pretend_sys(
        tree,
        sys.executable,
        "-m",
        "rocmtui",
        *words.split(),
        "--prompt",
        "hi",
        "--json",
        str(report),
        dev=dev,
    )
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, env=os.environ, check=False)
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    warned = next(at for at, line in enumerate(lines) if "it does not fit: " in line)
    assert "partition 1, where 512 MiB of 96.0 GiB are free and llama-server keeps 1.0 GiB" in lines[warned]
    read = json.loads(report.read_text())
    assert [words for words in read["audit"]["warnings"] if words.startswith("it does not fit")]
    folder = Path(done.stdout.rpartition("run: ")[2].strip())
    log = (folder / "server.log").read_text()
    assert "found 1 ROCm devices" in log
    assert "using device ROCm0 (AMD gfx90402) (0000:05:00.1) - 512 MiB free" in log
    assert (tree / "class/drm/card0/device/mem_info_vram_used").read_text() == f"{191 * GIB}\n"
