"""`rocmtui gpus`: what it prints of a sample, and the command itself on whatever machine this is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from rocmtui.cli.commands.inspect.gpus import in_window, wrapped
from rocmtui.cli.output.face import Face
from rocmtui.cli.output.gpus import explain_text, sample_text
from rocmtui.core.gpu.fields import FIELDS
from rocmtui.core.gpu.reading import GpuReading, GpuSample, MemoryUser

GIB = 1 << 30
PCI = "0000:03:00.0"
CARD = GpuReading(
    pci=PCI,
    name="AMD Radeon RX 7900 XTX",
    gfx="gfx1100",
    vram_total_bytes=24 * GIB,
    vram_used_bytes=int(21.3 * GIB),
    gtt_total_bytes=int(31.2 * GIB),
    gtt_used_bytes=int(0.9 * GIB),
    pool_bytes=24 * GIB,
    power_watts=287.4,
    power_cap_watts=339.0,
    busy_percent=98.0,
    edge_c=61.0,
    junction_c=84.0,
    memory_c=78.0,
    sclk_hz=2_482_000_000,
    mclk_hz=1_249_000_000,
    fan_rpm=1200,
    throttle=("power",),
    link_speed="16.0 GT/s PCIe",
    link_width=16,
    runtime_status="active",
    sources={"vram_used_bytes": "pyrsmi, checked with sysfs"},
)
USERS = (
    MemoryUser(pci=PCI, pid=4711, name="llama-server", vram_bytes=int(20.8 * GIB), gtt_bytes=40 << 20),
    MemoryUser(pci=PCI, pid=90, name="fire\x1b[31mfox", vram_bytes=312 << 20),
)


def test_card_at_work() -> None:
    assert sample_text(GpuSample(at_ns=0, gpus=(CARD,), users=USERS)) == (
        "0  AMD Radeon RX 7900 XTX  gfx1100  0000:03:00.0\n"
        "   VRAM     21.3/24.0 GiB  █████████████████████░░░  89 %\n"
        "   GTT       0.9/31.2 GiB  █░░░░░░░░░░░░░░░░░░░░░░░   3 %\n"
        "   power 287/339 W   busy 98 %   edge 61°C   junction 84°C   memory 78°C\n"
        "   core 2,482 MHz   memory 1,249 MHz   fan 1200 RPM   PCIe 16.0 GT/s x16\n"
        "   held back by power\n"
        "   llama-server (4711) holds 20.8 GiB VRAM + 40 MiB GTT\n"
        "   firefox (90) holds 312 MiB VRAM\n"
    )


def test_card_that_tells_little() -> None:
    bare = GpuReading(pci=PCI, name="AMD GPU 6818", sclk_hz=300_000_000)
    assert sample_text(GpuSample(at_ns=0, gpus=(bare,), notes=("One note.",))) == (
        "0  AMD GPU 6818  0000:03:00.0\n"
        "   VRAM           –/– GiB\n"
        "   GTT            –/– GiB\n"
        "   power – W\n"
        "   core 300 MHz\n"
        "\n"
        "One note.\n"
    )


def test_sleeping_card_is_left_alone() -> None:
    asleep = GpuReading(
        pci=PCI, name="Card", vram_total_bytes=GIB, vram_used_bytes=0, runtime_status="suspended"
    )
    assert sample_text(GpuSample(at_ns=0, gpus=(asleep,))) == (
        "0  Card  0000:03:00.0\n"
        "   VRAM       0.0/1.0 GiB  ░░░░░░░░░░░░░░░░░░░░░░░░   0 %\n"
        "   GTT            –/– GiB\n"
        "   asleep: it is not woken for its sensors\n"
    )


def test_apu_shows_its_pool_and_the_carve_out_never_their_sum() -> None:
    apu = GpuReading(
        pci="0000:c3:00.0",
        name="AMD Radeon 8060S",
        kind="apu",
        pool="gtt",
        pool_bytes=124 * GIB,
        gtt_total_bytes=124 * GIB,
        gtt_used_bytes=40 * GIB,
        vram_total_bytes=GIB // 2,
        vram_used_bytes=int(0.25 * GIB),
        power_watts=62.0,
    )
    assert sample_text(GpuSample(at_ns=0, gpus=(apu,))) == (
        "0  AMD Radeon 8060S  0000:c3:00.0  APU\n"
        "   system  40.0/124.0 GiB  ████████░░░░░░░░░░░░░░░░  32 %  ROCm allocates here\n"
        "   carved     0.2/0.5 GiB  ████████████░░░░░░░░░░░░  50 %  set in the BIOS\n"
        "   power 62 W\n"
    )


def test_hints_and_partitions() -> None:
    card = GpuReading(
        pci=PCI,
        name="Card",
        vram_total_bytes=8 * GIB,
        visible_vram_total_bytes=256 << 20,
        partitions=("gfx942 partition 0: 24.0 GiB", "gfx942 partition 1: 24.0 GiB"),
    )
    assert sample_text(GpuSample(at_ns=0, gpus=(card,))).splitlines()[-3:] == [
        "   gfx942 partition 0: 24.0 GiB",
        "   gfx942 partition 1: 24.0 GiB",
        "   no resizable BAR: the CPU reaches 256 MiB of VRAM at once, so models load slowly",
    ]


def test_everything_fits_80_columns() -> None:
    shown = sample_text(GpuSample(at_ns=0, gpus=(CARD,), users=USERS))
    assert max(map(len, shown.splitlines())) <= 80


def test_explain_fits_80_columns_with_every_source_its_longest() -> None:
    sources = {field.name: "pyrsmi, checked with sysfs" for field in FIELDS}
    memory = {field.name: 192 * GIB for field in FIELDS if field.unit == "bytes"}
    card = msgspec.structs.replace(CARD, sources=sources, **memory)
    shown = explain_text(GpuSample(at_ns=0, gpus=(card,)), Face(None))
    assert max(map(len, shown.splitlines())) <= 80


def test_long_sentences_break_between_words_and_cards_stay() -> None:
    note = "AMD's SMI library is not installed (looked in /opt/rocm/lib, /opt/rocm/lib64); using sysfs alone."
    shown = sample_text(GpuSample(at_ns=0, gpus=(CARD,), users=USERS, notes=(note,)))
    cards, sentences = wrapped(shown, 80).split("\n\n")
    assert shown.startswith(cards)
    assert sentences.split() == note.split()
    assert max(map(len, sentences.splitlines())) <= 80


def test_watch_never_scrolls_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("LINES", "24")
    many = "".join(f"line {number}\n" for number in range(40))
    painted = in_window(many)
    assert painted.count("\n") == 23
    assert "line 21\x1b[K\n18 more lines need a taller window.\x1b[K\n\x1b[J" in painted
    assert in_window("one\ntwo\n") == "\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J"


def test_explain_names_value_and_source() -> None:
    lines = explain_text(GpuSample(at_ns=0, gpus=(CARD,)), Face(None)).splitlines()
    assert lines[0] == "0  AMD Radeon RX 7900 XTX  0000:03:00.0"
    rows = [re.split(r"  +", line) for line in lines[2:]]
    assert ["VRAM used", "22870700851 (21.3 GiB)", "pyrsmi, checked with sysfs"] in rows
    assert ["ROCm UUID", "–", "not told"] in rows


def gpus(*words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "rocmtui", "gpus", *words]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_command_prints_json_of_its_schema() -> None:
    result = gpus("--json")
    assert (result.returncode, result.stderr) == (0, "")
    data = json.loads(result.stdout)
    assert data["schema"] == "rocmtui.gpus/1"
    assert set(data) == {"schema", "at_ns", "stale", "gpus", "users", "notes"}
    assert data["gpus"] or data["notes"]


def test_watch_ends_with_ctrl_c_and_leaves_no_process() -> None:
    command = [sys.executable, "-m", "rocmtui", "gpus", "--json", "--watch", "0.1"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=20) == 0
    assert [json.loads(line)["schema"] for line in lines] == ["rocmtui.gpus/1"] * 3
    assert len(children) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(int(children[0]), 0)


@pytest.mark.parametrize("words", [("--watch", "0"), ("--watch", "soon"), ("--json", "--explain")])
def test_bad_options_are_refused(words: tuple[str, ...]) -> None:
    result = gpus(*words)
    assert result.returncode == 2
    assert result.stdout == ""
