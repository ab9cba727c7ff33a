"""What kind of machine this is; nothing that names its owner or its place in a network."""

from __future__ import annotations

import os
import platform
from pathlib import Path

from rocmtui.adapters.machine.small_file import FileReader
from rocmtui.core.report.document import Machine
from rocmtui.core.text.sanitize import clean_line


def read_machine(proc: Path = Path("/proc"), etc: Path = Path("/etc")) -> Machine:
    """CPU, memory, kernel, distribution and Python of this machine; what cannot be read is None."""
    return Machine(
        cpu=field_of(proc / "cpuinfo", "model name", ":") or platform.processor() or None,
        cpu_count=len(os.sched_getaffinity(0)),
        memory_bytes=_memory_bytes(proc / "meminfo", "MemTotal"),
        kernel=f"{platform.system()} {platform.release()}",
        os=field_of(etc / "os-release", "PRETTY_NAME", "="),
        python=platform.python_version(),
    )


def field_of(path: Path, name: str, separator: str) -> str | None:
    """What stands behind a name in a file of names and values; None where it does not."""
    for line in FileReader().text(str(path)).splitlines():
        key, found, value = line.partition(separator)
        if found and key.strip() == name:
            return clean_line(value.strip().strip('"'), 120)
    return None


def memory_available_bytes(proc: Path = Path("/proc")) -> int | None:
    """System memory a new process could take without swapping; None where the kernel does not say."""
    return _memory_bytes(proc / "meminfo", "MemAvailable")


def _memory_bytes(path: Path, field: str) -> int | None:
    number = (field_of(path, field, ":") or "").removesuffix("kB").strip()
    return int(number) * 1024 if number.isdecimal() and len(number) <= 18 else None
