"""The real `rocmtui gpus` over a pretend /sys whose values move while it is watched."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.gpu_tree import RECORDINGS, write_card
from tests.fakes.pretend_sys import with_pretend_sys

GPUS = (sys.executable, "-m", "rocmtui", "gpus", "--json")
MAX_LINES = 200
FILES = {
    "mem_info_vram_total": "25753026560\n",
    "mem_info_vram_used": "1073741824\n",
    "mem_info_gtt_total": "33500000000\n",
    "mem_info_gtt_used": "100000000\n",
    "gpu_busy_percent": "3\n",
    "power__runtime_status": "active\n",
    "hwmon__hwmon2__power1_average": "31000000\n",
    "hwmon__hwmon2__temp2_label": "junction\n",
    "hwmon__hwmon2__temp2_input": "45000\n",
}
Watch = Callable[[Callable[[dict[str, Any]], bool]], dict[str, Any]]


def move(path: Path, text: str) -> None:
    """A new value in one step, so no reader sees an empty file."""
    new = path.with_name(path.name + ".new")
    new.write_text(text)
    new.replace(path)


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """Reads samples of a running `gpus --watch` until one is as wanted."""
    write_card(tmp_path, **FILES)
    command = with_pretend_sys(tmp_path, *GPUS, "--watch", "0.1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ) as process:
        assert process.stdout is not None
        lines = process.stdout

        def until(wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
            for _ in range(MAX_LINES):
                sample: dict[str, Any] = json.loads(lines.readline())
                if wanted(sample):
                    return sample
            raise AssertionError("no such sample came")

        yield until
        process.terminate()


def test_values_move_as_they_are_watched(watch: Watch, tmp_path: Path) -> None:
    device = tmp_path / "class/drm/card0/device"
    first = watch(lambda sample: bool(sample["gpus"]))["gpus"][0]
    assert (first["vram_used_bytes"], first["power_watts"], first["junction_c"]) == (1073741824, 31.0, 45.0)
    move(device / "mem_info_vram_used", "21474836480\n")
    move(device / "hwmon/hwmon2/power1_average", "287000000\n")
    moved = watch(lambda sample: sample["gpus"][0]["power_watts"] == 287.0)["gpus"][0]
    assert moved["vram_used_bytes"] == 21474836480
    move(device / "power/runtime_status", "suspended\n")
    asleep = watch(lambda sample: sample["gpus"][0]["runtime_status"] == "suspended")["gpus"][0]
    assert (asleep["vram_used_bytes"], asleep["power_watts"], asleep["junction_c"]) == (
        21474836480,
        None,
        None,
    )
    (tmp_path / "class/drm/card0").rename(tmp_path / "gone")
    gone = watch(lambda sample: not sample["gpus"])
    assert any(note.endswith("(0000:03:00.0) is gone: reset or unplugged.") for note in gone["notes"])


def test_recorded_cards_under_the_real_command(tmp_path: Path) -> None:
    if not RECORDINGS.is_dir():
        pytest.skip(f"no recordings of real cards at {RECORDINGS}")
    make = RECORDINGS.parent / "gpu_fake" / "mkfake.py"
    cards = ("rx7800xt:vram_used=9437184000,status=active", "rx6900xt", "phoenix")
    subprocess.run([sys.executable, make, tmp_path, *cards], check=True, capture_output=True)
    command = with_pretend_sys(tmp_path / "sys", *GPUS)
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    gpus = json.loads(result.stdout)["gpus"]
    assert [
        (gpu["pci"], gpu["kind"], gpu["vram_used_bytes"], gpu["power_watts"], gpu["uuid"]) for gpu in gpus
    ] == [
        ("0000:03:00.0", "discrete", 9437184000, 32.0, "GPU-4c8bf3a1d2e50000"),
        ("0000:0c:00.0", "discrete", 668274688, 36.0, "GPU-946d7e1ef9b172dd"),
        ("0000:64:00.0", "apu", 1272893440, 3.103, None),
    ]
