"""Ends by SIGKILL, told apart by the kernel's count of processes that it killed for memory."""

from __future__ import annotations

from rocmtui.core.server.diagnosis.row import Row

KILL_ROWS: dict[str, Row] = {
    "container": Row(
        "killed_by_limit",
        cause="the kernel killed it for memory: the limit of its container, {limit}, was reached",
        remedy="give the container more memory, or take a smaller model, a shorter context or fewer slots",
        repeatable=True,
    ),
    "machine": Row(
        "killed_for_memory",
        cause="the kernel killed it for memory: the machine ran out of it",
        remedy="end other programs, or take a smaller model, a shorter context or fewer slots",
    ),
    "": Row(
        "killed",
        cause="llama-server was killed from outside (SIGKILL), not for memory: the kernel counted no kill",
        remedy="somebody's `kill -9`, or a guard (systemd-oomd, earlyoom, a job scheduler): its log tells",
    ),
}
"""By `MemoryKill.by`: of a kill of which it is known whether it was for memory."""
