"""What a report says of the machine."""

from pathlib import Path

from rocmtui.adapters.machine.description import read_machine


def test_reads_the_files_of_the_kernel(tmp_path: Path) -> None:
    (tmp_path / "cpuinfo").write_text("processor\t: 0\nmodel name\t: AMD Ryzen 9\x1b[2J\n")
    (tmp_path / "meminfo").write_text("MemTotal:       1000 kB\nMemFree: 1 kB\n")
    (tmp_path / "os-release").write_text('NAME=x\nPRETTY_NAME="Some Linux 1"\n')
    machine = read_machine(tmp_path, tmp_path)
    assert (machine.cpu, machine.memory_bytes, machine.os) == ("AMD Ryzen 9", 1_024_000, "Some Linux 1")


def test_what_cannot_be_read_is_not_known(tmp_path: Path) -> None:
    machine = read_machine(tmp_path, tmp_path)
    assert machine.memory_bytes is None
    assert machine.os is None
    assert machine.cpu_count
