"""What the kernel tells of a process in /proc/PID/stat."""

from __future__ import annotations

from rocmtui.adapters.machine.small_file import FileReader


def stat_fields(pid: int, proc: str = "/proc") -> list[str]:
    """Its words behind the name, the state first; none where there is no such process."""
    return FileReader().text(f"{proc}/{pid}/stat").rpartition(") ")[2].split()
