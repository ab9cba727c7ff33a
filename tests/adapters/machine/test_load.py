"""Processor load from a /proc written by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from rocmtui.adapters.machine.load import ProcMachine

TICKS = os.sysconf("SC_CLK_TCK")


def write_proc(root: Path, *, busy_s: float, idle_s: float, server_s: float) -> None:
    (root / "loadavg").write_text("1.50 0.7 0.3 1/200 4711\n")
    (root / "stat").write_text(f"cpu {busy_s * TICKS:.0f} 0 0 {idle_s * TICKS:.0f} 0 0 0 0 0 0\ncpu0 1 2\n")
    server = root / "4711"
    server.mkdir(exist_ok=True)
    before = "4711 (llama server) S " + "0 " * 10
    (server / "stat").write_text(f"{before}{server_s * TICKS:.0f} 0 0 0 20 0\n")


def test_others_are_what_is_left_without_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    machine = ProcMachine(tmp_path)
    write_proc(tmp_path, busy_s=100, idle_s=100, server_s=50)
    assert machine.read(4711).busy_cores is None
    write_proc(tmp_path, busy_s=103, idle_s=101, server_s=52)
    reading = machine.read(4711)
    assert (reading.busy_cores, reading.load_average, reading.cores) == (0.5, 1.5, 2)


def test_without_proc_nothing_is_known(tmp_path: Path) -> None:
    machine = ProcMachine(tmp_path)
    machine.read(None)
    reading = machine.read(None)
    assert (reading.busy_cores, reading.load_average) == (None, None)


def test_this_machine_can_be_read() -> None:
    assert ProcMachine().read(None).load_average is not None
